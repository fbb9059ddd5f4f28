//! Whether a change may pass: a verdict over all sites, at one rate of false alarms.
//!
//! With many sites some will look worse by chance. The gate asks one question, whether any site's figure grew by more than is
//! allowed, and answers wrongly with yes in at most [`FALSE_ALARMS`] of all changes that made no site worse than that, however
//! many sites there are, however they hang together and however unlike the sides' runs are, as long as a side's runs are about normal.
//! A site that it names has its own 95 % interval above what is allowed, too.
//!
//! # Source
//! S. Holm, *A simple sequentially rejective multiple test procedure* (Scandinavian Journal of Statistics 6, 1979). It needs no
//! independence, and sites of one process have none. The rate of false discoveries (Benjamini & Hochberg, 1995) would
//! find more and be wrong about more: for a gate one wrong site is a failed build.

use super::comparison::{Change, Comparison, Pair};
use super::figure::Figure;
use super::welch::{self, Above};
use crate::Error;
use crate::error::Fault;

/// The highest rate of false alarms of a whole comparison.
pub const FALSE_ALARMS: f64 = 0.05;

/// How much a figure may grow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    figure: Figure,
    allowed: f64,
    /// Growth that is to be seen at every site, if the gate is strict.
    strict: Option<f64>,
}

/// What a gate says.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling<'a> {
    /// The sites that grew by more than is allowed, the surest first.
    pub over: Vec<&'a Pair>,
    /// How many were decided.
    pub decided: usize,
    /// How many were not: too few runs, both sides below the clock's floor, or no such figure.
    pub undecided: usize,
    /// The growth, as a share, from which on the middle one of the decided sites would have been seen. More runs bring it down.
    pub sees: f64,
    /// The same of the worst of them.
    pub sees_everywhere: f64,
    /// Why a growth may have been missed that the gate was to see.
    pub unseen: Vec<Unseen>,
}

/// How a gate ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateVerdict {
    /// No site grew by more than is allowed.
    Passed,
    /// Some did.
    Over,
    /// None did as far as can be seen, and what was to be seen cannot be.
    Unseen,
}

impl GateVerdict {
    /// Its word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Over => "over",
            Self::Unseen => "unseen",
        }
    }
}

/// Why a gate cannot see what it was to look at. All but the first are reasons for a strict one alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unseen {
    /// The runs' clocks are of several machines.
    OtherMachine,
    /// So many sites could not be decided.
    Undecided(usize),
    /// So many sites are on one side alone.
    Unpaired(usize),
    /// At some site a growth is seen from this on alone.
    Coarse {
        /// The growth that is seen, as a share.
        sees: f64,
        /// The one that was to be.
        asked: f64,
    },
}

impl Ruling<'_> {
    /// How the gate ends.
    #[must_use]
    pub fn verdict(&self) -> GateVerdict {
        match (&self.over[..], &self.unseen[..]) {
            ([_, ..], _) => GateVerdict::Over,
            ([], [_, ..]) => GateVerdict::Unseen,
            ([], []) => GateVerdict::Passed,
        }
    }
}

impl Gate {
    /// `figure` may grow by the share `allowed` (0.05: 5 %) of what it was.
    #[must_use]
    pub fn new(figure: Figure, allowed: f64) -> Self {
        Self { figure, allowed, strict: None }
    }

    /// Passes only where every site is on both sides, is decided, and would have been seen to grow by the share `seen`;
    /// [`Gate::default_strictness`] is what one may ask for.
    #[must_use]
    pub fn with_strict(self, seen: f64) -> Self {
        Self { strict: Some(seen), ..self }
    }

    /// Twice the growth that is allowed, and 10 % at least.
    #[must_use]
    pub fn default_strictness(allowed: f64) -> f64 {
        f64::max(2.0 * allowed, 0.1)
    }

    /// The figure that it looks at.
    #[must_use]
    pub fn figure(&self) -> Figure {
        self.figure
    }

    /// The share by which it may grow.
    #[must_use]
    pub fn allowed(&self) -> f64 {
        self.allowed
    }

    /// Looks at every site that both sides have. Sites that came or went are no growth.
    ///
    /// # Errors
    /// [`Error::is_unusable_input`] if no site can be decided: silence would be taken for a pass.
    pub fn rule<'a>(&self, comparison: &'a Comparison) -> Result<Ruling<'a>, Error> {
        let decide = |pair: &'a Pair| {
            let Change { old, new, .. } = pair.change(self.figure)?;
            let floor = comparison.floor_ns.filter(|_| self.figure.is_length());
            if floor.is_some_and(|floor| old.mean.max(new.mean) < floor) {
                return None;
            }
            Some((pair, welch::above(old, new, 1.0 + self.allowed)?))
        };
        let mut decided: Vec<(&Pair, Above)> = comparison.pairs.iter().filter_map(decide).collect();
        if decided.is_empty() {
            return Err(self.undecided(comparison));
        }
        decided.sort_by(|a, b| a.1.probability.total_cmp(&b.1.probability));
        // The surest must hold against all, the next against all but that, and so on to the first that does not.
        let level = |rank: usize| FALSE_ALARMS / (decided.len() - rank) as f64;
        let sure = decided.iter().enumerate().take_while(|(rank, (_, above))| above.probability < level(*rank));
        let over: Vec<&Pair> = sure.filter(|(_, (_, above))| above.interval).map(|(_, &(pair, _))| pair).collect();
        let undecided = comparison.pairs.len() - decided.len();
        let seen = self.seen(&decided, level(0));
        let (sees, sees_everywhere) = (seen[seen.len() / 2], seen[seen.len() - 1]);
        let unseen = self.unseen(comparison, undecided, sees_everywhere);
        Ok(Ruling { over, decided: decided.len(), undecided, sees, sees_everywhere, unseen })
    }

    fn unseen(&self, comparison: &Comparison, undecided: usize, sees: f64) -> Vec<Unseen> {
        let mut unseen = Vec::new();
        if !comparison.is_of_one_machine() {
            unseen.push(Unseen::OtherMachine);
        }
        if let Some(asked) = self.strict {
            let unpaired = comparison.gone.len() + comparison.new.len();
            unseen.extend((undecided > 0).then_some(Unseen::Undecided(undecided)));
            unseen.extend((unpaired > 0).then_some(Unseen::Unpaired(unpaired)));
            unseen.extend((sees > asked).then_some(Unseen::Coarse { sees, asked }));
        }
        unseen
    }

    /// The growth from which on each of the decided sites would have been seen, the smallest first.
    fn seen(&self, decided: &[(&Pair, Above)], level: f64) -> Vec<f64> {
        let seen = |pair: &Pair| {
            let Change { old, new, .. } = pair.change(self.figure)?;
            Some(self.allowed + welch::reach(old, new, 1.0 + self.allowed, level)? / old.mean)
        };
        let mut seen: Vec<f64> = decided.iter().filter_map(|(pair, _)| seen(pair)).collect();
        seen.sort_by(f64::total_cmp);
        seen
    }

    fn undecided(&self, comparison: &Comparison) -> Error {
        let few = comparison.old_runs.min(comparison.new_runs) < welch::MIN_RUNS;
        let why = if few {
            format!(
                "too few runs ({} before, {} after); give at least two a side, better five",
                comparison.old_runs, comparison.new_runs
            )
        } else {
            format!(
                "no site has `{}` above the clock's floor in two runs of each side; look at another figure with --on, or \
                 measure both sides for longer",
                self.figure.as_str()
            )
        };
        Fault { message: format!("nothing to decide --fail-over by: {why}"), is_undecided: true, ..Fault::default() }
            .into()
    }
}
