//! *Jobs compute on more threads than there are processors*: they do not end sooner, and everything else waits for a processor.
//!
//! With more threads than processors a run is CPU time and the wait for a processor, so a small share of CPU time does not mean that
//! jobs wait for something else. What is left of the runs without that wait tells: it applies to a site where [`COMPUTES`] of that is CPU time, a job
//! uses [`LONG_NS`] of it or more, [`WIDTH`] times as many jobs run at a time as there are processors, and that many threads want a
//! processor at a time. Where the system does not count waits, the runs themselves have to be CPU time but for a fifth.
//!
//! The number is the processors', more where jobs also wait: a job that computes for half of its time keeps a processor busy with two threads. Where
//! the pool serves only this site it is the pool's; else a semaphore's, since others would wait behind it. Where jobs call hops, nothing is advised: a
//! job that holds a permit, or the last thread, may wait for another one for good.

use tollbridge_report::names::Phase;

use super::facts::{Facts, LONGEST_CROSSING_NS, Site, mean_start};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use super::remedy;
use super::unseen_jobs;
use crate::origin::Origin;
use crate::run;
use crate::units;

/// Running jobs at a time, in processors, from which there are too many.
pub(super) const WIDTH: f64 = 1.5;
/// The share of a run that is CPU time from which a job only computes.
const ALMOST_ALL: f64 = 0.8;
/// Shorter jobs are `wide-pool`'s.
const LONG_NS: f64 = 100_000.0;
/// The share of a run without waits for a processor from which a job computes.
pub(super) const COMPUTES: f64 = 0.4;
/// From this share on a job does nothing else: the system counts waits to a thread's last stretch only.
const ONLY: f64 = 0.7;
/// The share of all hops that other sites may have before a cap of the pool is theirs too.
const OTHERS: f64 = 0.02;

/// What is known of a site whose jobs compute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Computes {
    /// Jobs that run at a time, or have a thread that waits for a processor, on the mean.
    width: f64,
    /// CPU time of a job.
    cpu_ns: f64,
    /// How long a job waits for a processor; `None` where that is not known.
    wait_ns: Option<f64>,
    /// Threads that keep all processors busy.
    cap: u64,
}

/// What a site's jobs use, if they compute and there are more of them at a time than processors.
pub(super) fn of(facts: &Facts<'_>, site: &Site<'_>) -> Option<Computes> {
    let machine = facts.machine?;
    let lasted = run::length_ns(facts.report)? as f64;
    let (width, run) = (site.busy_ns as f64 / lasted, site.mean(Phase::Run)?);
    let Parts { cpu, wait, of_rest } = parts(facts, site)?;
    let too_many = WIDTH * machine.processors;
    // A thread that was woken for a job and has no processor yet is one of too many as well.
    let late = (mean_start(site) - LONGEST_CROSSING_NS).max(0.0) * site.joined as f64 / lasted;
    let wants = late + wait.map_or(width, |wait| (cpu + wait) * width);
    let width = width + late;
    let cpu_ns = cpu * run;
    if width < too_many || wants < too_many || cpu_ns < LONG_NS || of_rest < COMPUTES {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a few times the processors")]
    let cap = (machine.processors / of_rest).round().max(machine.processors) as u64;
    Some(Computes { width, cpu_ns, wait_ns: wait.map(|wait| wait * run), cap })
}

/// Shares of what a site's jobs run.
struct Parts {
    cpu: f64,
    /// The wait for a processor, as far as it can be known: that of all threads, by how much of the pool's time is this site's.
    wait: Option<f64>,
    /// CPU time as a share of what is left without that wait.
    of_rest: f64,
}

fn parts(facts: &Facts<'_>, site: &Site<'_>) -> Option<Parts> {
    let (machine, cpu) = (facts.machine?, site.cpu_share?.min(1.0));
    let busy = facts.report.pool.busy_ns.unwrap_or(site.busy_ns).max(site.busy_ns).max(1) as f64;
    let wait = machine.wait_ns.map(|wait| (wait / busy).min(1.0 - cpu));
    let rest = cpu / (1.0 - wait.unwrap_or(0.0)).max(cpu).max(f64::MIN_POSITIVE);
    let of_rest = match wait {
        Some(_) if rest >= ONLY => 1.0,
        Some(_) => rest,
        None if cpu >= ALMOST_ALL => 1.0,
        None => 0.0,
    };
    Some(Parts { cpu, wait, of_rest })
}

pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>) -> Option<Verdict> {
    let Computes { width, cpu_ns, wait_ns, cap } = of(facts, site)?;
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
        match wait_ns {
            Some(wait) => format!(
                "a job uses {} of CPU time and takes {}, of which it waits about {} for a processor",
                units::duration_spaced(cpu_ns),
                units::duration_spaced(site.mean(Phase::Run)?),
                units::duration_spaced(wait)
            ),
            None => format!(
                "a job uses {} of CPU time and takes {}",
                units::duration_spaced(cpu_ns),
                units::duration_spaced(site.mean(Phase::Run)?)
            ),
        },
    ];
    let late = site.mean(Phase::Resume).map(|resume| resume - LONGEST_CROSSING_NS).filter(|&late| late > 0.0);
    if let Some(late) = late {
        evidence.push(format!(
            "its tasks are polled {} after they were woken, because {} threads compete with the runtime's workers; every other task is as late",
            units::duration_spaced(late + LONGEST_CROSSING_NS),
            units::mean_count(width)
        ));
    }
    evidence.extend(remedy::whose(facts, &site.name()));
    let alone = !shares_pool(facts, site);
    let (attempt, code, risk) = if alone {
        (
            format!(
                "{cap} blocking threads, one for each processor that these jobs keep busy; as many jobs end per second"
            ),
            format!("tokio::runtime::Builder::new_multi_thread().max_blocking_threads({cap})"),
            "the cap is for all jobs of the pool: tokio::fs, DNS and dependencies then wait behind these",
        )
    } else if site.origin != Origin::App {
        (
            format!(
                "{cap} of the calls that lead here at a time, by a semaphore around them, because other jobs share the pool"
            ),
            format!(
                "static COMPUTE: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new({cap});\nlet permit = \
                 COMPUTE.acquire().await?;\nlet done = the_call(input).await;\ndrop(permit);"
            ),
            "a call that also waits for something else then leaves its processor idle; compare both",
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
pub(super) fn only_computes(facts: &Facts<'_>, site: &Site<'_>) -> Option<String> {
    let computes = parts(facts, site)?.of_rest >= ONLY && site.mean(Phase::Run)? >= LONG_NS;
    computes.then(|| "its jobs compute; more threads would not end them sooner".to_owned())
}

/// Whether a site's jobs, more of them at a time than processors, use nearly all CPU time that there is. What they wait for, a disk or a
/// processor, only the waits for a processor tell, and these may not be known: then nothing is to be advised, and nothing is fine.
pub(super) fn may_be(facts: &Facts<'_>, site: &Site<'_>) -> bool {
    let known = facts.machine.zip(run::length_ns(facts.report)).zip(site.cpu_share);
    known.is_some_and(|((machine, lasted), cpu)| {
        let width = site.busy_ns as f64 / lasted as f64;
        width >= WIDTH * machine.processors && cpu * width >= ALMOST_ALL * machine.share()
    })
}

/// Whether more threads would only share the processors, because the jobs compute.
pub(super) fn is_bound(facts: &Facts<'_>, site: &Site<'_>) -> bool {
    parts(facts, site).is_some_and(|parts| parts.of_rest >= COMPUTES)
        || facts.machine.is_some_and(|machine| machine.own >= ALMOST_ALL)
}
