//! *Behind jobs that are not seen*: calls wait for a thread, and nothing that goes through tollbridge keeps the threads busy.
//!
//! A thread is woken in 10 us and started in 100. It applies where jobs `start` later than [`NO_START_NS`] on the mean, that is [`SHARE`] of the hop or
//! more, and jobs through tollbridge keep less than [`BUSY`] of the threads' time. Five hops that wait 10 ms are enough:
//! who waits long makes few. A thread that has no processor is late as well, and so is a worker: the wait has to be [`TIMES`] times `resume`. Of `wrap(f)`,
//! which does not show that, the processors must not be taken ([`FULL`]).

use tollbridge_report::Observed;
use tollbridge_report::names::Phase;

use super::facts::{Facts, NO_START_NS, SHARE, Site, mean_start};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use crate::units;

/// The share of the threads' time that seen jobs may take.
const BUSY: f64 = 0.5;
/// How many times as long as a worker's wake a thread's has to take.
const TIMES: f64 = 10.0;
/// The share of the processors from which a late start may be the wait for one.
const FULL: f64 = 0.7;

pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>) -> Option<Verdict> {
    let (start, hop) = (late_start(facts, site)?, site.hop_ns.mean()?);
    let pool = &facts.report.pool;
    let busy = pool.busy_ns.filter(|_| pool.thread_ns > 0).map(|busy| busy as f64 / pool.thread_ns as f64);
    let backlog = site.mean(Phase::Backlog).unwrap_or(0.0);
    let mut evidence = vec![format!(
        "a job starts {} after {}, and starting a thread takes about 0.1 ms",
        units::duration_spaced(start + backlog),
        if site.is_wrapped() { "the call" } else { "it is queued" }
    )];
    let every_job = facts.every_job();
    if let Some(busy) = busy {
        evidence.push(format!(
            "{} keep {} busy for {} of the time",
            if every_job.is_some() { "the jobs that tokio reported" } else { "jobs that go through tollbridge" },
            units::counted(pool.threads_seen, "thread seen", "threads seen"),
            units::percent(busy, 1.0)
        ));
    }
    if let Some(Observed { workers, .. }) = every_job.filter(|observed| observed.workers > 0) {
        evidence.push(format!(
            "workers of the runtime took a thread of the pool {}, as they do at each block_in_place",
            units::counted(*workers, "time", "times")
        ));
    }
    let wait = start + backlog;
    Some(Verdict {
        rule: Rule::UnseenJobs,
        site: Some(site.name()),
        evidence,
        saving: Some(facts.saving("waiting for a thread", Per::Hop, wait, wait.min(hop), site.joined)),
        confidence: match facts.machine.is_some() && busy.is_some() {
            true => Confidence::new(Level::Medium, "what else is in the pool is inferred from the wait, not seen"),
            false => Confidence::new(Level::Low, "this report does not show whether processors were short"),
        },
        risk: "more threads help if these jobs wait (DNS, files); if they compute, they only share the processors".to_owned(),
        attempt: if every_job.is_some() {
            "looking for block_in_place, which takes a thread of the pool and is no job, and for jobs that were there before recording began. Then raise \
             max_blocking_threads, or give those jobs their own runtime"
        } else {
            "routing your tokio::fs and DNS calls through tollbridge, to see them; look for block_in_place and dependencies too. Then raise \
             max_blocking_threads, or give those jobs their own runtime"
        }
        .to_owned(),
        code: every_job.is_none().then(|| {
            "use tollbridge::fs;                // was: use tokio::fs;\nuse tollbridge::net::lookup_host;  // was: use \
             tokio::net::lookup_host;"
                .to_owned()
        }),
    })
}

/// The mean start of a site's jobs, if only jobs that are not seen can be why.
pub(super) fn late_start(facts: &Facts<'_>, site: &Site<'_>) -> Option<f64> {
    let start = if site.is_wrapped() { site.queued_ns()? } else { mean_start(site) };
    let hop = site.hop_ns.mean()?;
    let pool = &facts.report.pool;
    let seen = pool.busy_ns.is_some_and(|busy| busy as f64 >= BUSY * pool.thread_ns as f64);
    let short = match site.mean(Phase::Resume) {
        Some(resume) => start + site.mean(Phase::Backlog).unwrap_or(0.0) < TIMES * resume,
        None => facts.machine.is_none_or(|machine| machine.taken() >= FULL),
    };
    (start >= NO_START_NS && start >= SHARE * hop && !seen && !short).then_some(start)
}
