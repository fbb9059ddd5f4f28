//! Whether a change may pass: a verdict over all sites, at one rate of false alarms.
//!
//! With many sites some will look worse by chance. The gate asks one question, whether any site's figure grew by more than is
//! allowed, and answers wrongly with yes in at most [`FALSE_ALARMS`] of all changes that made no site worse than that, however
//! many sites there are and however they hang together. With a single site it is the question whether the 95 % interval lies
//! above what is allowed.
//!
//! # Source
//! S. Holm, *A simple sequentially rejective multiple test procedure* (Scandinavian Journal of Statistics 6, 1979). It needs no
//! independence, and sites of one process have none. The rate of false discoveries (Benjamini & Hochberg, 1995) would
//! find more and be wrong about more: for a gate one wrong site is a failed build.

use super::comparison::{Change, Comparison, Pair};
use super::figure::Figure;
use super::welch;
use crate::Error;

/// The rate of false alarms of a whole comparison: that of one lower end of a 95 % interval.
pub const FALSE_ALARMS: f64 = 0.025;

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
            Some((pair, welch::probability_not_above(old, new, 1.0 + self.allowed)?))
        };
        let mut decided: Vec<(&Pair, f64)> = comparison.pairs.iter().filter_map(decide).collect();
        if decided.is_empty() {
            return Err(self.undecided(comparison));
        }
        decided.sort_by(|a, b| a.1.total_cmp(&b.1));
        // The surest must hold against all, the next against all but that, and so on to the first that does not.
        let level = |rank: usize| FALSE_ALARMS / (decided.len() - rank) as f64;
        let over = decided.iter().enumerate().take_while(|(rank, (_, p))| *p < level(*rank));
        let over: Vec<&Pair> = over.map(|(_, &(pair, _))| pair).collect();
        Ok(Ruling { over, decided: decided.len(), undecided: comparison.pairs.len() - decided.len() })
    }

    fn undecided(&self, comparison: &Comparison) -> Error {
        let few = comparison.old_runs.min(comparison.new_runs) < welch::MIN_RUNS;
        Error::undecided(if few {
            format!(
                "too few runs ({} before, {} after); give at least two a side, better five",
                comparison.old_runs, comparison.new_runs
            )
        } else {
            format!("no site has `{}` above the clock's floor in two runs of each side", self.figure.as_str())
        })
    }
}
