//! *Waiting behind other work*: jobs wait for threads that are busy. That is capacity, not crossing.
//!
//! It applies where the mean backlog is [`SHARE`] of the hop or more, and longer than the overhead: where it is not, the crossing itself is
//! the larger cost, and a queue that is handed on without a wake is what keeps that small (see `wide_pool`). Not to jobs whose median run is
//! below [`SHORT_NS`]: those wait for a few others of their kind, and to wake a thread for each of them costs more than that (a pool of 2 that
//! did 100,000 `stat`s of 3 us in 0.4 s took 0.85 s with as many threads as would leave no backlog). Nor where jobs compute or the processors are
//! taken ([`jobs_compute::is_bound`]): more threads share them.
//!
//! # The number
//! As many threads as jobs wait or run on that pool by Little's law: the threads that served them, times backlog and run over run. Means, or where
//! it is known what happened when, the busiest stretch of time, but no more than the queue that one job in ten found. To these come threads that are held for
//! good. No more than tokio's default, nor than the processors can serve: each job uses CPU time, its crossing
//! included, and [`ROOM`] of the processors that it can count on is what threads may fill. (50 tasks with 200 jobs each
//! that sleep 500 us, pool 64: a request took 80 ms, with 128 threads 44 to 70 ms, with 512 threads 57 to 93 ms and at the p99 twice as long as
//! before.) Below [`STEP`] times the threads that were seen there is
//! no number.
//!
//! # No number
//! If jobs wait for one another (for a connection, a lock), more threads only move the queue into the job. That cannot be told from one
//! capture for certain. A sign of it are runs of unlike duration: some find free what others wait for. Where [`UNLIKE`] of what all jobs run is beyond
//! [`TIMES`] the shortest tenth, without waits for a processor, the verdict asks what they wait for and gives no number.

use tollbridge_report::Distribution;
use tollbridge_report::names::Phase;

use super::facts::{Facts, MAX_THREADS, PoolFacts, SHARE, Site, buckets};
use super::held;
use super::jobs_compute;
use super::model::{Confidence, Level, Per, Rule, Verdict};
use super::remedy;
use crate::origin::Origin;
use crate::units;

/// Four times what a call takes that wakes a thread, 4 us: as in `wide_pool`.
pub(super) const SHORT_NS: f64 = 16_000.0;
/// The share of the processors that threads may fill.
const ROOM: f64 = 0.7;
/// How many times the threads that were seen are worth a change.
const STEP: f64 = 1.25;
/// How many times the run of the shortest tenth a job takes that waits for nobody.
const TIMES: f64 = 2.0;
/// The share of all that jobs run that may be longer than that.
const UNLIKE: f64 = 0.25;
/// The quantile of a queue that is its busiest: the p99 of a few callers that go on and on holds the moments in which the machine stood still.
const BUSIEST: f64 = 0.9;
/// Less than this of `wrap(f)`'s `reach` may be the wake of a thread.
const REACH_NS: f64 = 200_000.0;

pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>) -> Option<Verdict> {
    let (backlog, hop) = waits(site)?;
    let runs = site.phases.get(&Phase::Run)?;
    let (run, median) = (runs.mean()?, runs.quantile(0.5)?);
    if median < SHORT_NS || jobs_compute::is_bound(facts, site) {
        return None;
    }
    let pool = facts.pool(site);
    let mut evidence = vec![format!(
        "a job waits {} of a hop of {} for threads that run other jobs",
        units::duration_spaced(backlog),
        units::duration_spaced(hop)
    )];
    let seen = units::counted(pool.threads, "thread seen", "threads seen");
    if let Some(share) = waits_for_others(facts, site, runs) {
        evidence.push(seen);
        evidence.push(format!(
            "a tenth of its jobs take {} or less, and {} of all run time is beyond twice that: jobs may wait for one another",
            units::duration_spaced(runs.quantile(0.1)?),
            units::percent(share, 1.0)
        ));
        return Some(Verdict {
            rule: Rule::Backlog,
            site: Some(site.name()),
            evidence,
            saving: None,
            confidence: Confidence::new(Level::Low, "whether jobs wait for each other cannot be seen in one capture"),
            risk: "if jobs share a lock or a few connections, more threads move the queue into the job and make p99 worse"
                .to_owned(),
            attempt: match site.origin {
                Origin::App => "finding what the jobs wait for (a lock, a connection pool); widen that first, or run no more jobs than it serves",
                _ => "finding what the jobs wait for (a disk, a server, a lock), and fewer of the calls that lead here at a time",
            }
            .to_owned(),
            code: None,
        });
    }
    let Wanted { threads: wanted, offered, limit } = wanted(facts, site, &pool, run)?;
    evidence.extend(remedy::whose(facts, &site.name()));
    evidence.push(format!("{seen}; {} jobs wait or run at the busiest", units::mean_count(offered)));
    let is_limited = limit.is_some();
    evidence.extend(limit);
    if (wanted as f64) < STEP * pool.threads as f64 {
        return is_limited.then(|| enough_threads(site, evidence));
    }
    let held = held::threads(facts);
    let whole = backlog + run;
    // What is offered shares more threads: each of them does a smaller part of it.
    let free = |threads: u64| threads.saturating_sub(held).max(1) as f64;
    let saved = (whole * (1.0 - free(pool.threads) / free(wanted))).clamp(0.0, backlog);
    Some(Verdict {
        rule: Rule::Backlog,
        site: Some(site.name()),
        evidence,
        saving: Some(facts.saving("backlog", Per::Hop, saved, backlog, site.joined)),
        confidence: match (site.cpu_share, facts.machine) {
            (Some(_), Some(_)) => Confidence::new(
                Level::Medium,
                "these jobs mostly wait; what they wait for may not serve more of them at once",
            ),
            _ => Confidence::new(Level::Low, "this report does not show whether the jobs wait or compute"),
        },
        risk: "what the jobs wait for may be slower with more of them at once; compare p99 before and after".to_owned(),
        attempt: format!("{wanted} blocking threads{}", runtime(facts, &pool)),
        code: Some(format!("tokio::runtime::Builder::new_multi_thread().max_blocking_threads({wanted})")),
    })
}

/// Of jobs that wait although the pool has as many threads as help.
fn enough_threads(site: &Site<'_>, evidence: Vec<String>) -> Verdict {
    Verdict {
        rule: Rule::Backlog,
        site: Some(site.name()),
        evidence,
        saving: None,
        confidence: Confidence::new(Level::Low, "what would help depends on the app"),
        risk: "whoever has to wait for a permit waits before the call instead of behind it".to_owned(),
        attempt: match site.origin {
            Origin::App => "submitting fewer jobs at once, or batching several per call; more threads may gain little",
            _ => "fewer of the calls that lead here at a time; more threads may gain little",
        }
        .to_owned(),
        code: None,
    }
}

/// The mean backlog and hop of a site, if its backlog is what matters of the hop.
pub(super) fn waits(site: &Site<'_>) -> Option<(f64, f64)> {
    let (backlog, hop) = (site.queued_ns()?, site.hop_ns.mean()?);
    let crossing = if site.is_wrapped() { REACH_NS } else { site.overhead_ns.mean()? };
    (backlog >= SHARE * hop && backlog > crossing).then_some((backlog, hop))
}

/// Whether some jobs find free what others wait for: the share of all that they run beyond what the shortest take, if it is that large.
fn waits_for_others(facts: &Facts<'_>, site: &Site<'_>, runs: &Distribution) -> Option<f64> {
    let ordinary = TIMES * runs.quantile(0.1)?;
    let beyond: f64 = buckets(runs).map(|(run, jobs)| (run - ordinary).max(0.0) * jobs as f64).sum::<f64>()
        / runs.count().max(1) as f64;
    let busy = facts.report.pool.busy_ns.unwrap_or(site.busy_ns).max(1) as f64;
    let wait = facts.machine.and_then(|machine| machine.wait_ns).unwrap_or(0.0) / busy;
    let share = beyond / runs.mean()?.max(1.0) - wait;
    (share >= UNLIKE).then_some(share)
}

/// Which of several runtimes is meant.
fn runtime(facts: &Facts<'_>, pool: &PoolFacts) -> String {
    match pool.runtime {
        Some(runtime) if facts.report.pools.len() > 1 => {
            format!(" in the runtime of these jobs (number {runtime} of {})", facts.report.pools.len())
        }
        _ => String::new(),
    }
}

struct Wanted {
    threads: u64,
    /// Jobs that wait or run at the busiest.
    offered: f64,
    /// Why there are no more threads than that.
    limit: Option<String>,
}

fn wanted(facts: &Facts<'_>, site: &Site<'_>, pool: &PoolFacts, run: f64) -> Option<Wanted> {
    let held = held::threads(facts) as f64;
    let seen = pool.threads as f64;
    let found = |queued: f64| (seen - held).max(1.0) * (1.0 + queued / run.max(1.0));
    let busiest = facts.offered(pool).unwrap_or(f64::INFINITY).min(found(site.queue()?.quantile(BUSIEST)?));
    let offered = busiest.max(found(site.queued_ns()?));
    let asked = offered + held;
    let served = served(facts, run).unwrap_or(f64::INFINITY);
    let threads = asked.min(served).min(MAX_THREADS).round();
    let limit = if served < asked.min(MAX_THREADS) {
        let served = units::mean_count(served);
        Some(format!("about {served} threads fill the processors with the CPU time that each job uses"))
    } else {
        (asked > MAX_THREADS).then(|| format!("tokio's default is {MAX_THREADS:.0} threads"))
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most MAX_THREADS")]
    Some(Wanted { threads: threads as u64, offered, limit })
}

/// Threads at which jobs of this kind fill [`ROOM`] of the processors.
fn served(facts: &Facts<'_>, run: f64) -> Option<f64> {
    let machine = facts.machine?;
    let each = machine.cpu_ns / facts.hops().max(1) as f64;
    (each > 0.0).then(|| ROOM * machine.share() * run / each)
}
