//! *The pool has stopped for good*: every thread runs a job that waits for a call that is queued behind it.
//!
//! The capture itself finds it (`live.deadlocks`): no threshold, no number of hops.

use tollbridge_report::Deadlock;

use super::evidence;
use super::facts::{Facts, name};
use super::model::{Confidence, Level, Rule, Verdict};
use super::remedy::{self, Remedy};
use crate::units;

pub(super) fn speak(facts: &Facts<'_>) -> Vec<Verdict> {
    let found = facts.report.live.iter().flat_map(|live| &live.deadlocks);
    found.map(verdict).collect()
}

fn verdict(of: &Deadlock) -> Verdict {
    let waits = of.waits.iter().map(|wait| {
        format!(
            "jobs of {} wait for {} of {}",
            evidence::place(&name(&wait.site, &wait.job)),
            units::counted(wait.count, "queued call", "queued calls"),
            evidence::place(&name(&wait.queued_site, &wait.queued_job))
        )
    });
    let mut evidence = vec![format!(
        "all {} of the pool run a job, each of them waits for a queued call, and none has begun for {}",
        units::counted(of.running, "thread", "threads"),
        units::duration_spaced(of.age_ns as f64)
    )];
    evidence.extend(waits);
    evidence.push(format!(
        "{} in all, and nothing can begin one",
        units::counted(of.queued, "call is queued", "calls are queued")
    ));
    let first = of.waits.first();
    let pair = first.map(|wait| (name(&wait.site, &wait.job), name(&wait.queued_site, &wait.queued_job)));
    let Remedy { attempt, code, risk } =
        pair.and_then(|(outer, inner)| remedy::of_deadlock(&outer, &inner)).unwrap_or_else(own);
    Verdict {
        rule: Rule::Deadlock,
        site: first.map(|wait| name(&wait.site, &wait.job)),
        evidence,
        saving: None,
        confidence: Confidence::new(Level::High, "seen when the report was taken"),
        risk,
        attempt,
        code,
    }
}

/// Where both calls are the app's.
fn own() -> Remedy {
    Remedy {
        risk: "more threads only move the limit: as many outer jobs at once stop the pool again".to_owned(),
        attempt: "doing the inner work inside the job itself, or awaiting the inner call before the outer one starts".to_owned(),
        code: Some(
            "let input = spawn_blocking(inner).await?;\nspawn_blocking(move || outer(input)).await?  // no block_on in a job".to_owned(),
        ),
    }
}
