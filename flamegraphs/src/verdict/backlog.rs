//! *Waiting behind other work*: jobs wait for threads that are busy. That is capacity, not crossing.
//!
//! It speaks where the mean backlog is [`SHARE`] of the hop or more, and longer than the overhead: where it is not, the crossing itself is
//! the larger cost, and a queue that is handed on without a wake is what keeps that small (see `wide_pool`). A pool with a thread for
//! each job that is under way has no backlog, so all of it is what is to be saved; so many threads are told. Not of jobs whose median run is
//! below [`SHORT_NS`]: those wait for a few others of their kind, and to wake a thread for each of them costs more than that (a pool of 2 that
//! did 100,000 `stat`s of 3 us in 0.4 s took 0.85 s with as many threads as would leave no backlog).
//!
//! The report does not know whether a job waits (for a disk, a server) or computes. More threads help the former, as the experiment shows
//! with jobs that sleep; those that compute share the processors however many threads there are. Hence the confidence.

use tollbridge_instrument::names::Phase;

use super::facts::{Facts, Site};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use crate::units;

/// The share of a hop from which on its backlog is what matters.
const SHARE: f64 = 0.2;
/// Four times what a call takes that wakes a thread, 4 us: as in `wide_pool`.
const SHORT_NS: f64 = 16_000.0;

pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>) -> Option<Verdict> {
    let (backlog, hop) = (site.mean(Phase::Backlog)?, site.hop_ns.mean()?);
    let short = site.phases.get(&Phase::Run)?.quantile(0.5)? < SHORT_NS;
    if short || backlog < SHARE * hop || backlog <= site.overhead_ns.mean()? {
        return None;
    }
    let threads = facts.threads();
    let wanted = facts.threads_wanted()?.max(threads + 1);
    Some(Verdict {
        rule: Rule::Backlog,
        site: Some(site.name()),
        evidence: vec![
            format!(
                "a job waits {} of a hop of {} for threads that run other jobs",
                units::duration_spaced(backlog),
                units::duration_spaced(hop)
            ),
            format!("{}, {} hops under way", units::counted(threads, "thread seen", "threads seen"), units::mean_count(facts.under_way?)),
        ],
        saving: Some(facts.saving("backlog", Per::Hop, backlog, backlog, site.joined)),
        confidence: Confidence::new(Level::Medium, "holds where jobs wait for something; the report does not know if they compute"),
        risk: "jobs that compute only share the processors among more threads; whatever they wait for may be slower with more of them at once"
            .to_owned(),
        attempt: format!(
            "{wanted} blocking threads, if jobs wait (disk, network); if they compute, fewer at a time or a machine with more processors"
        ),
        code: Some(format!("tokio::runtime::Builder::new_multi_thread().max_blocking_threads({wanted})")),
    })
}
