//! *The result was ready but not yet awaited*: the app comes for it later.
//!
//! It applies where the mean unpolled time is [`SHARE`] of the hop or more, and longer than the overhead. That is neither crossing nor
//! work: the awaiter was at something else, or, with handles awaited one after the other, at an earlier one. Who awaits at once, or takes
//! results as they come, has each of them earlier by all of it.
//!
//! Whether anything needs a result earlier is not in the report. If not, there is nothing to gain; hence the confidence.

use tollbridge_report::names::Phase;

use super::facts::{Facts, SHARE, Site};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use super::remedy::{self, Remedy};
use crate::units;

pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>) -> Option<Verdict> {
    let (unpolled, hop) = (site.mean(Phase::Unpolled)?, site.hop_ns.mean()?);
    if unpolled < SHARE * hop || unpolled <= site.overhead_ns.mean()? {
        return None;
    }
    // An open file, and standard output, write behind: nobody is to wait for such a result before the next call.
    if remedy::writes_behind(&site.name()) {
        return None;
    }
    let mut evidence = vec![format!(
        "a result is ready for {} of a hop of {} before anything awaits it",
        units::duration_spaced(unpolled),
        units::duration_spaced(hop)
    )];
    evidence.extend(remedy::whose(facts, &site.name()));
    let Remedy { attempt, code, risk } = remedy::of_unpolled(&site.origin).unwrap_or_else(own);
    Some(Verdict {
        rule: Rule::Unpolled,
        site: Some(site.name()),
        evidence,
        saving: Some(facts.saving("time until the result is in hand", Per::Hop, unpolled, unpolled, site.joined)),
        confidence: Confidence::new(
            Level::Medium,
            "holds if something needs the result earlier, which the report does not show",
        ),
        risk,
        attempt,
        code,
    })
}

/// A handle that the app awaits.
fn own() -> Remedy {
    Remedy {
        risk: "the work that ran meanwhile then shares the processors with what the result sets off".to_owned(),
        attempt: "awaiting it next to the other work instead of after it, and several in the order in which they finish; if nothing needs it \
                  earlier, leave it"
            .to_owned(),
        code: Some(
            "let (result, other) = tokio::join!(spawn_blocking(job), other_work());\n// several, in the order in which they finish:\nlet mut \
             jobs: FuturesUnordered<_> = inputs.map(|input| spawn_blocking(|| job(input))).collect();\nwhile let Some(result) = \
             jobs.next().await { use_it(result?); }"
                .to_owned(),
        ),
    }
}
