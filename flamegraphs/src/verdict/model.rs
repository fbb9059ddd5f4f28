//! A verdict and its parts.

use std::fmt;

use crate::compare::SiteName;
use crate::origin::Origin;

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

impl Verdict {
    /// Returns whose calls it is about; `None` if it is about the whole process.
    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        self.site.as_ref().map(|name| Origin::of(&name.site, &name.job))
    }
}

/// What comes of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RuleKind {
    /// It comes before all that would save time.
    Urgent,
    /// Something to try.
    Advice,
    /// There is nothing to gain.
    Nothing,
}

macro_rules! rule {
    ($($(#[$doc:meta])* $rule:ident $word:literal $kind:ident $title:literal $(of_a_site($module:ident))?;)+) => {
        /// A rule. Those that cannot wait come first; the others are listed in the order in which hops go through what they are about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[$doc])* $rule,)+
        }

        impl Rule {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$rule,)+];

            /// Its word in JSON and in links; it does not change.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$rule => $word,)+
                }
            }

            /// What it finds, in words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$rule => $title,)+
                }
            }

            const fn kind(self) -> RuleKind {
                match self {
                    $(Self::$rule => RuleKind::$kind,)+
                }
            }
        }
    };
}

rules!(rule);

impl Rule {
    /// Whether it comes before all that would save time: threads are held, or calls never begin.
    #[must_use]
    pub const fn is_urgent(self) -> bool {
        matches!(self.kind(), RuleKind::Urgent)
    }

    /// Whether it has something to try. The others say that there is nothing to gain.
    #[must_use]
    pub const fn advises(self) -> bool {
        !matches!(self.kind(), RuleKind::Nothing)
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
