//! *The pool is too wide*: each hop wakes another thread, though the work is short.
//!
//! tokio's pool wakes an idle thread for every job, as long as one is idle; with as many threads as there ever were jobs at once, one always is. A
//! pool of few threads is woken once, and hands the other jobs on from one to the next.
//!
//! It applies where [`WOKEN`] of the starts or more were wakes, by more than twice as many threads as would be left, though hops are in flight
//! together ([`TOGETHER`] on the mean: those that come one by one find a sleeping thread in any pool), and where a
//! wake takes [`OF_RUN`] of the median job or more: longer jobs are better off side by side, however many threads they wake. The mean
//! is longer where that many threads take each other's processors. Where a few long jobs make it ([`Runs::tailed`]) it is taken all the same, since
//! all others of a narrow pool would wait behind those.
//!
//! # When it must not
//! - Never where a job calls hops and waits for them ([`Facts::is_nested`]): a narrow pool stops such an app for good.
//! - Jobs of [`LONG_NS`] or longer hold a thread each. The number has room for as many of them as are there at once in all but [`RARELY`] of the
//!   time, by Poisson's law, so that the p99 of the others holds. Where that leaves no narrow pool, nothing is said.
//! - Where jobs wait for threads, or behind jobs that are not seen.
//!
//! # What is saved
//! The CPU time that the caller spends on waking: the mean `spawn_blocking` call less [`QUEUED_NS`], which it
//! takes where nobody is woken. A call that is longer than the median by a whole run has lost its processor to a job, whose run is
//! taken off. What the woken threads spend, and what workers and threads cost each other, comes on top: a walk over `/usr` ran 3.7 times as fast. Where
//! tasks compute in between, a narrow pool idles and is woken nearly as often: there a fifth of the estimate was found. Hence the range, a
//! factor of [`EITHER_WAY`] (docs/guide/verdicts.md), and the low confidence.

use tollbridge_report::names::{Phase, StartKind};

use super::facts::{Facts, MAX_THREADS, Runs, buckets};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use crate::run;
use crate::units;

/// The share of starts by a wake from which many hops wake a thread. A file server whose threads were woken for 46 % of its jobs served 1.3 times as many
/// requests with 2 threads.
const WOKEN: f64 = 0.3;
/// The share of a run from which a wake is worth saving.
const OF_RUN: f64 = 0.25;
/// Hops in flight from which they could be handed on.
const TOGETHER: f64 = 2.0;
/// The call where nobody is woken: the fifth percentile of pools of 1 to 4 threads that were busy was 60 to 130 ns.
const QUEUED_NS: f64 = 100.0;
/// With one thread each hop waits for all before it; two keep each other awake.
const MIN_THREADS: u64 = 2;
/// A job that others would notice to wait behind.
const LONG_NS: f64 = 1_000_000.0;
/// The share of the time in which long jobs may take the other jobs' threads.
const RARELY: f64 = 0.005;
/// How far the saving may be from the estimate, up or down.
pub(super) const EITHER_WAY: f64 = 5.0;

pub(super) fn speak(facts: &Facts<'_>) -> Option<Verdict> {
    let (woken, handed, born) =
        (facts.starts(StartKind::Pickup), facts.starts(StartKind::Handoff), facts.starts(StartKind::NewThread));
    let starts = woken.count() + handed.count() + born.count();
    let (calls, runs) = (facts.all(Phase::Submit), Runs::of(&facts.all(Phase::Run))?);
    let run = runs.mean_ns;
    let held_up = if runs.tailed { run } else { runs.median_ns };
    let (submit, median) = (calls.mean()?, calls.quantile(0.5)?);
    let long = long_jobs(facts)?;
    let room = room_for(long)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most MAX_THREADS")]
    let cap = (2.0 * (facts.running - long).max(0.0)).ceil().min(MAX_THREADS) as u64;
    let cap = cap.max(MIN_THREADS) + room;
    let threads = facts.report.pool.threads_seen / (facts.report.processes.len() as u64).max(1);
    let wakes = woken.count() as f64 >= WOKEN * starts as f64;
    let together = facts.under_way.is_some_and(|hops| hops >= TOGETHER);
    if facts.is_nested() || !wakes || !together || threads <= 2 * cap || median <= QUEUED_NS + OF_RUN * held_up {
        return None;
    }
    let lost: u64 = buckets(&calls).filter(|&(duration, _)| duration > median + run).map(|(_, calls)| calls).sum();
    let saved = submit - run * lost as f64 / calls.count() as f64 - QUEUED_NS;
    let share = |kind: u64, word: &str| format!("{} {word}", units::percent(kind as f64, starts as f64));
    let range = [saved / EITHER_WAY, saved * EITHER_WAY];
    let mut evidence = vec![
        format!(
            "{}; jobs started by: waking an idle thread {}, {}, {}",
            units::counted(threads, "thread seen", "threads seen"),
            units::percent(woken.count() as f64, starts as f64),
            share(handed.count(), "a thread finishing another job"),
            share(born.count(), "a new thread")
        ),
        format!(
            "the call takes {} (median), most of it to wake a thread, and a job takes {}",
            units::duration_spaced(median),
            units::duration_spaced(held_up)
        ),
    ];
    if long > 0.0 {
        evidence.push(format!(
            "jobs of 1 ms or longer hold {} threads (mean); the number leaves room for {room} of them at once",
            units::mean_count(long)
        ));
    }
    Some(Verdict {
        rule: Rule::WidePool,
        site: None,
        evidence,
        saving: Some(facts.saving_within("CPU time", Per::Hop, saved, range, facts.joined())),
        confidence: Confidence::new(
            Level::Low,
            "a rough estimate; the real saving may be several times larger or smaller: compare before and after",
        ),
        risk: "a job that waits for another job stops a narrow pool for good; tokio::fs, DNS and dependencies share it"
            .to_owned(),
        attempt: format!("{cap} blocking threads"),
        code: Some(format!("tokio::runtime::Builder::new_multi_thread().max_blocking_threads({cap})")),
    })
}

/// How many jobs of [`LONG_NS`] or longer run at a time, on the mean, however they end.
fn long_jobs(facts: &Facts<'_>) -> Option<f64> {
    let lasted = run::length_ns(facts.report)? as f64;
    let runs = facts.report.groups.iter().filter_map(|group| group.phases.get(&Phase::Run));
    let ended: f64 = runs
        .flat_map(buckets)
        .filter(|&(duration, _)| duration >= LONG_NS)
        .map(|(duration, jobs)| duration * jobs as f64)
        .sum();
    let live = facts.report.live.iter().flat_map(|live| &live.sites);
    let now: f64 = live.map(|site| site.running.total_ns as f64).filter(|&ns| ns >= LONG_NS).sum();
    Some((ended + now) / lasted)
}

/// For how many long jobs there has to be room, if this many are there on the mean.
fn room_for(long: f64) -> Option<u64> {
    let (mut room, mut term) = (0, (-long).exp());
    let mut below = term;
    while 1.0 - below > RARELY {
        room += 1;
        term *= long / room as f64;
        below += term;
        if room as f64 >= MAX_THREADS {
            return None;
        }
    }
    Some(room)
}
