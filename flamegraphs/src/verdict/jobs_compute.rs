//! *Jobs compute on more threads than there are processors*: they do not end sooner, and everything else waits for a processor.
//!
//! With more threads than processors a run is CPU time and the wait for a processor, so a small share of CPU time does not mean that
//! jobs wait for something else. It applies to a site that runs on [`WIDTH`] times as many threads at once as there are processors, with
//! [`LONG_NS`] of CPU time a job, where either its runs are CPU time but for [`ALMOST_ALL`], or what it uses is [`FILLS`] of the processors that others
//! leave. Where the system counts waits for a processor, what is left of a run without them has to be CPU time as well: a job that computes
//! for half of its time keeps a processor busy with two threads.
//!
//! The number is the processors', more where jobs also wait. Where the pool serves only this site it is the pool's; else a semaphore's, since others would
//! wait behind it. Where jobs call hops, nothing is advised: a job that holds a permit, or the last thread, may wait for another one for good.

use tollbridge_instrument::names::Phase;

use super::facts::{Facts, Site};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use super::unseen_jobs;
use crate::run;
use crate::units;

/// Running jobs at a time, in processors, from which there are too many.
const WIDTH: f64 = 1.5;
/// The share of a run that is CPU time from which a job only computes.
const ALMOST_ALL: f64 = 0.8;
/// The share of the processors from which a site fills them.
const FILLS: f64 = 0.7;
/// Shorter jobs are `wide-pool`'s.
const LONG_NS: f64 = 100_000.0;
/// The share of a run without waits for a processor from which a job computes.
const COMPUTES: f64 = 0.4;
/// The share of the pool's jobs or time that another site may have before a cap of the pool is that site's too.
const OTHERS: f64 = 0.02;
/// What waking a worker takes at most.
const WAKE_NS: f64 = 100_000.0;

/// What is known of a site whose jobs compute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Computes {
    /// Jobs that run at a time, on the mean.
    pub(super) width: f64,
    /// CPU time of a job.
    pub(super) cpu_ns: f64,
    /// Of the processors that others leave, the share that the site uses.
    pub(super) share: f64,
    /// Threads that keep all processors busy.
    pub(super) cap: u64,
}

/// What a site's jobs use, if they compute and there is more than one for each processor.
pub(super) fn of(facts: &Facts<'_>, site: &Site<'_>) -> Option<Computes> {
    let (machine, share_of_run) = (facts.machine?, site.cpu_share?);
    let lasted = run::length_ns(facts.report)? as f64;
    let width = site.busy_ns as f64 / lasted;
    let cpu = share_of_run * site.busy_ns as f64;
    let share = cpu / (machine.left().max(0.5) * lasted);
    let cpu_ns = share_of_run * site.mean(Phase::Run)?;
    let too_many = width >= WIDTH * machine.processors;
    if !too_many || cpu_ns < LONG_NS || (share_of_run < ALMOST_ALL && share < FILLS) {
        return None;
    }
    let computes = computing_part(facts, site, cpu);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a few times the processors")]
    let cap = (machine.processors / computes).round().max(machine.processors) as u64;
    (computes >= COMPUTES).then_some(Computes { width, cpu_ns, share, cap })
}

/// The share of a site's runs, less the waits for a processor, that is CPU time; 1 where nearly nothing else runs.
fn computing_part(facts: &Facts<'_>, site: &Site<'_>, cpu: f64) -> f64 {
    let Some(wait) = facts.machine.and_then(|machine| machine.wait_ns) else { return 1.0 };
    let all = facts.report.pool.busy_ns.unwrap_or(site.busy_ns).max(1) as f64;
    let without = site.busy_ns as f64 - wait * site.busy_ns as f64 / all;
    // The system counts neither to the end of each thread: what is close to all is all.
    let part = cpu / without.max(cpu);
    if part >= FILLS { 1.0 } else { part }
}

pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>) -> Option<Verdict> {
    let Computes { width, cpu_ns, share, cap } = of(facts, site)?;
    if facts.is_nested() {
        return None;
    }
    let machine = facts.machine?;
    let mut evidence = vec![
        format!(
            "{} of it run at a time (mean) on {}",
            jobs(width),
            units::counted(processors(machine.processors), "processor", "processors")
        ),
        format!(
            "a job uses {} of CPU time and takes {}; together they use {} of the CPU time that other processes leave",
            units::duration_spaced(cpu_ns),
            units::duration_spaced(site.mean(Phase::Run)?),
            units::percent(share.min(1.0), 1.0)
        ),
    ];
    let late = site.mean(Phase::Resume).map(|resume| resume - WAKE_NS).filter(|&late| late > 0.0);
    if let Some(late) = late {
        evidence.push(format!(
            "its tasks are polled {} after they were woken, because {} threads compete with the runtime's workers; every other task is as late",
            units::duration_spaced(late + WAKE_NS),
            units::mean_count(width)
        ));
    }
    let alone = !shares_pool(facts, site);
    let (attempt, code, risk) = if alone {
        (
            format!(
                "{cap} blocking threads, one for each processor that these jobs keep busy; as many jobs end per second"
            ),
            format!("tokio::runtime::Builder::new_multi_thread().max_blocking_threads({cap})"),
            "the cap is for all jobs of the pool: tokio::fs, DNS and dependencies then wait behind these",
        )
    } else {
        (
            format!("{cap} of these jobs at a time, by a semaphore, because other jobs share the pool"),
            format!(
                "static COMPUTE: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new({cap});\nlet permit = \
                 COMPUTE.acquire().await?;\nspawn_blocking(move || {{ let _permit = permit; job(input) }}).await?"
            ),
            "a job that also waits for a disk or a lock then leaves its processor idle; compare both",
        )
    };
    Some(Verdict {
        rule: Rule::JobsCompute,
        site: Some(site.name()),
        evidence,
        saving: late.map(|late| facts.saving("latency from wake to poll", Per::Hop, late, late, site.joined)),
        confidence: match machine.wait_ns {
            Some(_) => Confidence::new(
                Level::Medium,
                "a sample of the jobs shows their CPU time; the effect on other tasks is not simulated",
            ),
            None => Confidence::new(Level::Low, "this system does not show how long threads waited for a processor"),
        },
        risk: risk.to_owned(),
        attempt,
        code: Some(code),
    })
}

fn jobs(width: f64) -> String {
    format!("{} jobs", units::mean_count(width))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of processors")]
fn processors(count: f64) -> u64 {
    count.round() as u64
}

/// Whether other jobs, seen or not, use the same pool.
fn shares_pool(facts: &Facts<'_>, site: &Site<'_>) -> bool {
    let others: u64 =
        facts.sites.iter().chain(&facts.wrapped).filter(|other| other.key != site.key).map(|other| other.hops).sum();
    let unseen = facts.named().any(|site| unseen_jobs::late_start(facts, site).is_some());
    others as f64 > OTHERS * facts.hops() as f64 || unseen
}

/// A sentence for sites of which nothing else is said: the queue is the work.
pub(super) fn fills_processors(facts: &Facts<'_>, site: &Site<'_>) -> Option<String> {
    let (machine, share) = (facts.machine?, site.cpu_share?);
    let lasted = run::length_ns(facts.report)? as f64;
    let used = share * site.busy_ns as f64 / (machine.left().max(0.5) * lasted);
    (share >= COMPUTES && used >= FILLS).then(|| {
        format!(
            "its jobs use {} of the CPU time that other processes leave; more threads would not end them sooner",
            units::percent(used.min(1.0), 1.0)
        )
    })
}

/// Of a site that computes on too many threads nothing is fine, though a cap cannot be advised.
pub(super) fn is_fine(facts: &Facts<'_>, site: &Site<'_>) -> bool {
    of(facts, site).is_none()
}

/// Whether more threads would only share the processors: jobs compute, or the processors are taken.
pub(super) fn is_bound(facts: &Facts<'_>, site: &Site<'_>) -> bool {
    /// The share of a run from which more threads do not help.
    const HALF: f64 = 0.5;
    site.cpu_share.is_some_and(|share| share >= HALF)
        || of(facts, site).is_some()
        || facts.machine.is_some_and(|machine| machine.own >= ALMOST_ALL)
}
