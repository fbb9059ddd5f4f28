//! *The pool is too wide*: each hop wakes another thread, though the work is short.
//!
//! tokio's pool wakes an idle thread for every job, as long as one is idle; with as many threads as there ever were jobs at once, one always is. A
//! pool of few threads is woken once, and hands the other jobs on from one to the next.
//!
//! It speaks where [`WOKEN`] of the starts or more were wakes, by more than twice as many threads as would be left, though hops are under
//! way together ([`TOGETHER`] on the mean: those that come one by one find a sleeping thread in any pool), and where a
//! wake takes [`OF_RUN`] of the median job or more: longer jobs are better off side by side, however many threads they wake. The mean
//! is longer where so many threads take each other's processors. Where a few long jobs make it ([`Runs::tailed`]) it is taken all the same, since
//! all others of a narrow pool would wait behind those.
//!
//! What is saved is the processors' time that the caller spends on waking: the mean `spawn_blocking` call less [`QUEUED_NS`], which it
//! takes where nobody is woken. A call that is longer than the median by a whole run has lost its processor to a job, whose run is
//! taken off. What the woken thread spends is not known; where many tasks hop at once it is about what a narrow pool still wakes. Where tasks
//! compute in between, a narrow pool idles and is woken nearly as often: there the estimate is too high, hence the confidence
//! (docs/verdicts.md).

use tollbridge_instrument::names::{Phase, StartKind};

use super::facts::{Facts, MAX_THREADS, Runs, buckets};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use crate::units;

/// The share of starts by a wake from which on nearly each hop wakes a thread.
const WOKEN: f64 = 0.5;
/// The share of a run from which on a wake is worth saving.
const OF_RUN: f64 = 0.25;
/// Hops under way from which on they could be handed on.
const TOGETHER: f64 = 2.0;
/// The call where nobody is woken: the fifth percentile of pools of 1 to 4 threads that were busy was 60 to 130 ns.
const QUEUED_NS: f64 = 100.0;
/// With one thread each hop waits for all before it; two keep each other awake.
const MIN_THREADS: u64 = 2;

pub(super) fn speak(facts: &Facts<'_>) -> Option<Verdict> {
    let (woken, handed, born) =
        (facts.starts(StartKind::Pickup), facts.starts(StartKind::Handoff), facts.starts(StartKind::NewThread));
    let starts = woken.count() + handed.count() + born.count();
    let (calls, runs) = (facts.all(Phase::Submit), Runs::of(&facts.all(Phase::Run))?);
    let run = runs.mean_ns;
    let held_up = if runs.tailed { run } else { runs.median_ns };
    let (submit, median) = (calls.mean()?, calls.quantile(0.5)?);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most MAX_THREADS")]
    let cap = (2.0 * facts.running).ceil().min(MAX_THREADS) as u64;
    let (cap, threads) = (cap.max(MIN_THREADS), facts.threads());
    let wakes = woken.count() as f64 >= WOKEN * starts as f64;
    let together = facts.under_way.is_some_and(|hops| hops >= TOGETHER);
    if !wakes || !together || threads <= 2 * cap || median <= QUEUED_NS + OF_RUN * held_up {
        return None;
    }
    let lost: u64 = buckets(&calls).filter(|&(length, _)| length > median + run).map(|(_, calls)| calls).sum();
    let saved = submit - run * lost as f64 / calls.count() as f64 - QUEUED_NS;
    let share = |kind: u64, word: &str| format!("{} {word}", units::percent(kind as f64, starts as f64));
    Some(Verdict {
        rule: Rule::WidePool,
        site: None,
        evidence: vec![
            format!(
                "{}; starts: {}, {}, {}",
                units::counted(threads, "thread seen", "threads seen"),
                share(woken.count(), "woken"),
                share(handed.count(), "handed on"),
                share(born.count(), "new thread")
            ),
            format!(
                "the call takes {} (median), most of it to wake a thread, and a job runs {}",
                units::duration_spaced(median),
                units::duration_spaced(held_up)
            ),
        ],
        saving: Some(facts.saving("processors' time", Per::Hop, saved, submit, facts.joined())),
        confidence: Confidence::new(Level::Low, "what a narrow pool still wakes is not seen, nor what the woken threads spend: measure it"),
        risk: "jobs that wait for each other, or for long, hold up all others; tokio::fs, DNS and dependencies share the pool".to_owned(),
        attempt: format!("{cap} blocking threads"),
        code: Some(format!("tokio::runtime::Builder::new_multi_thread().max_blocking_threads({cap})")),
    })
}
