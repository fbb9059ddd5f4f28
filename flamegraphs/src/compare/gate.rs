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

/// The highest rate of false alarms of a whole comparison.
pub const FALSE_ALARMS: f64 = 0.05;

/// How much a figure may grow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    figure: Figure,
    allowed: f64,
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
}

impl Gate {
    /// `figure` may grow by the share `allowed` (0.05: 5 %) of what it was.
    #[must_use]
    pub fn new(figure: Figure, allowed: f64) -> Self {
        Self { figure, allowed }
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
        Ok(Ruling { over, decided: decided.len(), undecided, sees: self.sees(&decided, level(0)) })
    }

    fn sees(&self, decided: &[(&Pair, Above)], level: f64) -> f64 {
        let seen = |pair: &Pair| {
            let Change { old, new, .. } = pair.change(self.figure)?;
            Some(self.allowed + welch::reach(old, new, 1.0 + self.allowed, level)? / old.mean)
        };
        let mut seen: Vec<f64> = decided.iter().filter_map(|(pair, _)| seen(pair)).collect();
        seen.sort_by(f64::total_cmp);
        seen[seen.len() / 2]
    }

    fn undecided(&self, comparison: &Comparison) -> Error {
        let few = comparison.old_runs.min(comparison.new_runs) < welch::MIN_RUNS;
        Error::undecided(if few {
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
        })
    }
}
