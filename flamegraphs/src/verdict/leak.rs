//! *Jobs run on after their callers gave up*: `timeout(limit, spawn_blocking(job))` drops the handle, and the job keeps its thread.
//!
//! It applies where handles were waited for and then dropped, the jobs ran for longer than that, and either [`MATTERS`] of the pool's threads
//! run such a job now, two at least, or such jobs took [`MATTERS`] of the time that threads were busy. It needs no number of hops.
//! A handle that is dropped at once is left out: there the app never meant to wait.

use super::facts::Facts;
use super::held::{self, Abandoned, MATTERS};
use super::model::{Confidence, Level, Rule, Verdict};
use super::remedy::{self, Remedy};
use crate::units;

/// Less than this is an accident.
const LEAST: u64 = 2;

pub(super) fn speak(facts: &Facts<'_>) -> Vec<Verdict> {
    held::abandoned(facts).into_iter().filter(|of| matters(facts, of)).map(|of| verdict(facts, &of)).collect()
}

fn matters(facts: &Facts<'_>, of: &Abandoned) -> bool {
    let threads = facts.report.pool.threads_seen.max(1) as f64;
    let now = of.running >= LEAST && of.running as f64 >= MATTERS * threads;
    let busy = facts.report.pool.busy_ns.filter(|&busy| busy > 0);
    let took = busy.is_some_and(|busy| of.held_ns >= MATTERS * busy as f64) && of.dropped >= LEAST;
    // One pool thread of hundreds that is busy with little else than this is no leak.
    let in_use = facts.report.pool.thread_ns.max(1) as f64;
    now || (took && of.held_ns >= MATTERS * in_use)
}

fn verdict(facts: &Facts<'_>, of: &Abandoned) -> Verdict {
    let mut evidence = vec![format!(
        "{} were dropped after {} of waiting (mean), but such a job runs for {}{}",
        units::counted(of.dropped, "handle", "handles"),
        units::duration_spaced(of.waited_ns),
        units::duration_spaced(of.run_ns),
        if of.running > 0 { " and longer" } else { "" }
    )];
    let (threads, held) = (facts.report.pool.threads_seen, facts.report.pool.thread_ns);
    if of.running > 0 {
        evidence.push(format!(
            "{} of {} run such a job now, and nobody waits for it",
            units::count(of.running),
            units::counted(threads, "thread seen", "threads seen")
        ));
    }
    if held > 0 {
        evidence.push(format!(
            "these jobs take {} of the time of all threads seen",
            units::percent(of.held_ns, held as f64)
        ));
    }
    evidence.extend(held::victims(facts, &of.site));
    evidence.extend(remedy::whose(facts, &of.site));
    let Remedy { attempt, code, risk } = remedy::of_abandoned(&of.site).unwrap_or_else(own);
    Verdict {
        rule: Rule::Leak,
        site: Some(of.site.clone()),
        evidence,
        saving: None,
        confidence: Confidence::new(Level::High, "these handles and jobs were counted"),
        risk,
        attempt,
        code,
    }
}

/// A job that the app can stop.
fn own() -> Remedy {
    Remedy {
        risk: "a job that stops halfway must leave its data in order".to_owned(),
        attempt: "stopping the job when its caller gives up: a flag that it checks, or a time limit inside it (on the socket, the query)"
            .to_owned(),
        code: Some(
            "let stop = Arc::new(AtomicBool::new(false));\nlet stopped = Arc::clone(&stop);\nlet job = spawn_blocking(move || while \
             !stopped.load(Relaxed) && step() {});\nif timeout(limit, job).await.is_err() {\n    stop.store(true, Relaxed);\n}"
                .to_owned(),
        ),
    }
}
