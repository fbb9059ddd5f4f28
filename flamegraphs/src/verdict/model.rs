//! A verdict and its parts.

use std::fmt;

use crate::compare::SiteName;

/// What a rule has found.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The rule that applies.
    pub rule: Rule,
    /// The site that it is about; `None` if it is about the whole process.
    pub site: Option<SiteName>,
    /// The figures on which it rests, a sentence each.
    pub evidence: Vec<String>,
    /// What following it would save; where it advises nothing, what at most could be saved, if that is known.
    pub saving: Option<Saving>,
    /// How sure it is.
    pub confidence: Confidence,
    /// What may go wrong; empty if there is nothing to try.
    pub risk: String,
    /// What to try, as a sentence.
    pub attempt: String,
    /// The code to write or the command to run, if that can be said in a few lines.
    pub code: Option<String>,
}

/// A rule. Those that cannot wait come first; the others are listed in the order in which hops go through what they are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// All threads of a pool run jobs that wait for calls queued behind them.
    Deadlock,
    /// Jobs that do not end hold threads.
    Stuck,
    /// Jobs hold threads although their callers gave up.
    Leak,
    /// Calls are queued for long, and few ever end.
    Starved,
    /// Calls wait for threads that run jobs past tollbridge.
    UnseenJobs,
    /// A job is shorter than its crossing.
    SmallWork,
    /// It is, and its calls come one at a time.
    LoneWork,
    /// Tasks make several small calls one soon after the other.
    Sequence,
    /// Each hop wakes another thread.
    WidePool,
    /// More jobs compute at a time than there are processors.
    JobsCompute,
    /// Jobs wait for threads that are busy with other jobs.
    Backlog,
    /// Few jobs take most of the time.
    LongTail,
    /// Results are ready before anything awaits them.
    Unpolled,
    /// No worker polls the awaiter that was woken.
    LateAwaiter,
    /// Bridge locks were recorded, and take too little of a hop to notice.
    IdleBridgeLocks,
    /// None of the others applies to the site.
    Fine,
}

impl Rule {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Deadlock,
        Self::Stuck,
        Self::Leak,
        Self::Starved,
        Self::UnseenJobs,
        Self::SmallWork,
        Self::LoneWork,
        Self::Sequence,
        Self::WidePool,
        Self::JobsCompute,
        Self::Backlog,
        Self::LongTail,
        Self::Unpolled,
        Self::LateAwaiter,
        Self::IdleBridgeLocks,
        Self::Fine,
    ];

    /// Its word in JSON and in links; it does not change.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deadlock => "deadlock",
            Self::Stuck => "stuck",
            Self::Leak => "leak",
            Self::Starved => "starved",
            Self::UnseenJobs => "unseen-jobs",
            Self::SmallWork => "small-work",
            Self::LoneWork => "lone-work",
            Self::Sequence => "sequence",
            Self::WidePool => "wide-pool",
            Self::JobsCompute => "jobs-compute",
            Self::Backlog => "backlog",
            Self::LongTail => "long-tail",
            Self::Unpolled => "unpolled",
            Self::LateAwaiter => "late-awaiter",
            Self::IdleBridgeLocks => "idle-bridge-locks",
            Self::Fine => "fine",
        }
    }

    /// Whether it comes before all that would save time: threads are held, or calls never begin.
    #[must_use]
    pub const fn is_urgent(self) -> bool {
        matches!(self, Self::Deadlock | Self::Stuck | Self::Leak | Self::Starved)
    }

    /// Whether it has something to try. The others say that there is nothing to gain.
    #[must_use]
    pub const fn advises(self) -> bool {
        !matches!(self, Self::LoneWork | Self::IdleBridgeLocks | Self::Fine)
    }

    /// What it finds, in words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Deadlock => "the pool has stopped for good",
            Self::Stuck => "jobs that do not end hold threads",
            Self::Leak => "jobs run on after their callers gave up",
            Self::Starved => "calls never begin",
            Self::UnseenJobs => "waiting behind jobs that are not seen",
            Self::SmallWork => "the work is smaller than the crossing",
            Self::LoneWork => "the work is smaller than the crossing, and its calls come one at a time",
            Self::Sequence => "calls in sequence that could be one",
            Self::WidePool => "the pool is too wide",
            Self::JobsCompute => "jobs compute on more threads than there are processors",
            Self::Backlog => "waiting behind other work",
            Self::LongTail => "a long tail inside the work",
            Self::Unpolled => "the result was ready but not yet awaited",
            Self::LateAwaiter => "the awaiter is polled late",
            Self::IdleBridgeLocks => "bridge locks do not matter here",
            Self::Fine => "fine as it is",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An estimate of what is to be gained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Saving {
    /// What becomes shorter.
    pub what: &'static str,
    /// What it is counted by.
    pub per: Per,
    /// By how many ns, each.
    pub ns: f64,
    /// At least.
    pub low_ns: f64,
    /// At most.
    pub high_ns: f64,
    /// All that the report's hops would have saved, in ns.
    pub total_ns: f64,
    /// The same as a share of the time that all of its joined hops took together, from 0 to 1. Hops that are in flight at the same time count
    /// each.
    pub share: f64,
}

impl Saving {
    /// How far off the experiments allow most estimates to be, up or down.
    pub const FACTOR: f64 = 1.5;
}

/// What a saving is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// A hop as it is now.
    Hop,
    /// A job: several may share a hop once the advice is followed.
    Job,
}

impl Per {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hop => "hop",
            Self::Job => "job",
        }
    }
}

/// How sure a verdict is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confidence {
    /// How sure.
    pub level: Level,
    /// Why no more, or no less.
    pub reason: String,
}

/// How sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What cannot be seen from here decides; measure before you rely on it.
    Low,
    /// It rests on something that cannot be seen from here and mostly holds.
    Medium,
    /// It follows from what was measured.
    High,
}

impl Level {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Confidence {
    pub(super) fn new(level: Level, reason: impl Into<String>) -> Self {
        Self { level, reason: reason.into() }
    }
}
