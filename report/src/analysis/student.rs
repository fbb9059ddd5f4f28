//! Quantiles of Student's t, for degrees of freedom that need not be whole.
//!
//! # Source
//! The table: any textbook. Between its entries the logarithm is linear in the reciprocal of the degrees, since a quantile far out goes as
//! a power of one over them; above 30 the first two terms of the Cornish-Fisher expansion (Abramowitz & Stegun, 26.7.5).

/// 97.5 % quantiles for 1..=30 degrees of freedom.
const TABLE: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
    2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/// The 97.5 % quantile. Fewer degrees than one count as one.
pub(super) fn quantile(degrees: f64) -> f64 {
    const NORMAL: f64 = 1.959_964;
    let mut below = 1.0;
    for pair in TABLE.windows(2) {
        if degrees < below + 1.0 {
            let share = (1.0 / below - 1.0 / degrees.max(1.0)) / (1.0 / below - 1.0 / (below + 1.0));
            return pair[0] * f64::powf(pair[1] / pair[0], share);
        }
        below += 1.0;
    }
    let first = (NORMAL.powi(3) + NORMAL) / 4.0;
    let second = (5.0 * NORMAL.powi(5) + 16.0 * NORMAL.powi(3) + 3.0 * NORMAL) / 96.0;
    NORMAL + first / degrees + second / degrees.powi(2)
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{ContinuousCDF, StudentsT};

    use super::quantile;

    /// An app does not link statrs; here it is the oracle.
    #[test]
    fn it_is_students() {
        for tenths in 10..2_000 {
            let degrees = f64::from(tenths) / 10.0;
            let exact = StudentsT::new(0.0, 1.0, degrees).expect("degrees above 0").inverse_cdf(0.975);
            let found = quantile(degrees);
            // Between few degrees the quantile bends most: there an interval may come out 2.8 % too wide.
            let allowed = if degrees < 3.0 { 0.029 } else { 0.0013 };
            assert!((found / exact - 1.0).abs() < allowed, "{degrees}: {found} for {exact}");
        }
        assert!((quantile(0.3) - 12.706).abs() < 1e-9, "fewer degrees than one are one");
    }

    #[test]
    fn it_falls_with_the_degrees() {
        let found: Vec<f64> = (2..400).map(|tenths| quantile(f64::from(tenths) / 4.0)).collect();
        assert!(found.is_sorted_by(|a, b| a >= b), "{found:?}");
    }
}
