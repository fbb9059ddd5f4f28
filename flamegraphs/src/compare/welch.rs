//! The difference of two means, each of a few runs.
//!
//! Two questions, two degrees of freedom. An interval takes Satterthwaite's, which are estimated from the same few runs as the
//! spread itself and so come out too high now and then; with sides of unlike numbers of runs they reach for the larger one's, and 95 %
//! become 90 (2 runs against 10). So they are held to what two sides as small as the smaller one would have. A gate must keep its word far out in the tail,
//! where that is not enough, and takes the fewest that can be right: those of the smaller side alone.
//!
//! # Source
//! B. L. Welch, *The generalization of "Student's" problem when several different population variances are involved*
//! (Biometrika 34, 1947); degrees by F. E. Satterthwaite (Biometrics Bulletin 2, 1946). That the smaller side's degrees err to no
//! side but the safe one: M. R. Mickey & M. B. Brown, *Bounds on the distribution functions of the Behrens-Fisher statistic*
//! (Annals of Mathematical Statistics 37, 1966). Student's distribution: crate `statrs`.

use statrs::distribution::{ContinuousCDF, StudentsT};
use tollbridge_report::Interval;

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
    /// Satterthwaite's, at most twice `fewest`.
    degrees: f64,
    /// Those of the smaller side.
    fewest: f64,
}

/// `new` less `old`; `None` with too few runs.
fn difference(old: Sample, new: Sample) -> Option<Difference> {
    if old.runs.min(new.runs) < MIN_RUNS {
        return None;
    }
    let share = |side: Sample| side.variance / side.runs as f64;
    let fourth = |side: Sample| share(side).powi(2) / (side.runs as f64 - 1.0);
    let variance = share(old) + share(new);
    let fewest = old.runs.min(new.runs) as f64 - 1.0;
    let degrees = variance.powi(2) / (fourth(old) + fourth(new));
    // Runs that are all alike leave nothing to divide by, and any degrees will do.
    let degrees = if degrees.is_finite() { degrees.clamp(fewest, 2.0 * fewest) } else { fewest };
    Some(Difference { value: new.mean - old.mean, error: variance.sqrt(), degrees, fewest })
}

fn student(degrees: f64) -> StudentsT {
    StudentsT::new(0.0, 1.0, degrees).expect("degrees are finite and not below 1")
}

fn quantile(degrees: f64, probability: f64) -> f64 {
    student(degrees).inverse_cdf(probability)
}

/// `new` less `old` with its 95 % interval; `None` with too few runs.
pub(super) fn interval(old: Sample, new: Sample) -> Option<Interval> {
    Some(difference(old, new)?.interval())
}

impl Difference {
    /// Half of the 95 % interval.
    fn half(&self) -> f64 {
        quantile(self.degrees, 0.975) * self.error
    }

    fn interval(&self) -> Interval {
        let value = self.value;
        let (low, high) = (value - self.half(), value + self.half());
        Interval { value, low, high, significant: low > 0.0 || high < 0.0 }
    }

    /// How probable it is to lie as far above 0 without being above it; at most, and one-sided.
    fn probability_not_above(&self) -> f64 {
        if self.error > 0.0 {
            return student(self.fewest).sf(self.value / self.error);
        }
        if self.value > 0.0 { 0.0 } else { 1.0 }
    }
}

/// How far `new` lies above a multiple of `old`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Above {
    /// How probable so much is if it is not above it, at most; one-sided.
    pub(super) probability: f64,
    /// Whether the 95 % interval lies above it.
    pub(super) interval: bool,
}

/// Holds `new` to `factor` times `old`; `None` with too few runs.
///
/// The factor is put into the difference, `new - factor * old`, and not into a ratio: the spread of both sides counts, and the old
/// mean may be any.
pub(super) fn above(old: Sample, new: Sample, factor: f64) -> Option<Above> {
    let difference = difference(old.times(factor), new)?;
    let probability = difference.probability_not_above();
    Some(Above { probability, interval: difference.interval().low > 0.0 })
}

/// How far `new` must lie above `factor` times `old` for [`above`] to say so with a probability below `level`.
pub(super) fn reach(old: Sample, new: Sample, factor: f64, level: f64) -> Option<f64> {
    let difference = difference(old.times(factor), new)?;
    Some(difference.half().max(quantile(difference.fewest, 1.0 - level) * difference.error))
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
        // R: pt(-1.8608, 9).
        let p = above(old, new, 1.0).unwrap().probability;
        assert!((p - 0.047_85).abs() < 1e-4, "{p}");
    }

    #[test]
    fn the_interval_the_probability_and_the_reach_agree() {
        let (old, new) = (sample(&[10.0, 11.0, 9.0]), sample(&[14.0, 12.5, 13.0, 13.5]));
        let seen = |factor: f64| {
            let value = new.mean - factor * old.mean;
            let Above { probability, interval } = above(old, new, factor).unwrap();
            assert_eq!(interval, super::interval(old.times(factor), new).unwrap().low > 0.0);
            // Asked for just the probability that it has, what is there is just enough.
            let reach = |level| reach(old, new, factor, level).unwrap();
            assert!((reach(probability) - value).abs() < 1e-6 || probability > 0.025, "{probability} {value}");
            assert!(reach(probability / 2.0) > value && reach(0.4) == reach(0.5), "not below the interval's half");
            interval
        };
        assert_eq!([1.0, 1.05, 1.3].map(seen), [true, true, false]);
    }

    #[test]
    fn many_runs_of_one_side_do_not_stand_for_the_other() {
        let few = sample(&[10.0, 10.2]);
        let many: Vec<f64> = (0..50).map(|i| 10.0 + f64::from(i % 5)).collect();
        // Satterthwaite's are some 40 here: the many runs have nearly all of the spread.
        assert_eq!(difference(few, sample(&many)).map(|d| (d.degrees, d.fewest)), Some((2.0, 1.0)));
    }

    #[test]
    fn one_run_says_nothing_and_runs_that_are_alike_say_all() {
        assert_eq!(interval(sample(&[1.0]), sample(&[2.0, 3.0])), None);
        assert_eq!(above(sample(&[]), sample(&[2.0, 3.0]), 1.0), None);
        let same = interval(sample(&[0.0, 0.0]), sample(&[0.0, 0.0])).unwrap();
        assert_eq!((same.low, same.high, same.significant), (0.0, 0.0, false));
        let (old, new) = (sample(&[5.0, 5.0]), sample(&[6.0, 6.0]));
        assert!(interval(old, new).unwrap().significant);
        assert_eq!(above(old, new, 1.1), Some(Above { probability: 0.0, interval: true }));
        assert_eq!(above(old, new, 1.3), Some(Above { probability: 1.0, interval: false }));
    }
}
