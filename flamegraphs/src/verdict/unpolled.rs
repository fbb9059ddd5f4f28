//! *Nobody was waiting*: outcomes lie ready, and the app comes for them later.
//!
//! It speaks where the mean unpolled time is [`SHARE`] of the hop or more, and longer than the overhead. That is neither crossing nor
//! work: the awaiter was at something else, or, with handles awaited one after the other, at an earlier one. Who awaits at once, or takes
//! outcomes as they come, has each of them earlier by all of it.
//!
//! Whether anything needs an outcome earlier is not in the report. If not, there is nothing to gain; hence the confidence.

use tollbridge_instrument::names::Phase;

use super::facts::{Facts, Site};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use crate::units;

/// The share of a hop from which on its unpolled time is what matters.
const SHARE: f64 = 0.2;

pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>) -> Option<Verdict> {
    let (unpolled, hop) = (site.mean(Phase::Unpolled)?, site.hop_ns.mean()?);
    if unpolled < SHARE * hop || unpolled <= site.overhead_ns.mean()? {
        return None;
    }
    Some(Verdict {
        rule: Rule::Unpolled,
        site: Some(site.name()),
        evidence: vec![format!(
            "an outcome lies ready for {} of a hop of {} before anybody asks for it",
            units::duration_spaced(unpolled),
            units::duration_spaced(hop)
        )],
        saving: Some(facts.saving("time until the outcome is in hand", Per::Hop, unpolled, unpolled, site.joined)),
        confidence: Confidence::new(Level::Medium, "holds if something needs the outcome earlier, which the report does not know"),
        risk: "what was done meanwhile then shares the processors with what the outcome sets off".to_owned(),
        attempt: "to await it beside the other work instead of after it, and several as they come; if nothing needs it earlier, leave it"
            .to_owned(),
        code: Some(
            "let (outcome, other) = tokio::join!(spawn_blocking(job), other_work());\n// several:\nlet mut jobs = \
             tollbridge::task::JoinSet::new();\nwhile let Some(outcome) = jobs.join_next().await { use_it(outcome?); }"
                .to_owned(),
        ),
    })
}
