//! The difference of two means, each of a few runs.
//!
//! # Source
//! B. L. Welch, *The generalization of "Student's" problem when several different population variances are involved*
//! (Biometrika 34, 1947); degrees of freedom by F. E. Satterthwaite (Biometrics Bulletin 2, 1946). Student's distribution:
//! crate `statrs`.

use statrs::distribution::{ContinuousCDF, StudentsT};
use tollbridge_instrument::report::Interval;

/// Fewer runs than this on either side, and nothing is said.
pub(super) const MIN_RUNS: usize = 2;

/// One figure over the runs of one side that have it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// How many runs.
    pub runs: usize,
    /// Mean of the runs' figures, each run counting once; 0 without runs.
    pub mean: f64,
    /// Their variance, with one degree of freedom fewer than runs; 0 below two.
    pub variance: f64,
}

impl Sample {
    pub(super) fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let runs = values.clone().count();
        let mean = values.clone().sum::<f64>() / runs.max(1) as f64;
        let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
        Self { runs, mean, variance: squares / runs.saturating_sub(1).max(1) as f64 }
    }

    fn times(self, factor: f64) -> Self {
        Self { mean: factor * self.mean, variance: factor * factor * self.variance, ..self }
    }
}

/// What is known of the difference of two means.
struct Difference {
    value: f64,
    /// Its standard error.
    error: f64,
    degrees: f64,
}

/// `new` less `old`; `None` with too few runs.
fn difference(old: Sample, new: Sample) -> Option<Difference> {
    if old.runs.min(new.runs) < MIN_RUNS {
        return None;
    }
    let share = |side: Sample| side.variance / side.runs as f64;
    let fourth = |side: Sample| share(side).powi(2) / (side.runs as f64 - 1.0);
    let variance = share(old) + share(new);
    // Runs that are all alike leave nothing to divide by, and any degrees will do.
    let degrees = if variance > 0.0 { variance.powi(2) / (fourth(old) + fourth(new)) } else { 1.0 };
    Some(Difference { value: new.mean - old.mean, error: variance.sqrt(), degrees: degrees.max(1.0) })
}

fn student(degrees: f64) -> StudentsT {
    StudentsT::new(0.0, 1.0, degrees).expect("degrees are finite and not below 1")
}

/// `new` less `old` with its 95 % interval; `None` with too few runs.
pub(super) fn interval(old: Sample, new: Sample) -> Option<Interval> {
    let Difference { value, error, degrees } = difference(old, new)?;
    let half = if error > 0.0 { student(degrees).inverse_cdf(0.975) * error } else { 0.0 };
    let (low, high) = (value - half, value + half);
    Some(Interval { value, low, high, significant: low > 0.0 || high < 0.0 })
}

/// How probable it is that `new` lies as far above `factor` times `old` as it does, if it is not above it: one-sided. `None`
/// with too few runs.
///
/// The factor is put into the difference, `new - factor * old`, and not into a ratio: the spread of both sides counts, and the old
/// mean may be any.
pub(super) fn probability_not_above(old: Sample, new: Sample, factor: f64) -> Option<f64> {
    let Difference { value, error, degrees } = difference(old.times(factor), new)?;
    if error > 0.0 {
        return Some(student(degrees).sf(value / error));
    }
    Some(if value > 0.0 { 0.0 } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        Sample::of(values.iter().copied())
    }

    /// Student's own sleep data (Biometrika 6, 1908), as R's `t.test(extra ~ group, sleep)` shows them: 17.776 degrees.
    #[test]
    fn the_interval_is_welchs() {
        let old = sample(&[0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]);
        let new = sample(&[1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]);
        let found = interval(old, new).unwrap();
        assert!((found.low + 0.205_483_2).abs() < 1e-6 && (found.high - 3.365_483_2).abs() < 1e-6, "{found:?}");
        assert!(!found.significant);
        let p = probability_not_above(old, new, 1.0).unwrap();
        assert!((p - 0.079_39 / 2.0).abs() < 1e-5, "{p}");
    }

    #[test]
    fn the_lower_end_and_the_probability_agree() {
        let (old, new) = (sample(&[10.0, 11.0, 9.0]), sample(&[14.0, 12.5, 13.0, 13.5]));
        let factor = 1.2;
        let low = interval(old.times(factor), new).unwrap().low;
        assert_eq!(low > 0.0, probability_not_above(old, new, factor).unwrap() < 0.025);
    }

    #[test]
    fn one_run_says_nothing_and_runs_that_are_alike_say_all() {
        assert_eq!(interval(sample(&[1.0]), sample(&[2.0, 3.0])), None);
        assert_eq!(probability_not_above(sample(&[]), sample(&[2.0, 3.0]), 1.0), None);
        let same = interval(sample(&[0.0, 0.0]), sample(&[0.0, 0.0])).unwrap();
        assert_eq!((same.low, same.high, same.significant), (0.0, 0.0, false));
        let (old, new) = (sample(&[5.0, 5.0]), sample(&[6.0, 6.0]));
        assert!(interval(old, new).unwrap().significant);
        assert_eq!(probability_not_above(old, new, 1.1), Some(0.0));
        assert_eq!(probability_not_above(old, new, 1.3), Some(1.0));
    }
}
