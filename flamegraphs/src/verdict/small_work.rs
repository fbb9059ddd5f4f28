//! *The work is smaller than the crossing*: several jobs in one hop, or, where the work is short beyond doubt, no hop.
//!
//! It speaks where the mean crossing ([`Facts::crossing`], less what the pool could save of it by itself) is longer than the run
//! ([`Site::typical_run`]): the mean, or the median where the mean is more than three of it. A few jobs that wait for a lock or a disk make the mean long, and the
//! others no worthier of their crossing (in the SQLite service of `examples/apps` the mean run was six to nine medians).
//!
//! N jobs in one hop pay the crossing once, so each saves (N - 1) / N of it. The N that is told is that from which on the work is the larger
//! part, and no more than a task calls in a row ([`Site::row`]): those can share a hop as they are. In the experiment a batch of that many saves
//! what is foretold. Jobs of several tasks would have to be collected first, which made each of them wait for longer than its own hop had
//! taken, so of these *it stands alone* is said ([`Rule::LoneWork`]), and nothing advised.
//!
//! To call the job on the awaiter's own thread saves all of the crossing, and holds up every other task of that worker meanwhile. It is
//! told where the p99.9 of the run, by the upper edge of its bucket, lies below [`INLINE_NS`], and known from
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
/// So many jobs may all be put into one hop without a thought of how late that makes the first of them.
const SHORT_ROW: f64 = 100.0;
/// So many jobs share a hop where the job is shorter than the clock can tell.
const MANY: f64 = 100.0;

/// `pool_ns`: what other verdicts would save of each hop's crossing.
pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>, pool_ns: f64) -> Option<Verdict> {
    let (saved, run) = (facts.crossing(site)? - pool_ns, site.typical_run()?.ns);
    let floor = facts.floor_ns().unwrap_or(0.0);
    if saved <= run.max(floor) {
        return None;
    }
    let row = site.row();
    let mut evidence = vec![match row {
        Some(row) => format!(
            "a task calls {} of its hops in a row, each less than 10 us after it called or came back from another",
            units::about(row)
        ),
        None => format!(
            "less than half of its hops are called in a row by one task: {} of {}",
            units::count(site.in_a_row),
            units::count(site.hops)
        ),
    }];
    evidence.extend(evidence::run_and_crossing(facts, site)?);
    if pool_ns > 0.0 {
        let left_out = units::duration_spaced(pool_ns);
        evidence.push(format!("{left_out} of that are left out of the saving, as another pool would save them"));
    }
    let enough = if run > floor { units::two_digits(saved / run, f64::ceil).max(2.0) } else { MANY };
    let inline = inline(site);
    evidence.extend(p999(site, inline.is_some(), row.is_none()));
    let batch = row.map(|row| Way::batch(enough, row));
    let ways: Vec<Way> = [batch, inline.map(|_| Way::inline())].into_iter().flatten().collect();
    let Some(first) = ways.first() else { return Some(alone(site, evidence)) };
    let all = |part: fn(&Way) -> &str, between: &str| ways.iter().map(part).collect::<Vec<_>>().join(between);
    Some(Verdict {
        rule: Rule::SmallWork,
        site: Some(site.name()),
        evidence,
        saving: Some(facts.saving("crossing", Per::Job, saved * first.share, saved, site.joined)),
        confidence: match facts.is_crowded() {
            false => Confidence::new(Level::High, "a hop of many jobs crosses once, and a job without one not at all"),
            true => Confidence::new(
                Level::Medium,
                "hops wait for each other, so what each of them costs is not known apart",
            ),
        },
        risk: all(|way| way.risk, "; "),
        attempt: all(|way| &way.attempt, "; or "),
        code: Some(all(|way| &way.code, "\n// or, on the awaiter's own thread:\n")),
    })
}

/// What can be tried.
struct Way {
    attempt: String,
    code: String,
    risk: &'static str,
    /// Of the crossing that it saves.
    share: f64,
}

impl Way {
    /// `enough`: from so many jobs on the work is the larger part. `row`: so many a task calls in a row.
    fn batch(enough: f64, row: f64) -> Self {
        let (jobs, row_told) = (enough.min(row.round()), units::about(row));
        let all = "spawn_blocking(move || jobs.into_iter().map(job).collect::<Vec<_>>()).await?";
        let code = if row <= SHORT_ROW {
            format!("let done = {all};")
        } else {
            format!("for jobs in jobs.chunks({jobs:.0}) {{\n    let jobs = jobs.to_vec();\n    done.extend({all});\n}}")
        };
        let attempt = if jobs < enough {
            format!("{jobs:.0} jobs in one hop: a task calls {row_told} in a row")
        } else if row <= SHORT_ROW {
            format!(
                "{jobs:.0} or more jobs in one hop, best all that a task calls in a row ({row_told}); then crossing costs less than the work"
            )
        } else {
            format!(
                "{jobs:.0} or more jobs in one hop, so that crossing costs less than the work: a task calls {row_told} in a row"
            )
        };
        Self {
            attempt,
            code,
            risk: "a batch is as late as its last job, and one that panics takes the others along",
            share: 1.0 - 1.0 / jobs,
        }
    }

    fn inline() -> Self {
        Self {
            attempt: "no hop: call it on the awaiter's own thread".to_owned(),
            code: "let one = job(input);".to_owned(),
            risk: "without a hop, one that takes longer than any seen here (a cold disk, a lock) holds up all tasks of its worker",
            share: 1.0,
        }
    }
}

/// There is nothing to put it together with, and it is too long to go without a hop.
fn alone(site: &Site<'_>, evidence: Vec<String>) -> Verdict {
    Verdict {
        rule: Rule::LoneWork,
        site: Some(site.name()),
        evidence,
        saving: None,
        confidence: Confidence::new(Level::High, format!("seen in {}", units::counted(site.hops, "hop", "hops"))),
        risk: String::new(),
        attempt: "nothing: to collect the jobs of several tasks for one hop made each of them later".to_owned(),
        code: None,
    }
}

/// Whether so long a run may be called without a hop; that this cannot be told, where it is all that could be tried.
fn p999(site: &Site<'_>, inline: bool, alone: bool) -> Option<String> {
    let run = site.phases.get(&Phase::Run)?;
    let (p999, known) = (units::duration_spaced(run.quantile(0.999)?), units::counted(run.count(), "hop", "hops"));
    match (inline, run.count() >= INLINE_HOPS) {
        (true, _) => Some(format!("p99.9 of its run is {p999}, of {known}: short enough for the awaiter's own thread")),
        (false, true) => Some(format!("p99.9 of its run is {p999}, of {known}: too long for the awaiter's own thread")),
        (false, false) => alone.then(|| {
            format!("its run is known of {known}: too few to tell whether it could do on the awaiter's own thread")
        }),
    }
}

/// The upper edge of the p99.9 of the run, if that is short enough to be called without a hop.
fn inline(site: &Site<'_>) -> Option<u64> {
    let run = site.phases.get(&Phase::Run).filter(|run| run.count() >= INLINE_HOPS)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a quantile lies in its bucket")]
    let (_, edge) = bucket_range(bucket_of(run.quantile(0.999)? as u64));
    (edge < INLINE_NS).then_some(edge)
}
