//! *A long tail inside the work*: few jobs take most of the time.
//!
//! A job is in the tail if it runs for more than [`TIMES`] the median. It applies where at most [`FEW`] of the jobs, and at least
//! [`MIN_TAIL`] of them, are in it, and what they take beyond the median is [`SHARE`] of all that jobs run. That is what is saved
//! where they can be made ordinary: no crossing will ever cost as much.
//!
//! In a crowd it keeps silent: there processors are short, and a job that had to wait for one looks long. So it does where the processors are taken
//! and threads waited for one for [`WAITED`] times what the tail takes. (Where they are not taken, waits are short and every job has some: the experiment's threads wait for
//! as long as its tail takes, in stretches of a few us.)

use tollbridge_report::names::Phase;

use super::facts::{Facts, Site, buckets};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use super::remedy::{self, Remedy};
use crate::units;

/// How many medians long an ordinary job may be.
const TIMES: f64 = 10.0;
/// More of them than this are no exception.
const FEW: f64 = 0.05;
/// Fewer of them than this may be the machine's doing.
const MIN_TAIL: u64 = 5;
/// Waits for a processor of this many times what the tail takes may be all of it.
const WAITED: f64 = 1.0;
/// The share of all that jobs run from which the tail matters.
const SHARE: f64 = 0.25;

pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>) -> Option<Verdict> {
    let run = site.phases.get(&Phase::Run)?;
    let (mean, median) = (run.mean()?, run.quantile(0.5)?);
    let (mut jobs, mut beyond) = (0, 0.0);
    for (length, count) in buckets(run).filter(|&(length, _)| length > TIMES * median) {
        jobs += count;
        beyond += (length - median) * count as f64;
    }
    let saved = beyond / run.count() as f64;
    let few = (MIN_TAIL..).contains(&jobs) && jobs as f64 <= FEW * run.count() as f64;
    let full = facts.machine.filter(|machine| machine.is_full());
    let waited = full.and_then(|machine| machine.wait_ns).is_some_and(|waited| waited >= WAITED * beyond);
    if !few || saved < SHARE * mean || facts.is_crowded() || waited {
        return None;
    }
    let mut evidence = vec![format!(
        "{} of {} jobs ran for more than {TIMES:.0} times the median of {}; they take {} of all run time, the longest {}",
        units::count(jobs),
        units::count(run.count()),
        units::duration_spaced(median),
        units::percent(saved, mean),
        units::duration_spaced(run.max()? as f64)
    )];
    evidence.extend(remedy::whose(facts, &site.name()));
    let Remedy { attempt, code, risk } = remedy::of_tail(&site.origin).unwrap_or_else(|| Remedy {
        attempt: "a separate call site for the long ones, to see what they have in common (a cold cache, a lock, a large input)"
            .to_owned(),
        code: None,
        risk: "a time limit drops the handle, not the job: the thread stays busy until the job returns".to_owned(),
    });
    Some(Verdict {
        rule: Rule::LongTail,
        site: Some(site.name()),
        evidence,
        saving: Some(facts.saving("run", Per::Hop, saved, mean, site.joined)),
        confidence: Confidence::new(Level::Medium, "the report shows how long they took, not what they have in common"),
        risk,
        attempt,
        code,
    })
}
