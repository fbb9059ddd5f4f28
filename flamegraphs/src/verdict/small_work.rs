//! *The work is smaller than the crossing*: several jobs in one call, or, where the work is short beyond doubt, no call.
//!
//! It applies where the mean crossing ([`Facts::crossing`], less what the pool could save of it by itself) is longer than the run
//! ([`Site::typical_run`]): the mean, or the median where the mean is more than three of it. A few jobs that wait for a lock or a disk make the
//! mean long, and the others no worthier of their crossing (in the SQLite service of `examples/apps` the mean run was six to nine medians). Where
//! other processes took part of the machine the crossing has to be [`DOUBTFUL`] runs: waits for a processor are in it.
//!
//! N jobs in one call pay the crossing once, so each saves (N - 1) / N of it. N is that from which the work is the larger
//! part, and no more than a task calls back to back ([`Site::row`]): those can share a call as they are. In the experiment a batch of that many saves
//! what is predicted. Calls that a task makes one soon after the other, with up to 2 ms of work in between ([`Site::burst`]), can share one if the
//! next input is known before the last job ends, which a report does not show: confidence is medium at most. (5,000 log lines with 15 us of parsing
//! each took 0.38 s in batches of 32 instead of 0.68.)
//!
//! Jobs of several tasks would have to be collected first, which made each of them wait for longer than its own hop had
//! taken, so where calls stand alone [`Rule::LoneWork`] says so, and advises nothing.
//!
//! To call the job on the awaiter's own thread saves all of the crossing, and holds up every other task of that worker meanwhile. It is
//! advised where the p99.9 of the run, by the upper edge of its bucket, lies below [`INLINE_NS`], and known from
//! [`INLINE_HOPS`] hops, so that there is something beyond it.
//!
//! Calls that are not the app's (`crate::origin`) have a remedy of their own (`remedy`), and confidence of medium at most. They are never advised to go
//! without a hop.
//!
//! # Source
//! tokio's own advice is 10 to 100 us between two awaits (A. Ryhl, "Async: What is blocking?"). The lower end, because inlined jobs may follow
//! each other without an await in between, and because one in a thousand takes longer than the p99.9.

use tollbridge_report::names::{Phase, Spacing};
use tollbridge_report::{bucket_of, bucket_range};

use super::evidence;
use super::facts::{Facts, Site};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use super::remedy::{self, Remedy};
use crate::origin::Origin;
use crate::units;

/// The longest run that may be called without a hop.
pub(super) const INLINE_NS: u64 = 10_000;
/// From fewer hops than this a p99.9 is the longest of them.
const INLINE_HOPS: u64 = 2_000;
/// This many jobs may all be put into one call without a thought of how late that makes the first of them.
const SHORT_ROW: f64 = 100.0;
/// This many jobs share a call where the job is shorter than the clock can measure.
const MANY: f64 = 100.0;
/// Runs that the crossing has to be worth where other processes take processors.
const DOUBTFUL: f64 = 2.0;
/// The share of first hops from which each task makes one call in its life.
const ONE_EACH: f64 = 0.9;

/// Whether a job is smaller than this much of its crossing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    Smaller,
    /// It is near its crossing, and other processes took part of the machine.
    Doubtful,
    Larger,
}

/// How a job compares with what another way of crossing would save.
pub(super) fn size(facts: &Facts<'_>, saved: f64, run: f64) -> Size {
    let run = run.max(facts.floor_ns().unwrap_or(0.0));
    let margin = if facts.machine.and_then(|machine| machine.neighbours()).is_some() { DOUBTFUL } else { 1.0 };
    match saved {
        saved if saved > margin * run => Size::Smaller,
        saved if saved > run || (margin > 1.0 && saved * margin > run) => Size::Doubtful,
        _ => Size::Larger,
    }
}

/// How many jobs a task could put into one call, and what is known of it.
#[derive(Clone, Copy)]
enum Repetition {
    /// Called less than 10 us apart.
    BackToBack(f64),
    /// With up to 2 ms of work in between.
    Burst(f64),
}

impl Repetition {
    /// Back-to-back calls if there are `enough` of them, else those in a burst where that is more.
    fn of(site: &Site<'_>, enough: f64) -> Option<Self> {
        let (row, burst) = (site.row(), site.burst());
        match (row, burst) {
            (Some(row), Some(burst)) if row < enough && burst > row => Some(Self::Burst(burst)),
            (Some(row), _) => Some(Self::BackToBack(row)),
            (None, burst) => burst.map(Self::Burst),
        }
    }

    fn calls(self) -> f64 {
        match self {
            Self::BackToBack(calls) | Self::Burst(calls) => calls,
        }
    }

    fn how(self) -> &'static str {
        match self {
            Self::BackToBack(_) => "back to back",
            Self::Burst(_) => "in a burst",
        }
    }

    fn evidence(self, site: &Site<'_>) -> String {
        let calls = units::about(self.calls());
        match self {
            Self::BackToBack(_) => format!(
                "tasks make {calls} of these calls back to back, less than {} us apart",
                Spacing::ROW_NS / 1_000
            ),
            Self::Burst(_) => format!(
                "tasks make {calls} of these calls in a burst, {} of {} less than {} ms after the one before",
                units::count(site.repeated),
                units::count(site.hops),
                Spacing::BURST_NS / 1_000_000
            ),
        }
    }
}

/// `pool_ns`: what other verdicts would save of each hop's crossing.
pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>, pool_ns: f64) -> Option<Verdict> {
    let (saved, run) = (facts.crossing(site)? - pool_ns, site.typical_run()?.ns);
    let floor = facts.floor_ns().unwrap_or(0.0);
    if size(facts, saved, run) != Size::Smaller {
        return None;
    }
    let enough = if run > floor { units::two_digits(saved / run, f64::ceil).max(2.0) } else { MANY };
    let row = Repetition::of(site, enough);
    let mut evidence = vec![row.map_or_else(|| apart(site), |row| row.evidence(site))];
    evidence.extend(evidence::run_and_crossing(facts, site)?);
    if pool_ns > 0.0 {
        let left_out = units::duration_spaced(pool_ns);
        evidence.push(format!("{left_out} of that are not counted here, because another pool would save them"));
    }
    evidence.extend(remedy::whose(facts, &site.name()));
    let is_own = site.origin == Origin::App;
    // Whether a call of somebody else's could go without a hop is not for the app to decide.
    let inline = inline(site).filter(|_| is_own);
    evidence.extend(p999(site, inline.is_some(), row.is_none()).filter(|_| is_own));
    let batch = row.map(|row| Way::of_other(facts, site, enough, row).unwrap_or_else(|| Way::batch(enough, row)));
    let ways: Vec<Way> = [batch, inline.map(|_| Way::inline())].into_iter().flatten().collect();
    let Some(first) = ways.first() else { return Some(alone(site, evidence)) };
    let all = |part: fn(&Way) -> &str, between: &str| ways.iter().map(part).collect::<Vec<_>>().join(between);
    let confidence = match (row, facts.is_crowded() || site.is_wrapped()) {
        (Some(_), _) if !is_own => Confidence::new(Level::Medium, OTHERS_LOOP),
        (Some(Repetition::Burst(_)), _) => {
            Confidence::new(Level::Medium, "whether the next input is known before the last job ends cannot be seen")
        }
        (_, false) => {
            Confidence::new(Level::High, "a call with many jobs crosses once, and a job without a call not at all")
        }
        (_, true) => Confidence::new(Level::Medium, "what each call costs on its own is not known exactly"),
    };
    Some(Verdict {
        rule: Rule::SmallWork,
        site: Some(site.name()),
        evidence,
        saving: Some(facts.saving("overhead", Per::Job, saved * first.share, saved, site.joined)),
        confidence,
        risk: all(|way| &way.risk, "; "),
        attempt: all(|way| &way.attempt, "; or "),
        code: Some(all(|way| &way.code, "\n// or, on the awaiter's own thread:\n")).filter(|code| !code.is_empty()),
    })
}

/// Why no more is sure of calls that are not the app's.
pub(super) const OTHERS_LOOP: &str = "whose loop makes these calls, and what it does between two of them, is not seen";

/// What is known of calls that stand alone.
fn apart(site: &Site<'_>) -> String {
    if site.first_of_task as f64 >= ONE_EACH * site.hops as f64 {
        return format!(
            "each task makes one call: {} of {} were their task's first",
            units::count(site.first_of_task),
            units::count(site.hops)
        );
    }
    format!(
        "fewer than half of these calls follow another one of the same task within 2 ms: {} of {}",
        units::count(site.repeated),
        units::count(site.hops)
    )
}

/// What can be tried.
struct Way {
    attempt: String,
    code: String,
    risk: String,
    /// Of the crossing that it saves.
    share: f64,
}

impl Way {
    /// Of a call that is not the app's.
    fn of_other(facts: &Facts<'_>, site: &Site<'_>, enough: f64, row: Repetition) -> Option<Self> {
        let calls = row.calls();
        let told = format!("a task makes {} of these calls {}", units::about(calls), row.how());
        let Remedy { attempt, code, risk } = remedy::of_row(facts, &site.origin, &[site.name()], &told)?;
        Some(Self { attempt, code: code.unwrap_or_default(), risk, share: 1.0 - 1.0 / enough.min(calls.round()) })
    }

    /// `enough`: from this many jobs on the work is the larger part.
    fn batch(enough: f64, row: Repetition) -> Self {
        let calls = row.calls();
        let (jobs, about) = (enough.min(calls.round()), units::about(calls));
        let how = row.how();
        let all = "spawn_blocking(move || jobs.into_iter().map(job).collect::<Vec<_>>()).await?";
        let code = if calls <= SHORT_ROW {
            format!("let done = {all};")
        } else {
            format!("for jobs in jobs.chunks({jobs:.0}) {{\n    let jobs = jobs.to_vec();\n    done.extend({all});\n}}")
        };
        let attempt = if jobs < enough {
            format!("batching {jobs:.0} jobs per call: a task makes {about} calls {how}")
        } else if calls <= SHORT_ROW {
            format!("batching {jobs:.0} or more jobs per call, best all that a task calls {how} ({about})")
        } else {
            format!(
                "batching {jobs:.0} or more jobs per call, so that crossing costs less than the work: a task makes {about} calls {how}"
            )
        };
        Self {
            attempt,
            code,
            risk: "a batch finishes with its slowest job, and one panic loses the whole batch".to_owned(),
            share: 1.0 - 1.0 / jobs,
        }
    }

    fn inline() -> Self {
        Self {
            attempt: "no hop: calling it on the awaiter's own thread".to_owned(),
            code: "let one = job(input);".to_owned(),
            risk: "without a hop, a job that takes longer than any seen here (a cold disk, a lock) holds up all tasks of its worker"
                .to_owned(),
            share: 1.0,
        }
    }
}

/// Its calls come one at a time, and it is too long to go without a hop.
fn alone(site: &Site<'_>, evidence: Vec<String>) -> Verdict {
    let one_each = site.first_of_task as f64 >= ONE_EACH * site.hops as f64;
    Verdict {
        rule: Rule::LoneWork,
        site: Some(site.name()),
        evidence,
        saving: None,
        confidence: match one_each {
            true => Confidence::new(Level::High, format!("seen in {}", units::counted(site.hops, "hop", "hops"))),
            false => Confidence::new(Level::Medium, "what a task does between two calls is not seen"),
        },
        risk: String::new(),
        attempt: match site.origin {
            Origin::App => "nothing: batching across tasks would delay each of them",
            _ => "nothing: few tasks make several of these calls one after the other",
        }
        .to_owned(),
        code: None,
    }
}

/// Whether a run of this length may be called without a hop; that this is not known, where it is all that could be tried.
fn p999(site: &Site<'_>, inline: bool, alone: bool) -> Option<String> {
    let run = site.phases.get(&Phase::Run)?;
    let (p999, known) = (units::duration_spaced(run.quantile(0.999)?), units::counted(run.count(), "hop", "hops"));
    match (inline, run.count() >= INLINE_HOPS) {
        (true, _) => Some(format!("p99.9 of its run is {p999}, of {known}: short enough for the awaiter's own thread")),
        (false, true) => Some(format!("p99.9 of its run is {p999}, of {known}: too long for the awaiter's own thread")),
        (false, false) => alone.then(|| {
            format!("its run is known of {known}: too few to show whether it could run on the awaiter's thread")
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
