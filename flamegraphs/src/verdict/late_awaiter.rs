//! *The awaiter is polled late*: the outcome is there, the awaiter is woken, and no worker polls it.
//!
//! It applies where the mean resume is a fifth of the hop or more and longer than 100 us, though few hops are in it at a time (in a
//! crowd they wait for each other there, see [`Facts::is_crowded`]). Then the workers are busy with something else: a task that computes or
//! blocks between two awaits. What is saved is the resume less 15 us, which a worker takes that has nothing to do ([`Facts::lateness`]).
//!
//! Two other causes look the same. Workers that idle have polled the task, and it was the task that raced something else (`select!`, a
//! timeout): silent where all threads but the pool's use less than [`IDLE`] of one processor. And processors that are taken, by jobs or by other
//! processes, leave none to poll with ([`Machine::is_full`](super::facts::Machine::is_full)): silent, and `fine` says it.

use tollbridge_report::names::Phase;

use super::facts::{Facts, Site};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use crate::run;
use crate::units;

/// What is predicted may be this many times what is saved: the work that leaves the worker still makes others wait for a processor.
pub(super) const LEAST: f64 = 3.0;
/// The share of one processor below which no worker is busy.
const IDLE: f64 = 0.2;

pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>) -> Option<Verdict> {
    let (resume, hop) = (site.mean(Phase::Resume)?, site.hop_ns.mean()?);
    let late = facts.lateness(site)?;
    let workers = workers(facts);
    if facts.machine.is_some_and(|machine| machine.is_full()) || workers.is_some_and(|used| used < IDLE) {
        return None;
    }
    let mut evidence = vec![format!(
        "{} of a hop of {} pass between the wake of the awaiter and its poll, with {} hops in that phase at a time",
        units::duration_spaced(resume),
        units::duration_spaced(hop),
        units::mean_count(facts.resuming)
    )];
    evidence
        .extend(workers.map(|used| {
            format!("threads outside the blocking pool use {} processors (mean)", units::mean_count(used))
        }));
    Some(Verdict {
        rule: Rule::LateAwaiter,
        site: Some(site.name()),
        evidence,
        saving: Some(facts.saving_within("resume", Per::Hop, late, [late / LEAST, resume], site.joined)),
        confidence: match workers {
            Some(_) => Confidence::new(Level::Medium, "what keeps the workers busy is not seen; a handle that lost a select! looks the same"),
            None => Confidence::new(Level::Low, "this report does not show whether the workers were busy or idle"),
        },
        risk: "the work still needs a processor: where few are free, others then wait for it".to_owned(),
        attempt: "finding the task that computes or blocks between two awaits, and sending that work through spawn_blocking; or one more worker thread"
            .to_owned(),
        code: Some(
            "// a multi_thread runtime of n workers:\ntokio::runtime::Builder::new_multi_thread().worker_threads(n + 1)\n// a current_thread \
             runtime has one worker, and worker_threads does nothing there:\nspawn_blocking(move || compute(input)).await?"
                .to_owned(),
        ),
    })
}

/// How many processors all threads but the pool's use, on the mean.
fn workers(facts: &Facts<'_>) -> Option<f64> {
    let (machine, pool) = (facts.machine?, facts.report.pool.cpu_ns?);
    Some((machine.cpu_ns - pool as f64).max(0.0) / run::length_ns(facts.report)? as f64)
}

/// What `fine` says where the awaiter is late for want of a processor.
pub(super) fn short_of_processors(facts: &Facts<'_>, site: &Site<'_>) -> Option<String> {
    let (late, machine) = (facts.lateness(site)?, facts.machine.filter(|machine| machine.is_full())?);
    Some(format!(
        "the processors are taken ({} of their time), so its task is polled {} late",
        units::percent(machine.taken(), 1.0),
        units::duration_spaced(late)
    ))
}
