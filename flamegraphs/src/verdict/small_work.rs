//! *The work is smaller than the crossing*: several jobs in one hop, or, where the work is short beyond doubt, no hop.
//!
//! It speaks where the mean crossing ([`Facts::crossing`], less what the pool could save of it by itself) is longer than the run
//! ([`Site::typical_run`]): the mean, or the median where the mean is more than three of it. A few jobs that wait for a lock or a disk make the mean long, and the
//! others no worthier of their crossing (in the SQLite service of `examples/apps` the mean run was six to nine medians). N jobs in one
//! hop pay the crossing once, so each saves (N - 1) / N of it; the N that is told is that from which on the work is the larger part. In
//! the experiment a batch of that many saves what is foretold.
//!
//! To call the job on the awaiter's own thread saves all of the crossing, and holds up every other task of that worker meanwhile. It is
//! told as a second way where the p99.9 of the run, by the upper edge of its bucket, lies below [`INLINE_NS`], and known from
//! [`INLINE_HOPS`] hops, so that there is something beyond it.
//!
//! # Source
//! tokio's own advice is 10 to 100 us between two awaits (A. Ryhl, "Async: What is blocking?"). The lower end, because inlined jobs may follow
//! each other without an await in between, and because one in a thousand takes longer than the p99.9.

use tollbridge_instrument::names::Phase;
use tollbridge_instrument::report::{bucket_of, bucket_range};

use super::evidence;
use super::facts::{Facts, Site};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use crate::units;

/// The longest run that may be called without a hop.
const INLINE_NS: u64 = 10_000;
/// From fewer hops than this a p99.9 is the longest of them.
const INLINE_HOPS: u64 = 2_000;
/// So many jobs share a hop where the job is shorter than the clock can tell.
const MANY: f64 = 100.0;

/// `pool_ns`: what other verdicts would save of each hop's crossing.
pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>, pool_ns: f64) -> Option<Verdict> {
    let (saved, run) = (facts.crossing(site)? - pool_ns, site.typical_run()?.ns);
    let floor = facts.floor_ns().unwrap_or(0.0);
    if saved <= run.max(floor) {
        return None;
    }
    let jobs = if run > floor { up_to_two_digits(saved / run).max(2.0) } else { MANY };
    let mut evidence = evidence::run_and_crossing(facts, site)?;
    if pool_ns > 0.0 {
        let left_out = units::duration_spaced(pool_ns);
        evidence.push(format!("{left_out} of that are left out of the saving, as another pool would save them"));
    }
    let mut attempt = format!(
        "{jobs:.0} or more jobs in one hop (first of all those that one task awaits one after another), so that crossing costs less than the work"
    );
    let mut code = format!(
        "for jobs in jobs.chunks({jobs:.0}) {{\n    let jobs = jobs.to_vec();\n    done.extend(spawn_blocking(move || jobs.into_iter()\
         .map(job).collect::<Vec<_>>()).await?);\n}}"
    );
    let mut risk = "a batch is as late as its last job, and one that panics takes the others along".to_owned();
    if let Some(edge) = inline(site) {
        evidence.push(format!(
            "p99.9 of its run is below {}, of {} hops",
            units::duration_spaced(edge as f64),
            units::count(site.timed())
        ));
        attempt += "; or call it without a hop";
        code += "\n// or, on the awaiter's own thread:\nlet one = job(input);";
        risk += "; without a hop, one that takes longer than any seen here (a cold disk, a lock) holds up all tasks of its worker";
    }
    Some(Verdict {
        rule: Rule::SmallWork,
        site: Some(site.name()),
        evidence,
        saving: Some(facts.saving("crossing", Per::Job, saved * (1.0 - 1.0 / jobs), saved, site.joined)),
        confidence: match facts.is_crowded() {
            false => Confidence::new(Level::High, "a hop of many jobs crosses once"),
            true => Confidence::new(
                Level::Medium,
                "hops wait for each other, so what each of them costs is not known apart",
            ),
        },
        risk,
        attempt,
        code: Some(code),
    })
}

/// The upper edge of the p99.9 of the run, if that is short enough to be called without a hop.
fn inline(site: &Site<'_>) -> Option<u64> {
    let run = site.phases.get(&Phase::Run).filter(|run| run.count() >= INLINE_HOPS)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a quantile lies in its bucket")]
    let (_, edge) = bucket_range(bucket_of(run.quantile(0.999)? as u64));
    (edge < INLINE_NS).then_some(edge)
}

/// The next whole number of at most two digits and noughts: an estimate has no more.
fn up_to_two_digits(x: f64) -> f64 {
    let unit = 10f64.powf((x.log10().floor() - 1.0).max(0.0));
    (x / unit).ceil() * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_rounded_up() {
        for (x, expected) in [(1.01, 2.0), (10.6, 11.0), (99.5, 100.0), (206.1, 210.0), (946_000.0, 950_000.0)] {
            assert!((up_to_two_digits(x) - expected).abs() < 1e-6, "{x}");
        }
    }
}
