//! *The awaiting side is late*: the outcome is there, the awaiter is woken, and no worker polls it.
//!
//! It speaks where the mean resume is a fifth of the hop or more and longer than 100 us, though few hops are in it at a time (in a
//! crowd they wait for each other there, see [`Facts::is_crowded`]). Then the workers are busy with something else: a task that computes or
//! blocks between two awaits. What is saved is the resume less 15 us, which a worker takes that has nothing to do ([`Facts::lateness`]).

use tollbridge_instrument::names::Phase;

use super::facts::{Facts, Site};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use crate::units;

pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>) -> Option<Verdict> {
    let (resume, hop) = (site.mean(Phase::Resume)?, site.hop_ns.mean()?);
    let late = facts.lateness(site)?;
    Some(Verdict {
        rule: Rule::LateAwaiter,
        site: Some(site.name()),
        evidence: vec![format!(
            "{} of a hop of {} go by between the wake of the awaiter and its poll, with {} hops at it at a time",
            units::duration_spaced(resume),
            units::duration_spaced(hop),
            units::mean_count(facts.resuming)
        )],
        saving: Some(facts.saving("resume", Per::Hop, late, resume, site.joined)),
        confidence: Confidence::new(Level::Medium, "what keeps the workers is not seen; a handle that lost a select! looks the same"),
        risk: "another worker takes a processor from whatever else runs".to_owned(),
        attempt: "more worker threads, or find the task that computes or blocks between two awaits and send that through spawn_blocking"
            .to_owned(),
        code: Some("tokio::runtime::Builder::new_multi_thread().worker_threads(n + 1)".to_owned()),
    })
}
