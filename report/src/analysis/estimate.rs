//! A weighted mean of batches, and how far it can be trusted.
//!
//! The batches are few and may weigh very differently (an app that works in bursts, a capture that ends in the middle of a
//! block). Two things then go wrong with the textbook's variance: a heavy batch drags the mean towards itself, so its
//! own residual is too small; and the heavy ones alone make the figure, so there are fewer degrees of freedom than
//! batches. Both are put right here: each squared residual is divided by `1 - h`, `h` being the batch's share of all weight,
//! and the degrees are those of the chi-square with the same first two moments. With equal weights that is Student's
//! own interval, with one degree fewer than batches.
//!
//! # Source
//! Residuals: MacKinnon & White, *Some heteroskedasticity-consistent covariance matrix estimators* (J. Econometrics 29,
//! 1985), HC2. Degrees: Satterthwaite (Biometrics Bulletin 2, 1946) in the form of Bell & McCaffrey (Survey Methodology 28,
//! 2002); Imbens & Kolesár (Review of Economics and Statistics 98, 2016), section III, recommend the two together for few
//! clusters. The closed forms below are their matrices, written out for a single mean.

use super::student;

/// A mean and the half width of its 95 % interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    pub(super) value: f64,
    pub(super) half: f64,
}

/// Of pairs of weight and value, all weights above 0. At least two.
pub(super) fn weighted_mean(batches: &[(f64, f64)]) -> Estimate {
    let total: f64 = batches.iter().map(|(weight, _)| weight).sum();
    let shares = || batches.iter().map(|&(weight, value)| (weight / total, value));
    let value: f64 = shares().map(|(h, value)| h * value).sum();
    let variance: f64 = shares().map(|(h, x)| (h * (x - value)).powi(2) / (1.0 - h)).sum();
    // The variance is a sum of squares u² of correlated u, with covariances (but for a factor) g_ii = h_i and
    // g_ij = -(r_i r_j)^½, r = h² / (1 - h). Its degrees are tr(g)² / tr(g²), and tr(g) is 1.
    let own: f64 = shares().map(|(h, _)| h * h).sum();
    let r = || shares().map(|(h, _)| h * h / (1.0 - h));
    let crossed = r().sum::<f64>().powi(2) - r().map(|r| r * r).sum::<f64>();
    Estimate { value, half: student::quantile(1.0 / (own + crossed)) * variance.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_weights_are_students_own_interval() {
        let batches: Vec<(f64, f64)> = [3.0, 5.0, 7.0, 9.0, 11.0].map(|value| (2.0, value)).to_vec();
        let found = weighted_mean(&batches);
        // Variance 10, five of them, 2.776 for four degrees.
        assert!((found.value - 7.0).abs() < 1e-12);
        assert!((found.half - 2.776 * (10.0f64 / 5.0).sqrt()).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn one_heavy_batch_leaves_about_one_degree() {
        let mut batches = vec![(1.0, 1.0), (1.0, -1.0), (1.0, 1.0), (1.0, -1.0)];
        let even = weighted_mean(&batches).half;
        batches.push((1000.0, 0.0));
        let found = weighted_mean(&batches);
        let scale = found.half / batches.iter().map(|(w, x)| (w / 1004.0 * x).powi(2)).sum::<f64>().sqrt();
        assert!(scale > 4.0, "{scale}; {even}");
    }
}
