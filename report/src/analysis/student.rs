//! Quantiles of Student's t, for degrees of freedom that need not be whole.
//!
//! # Source
//! The table: any textbook. Between its entries linear in the reciprocal of the degrees, as such tables are meant to be
//! read; above 30 the first two terms of the Cornish-Fisher expansion (Abramowitz & Stegun, 26.7.5).

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
            return pair[0] + share * (pair[1] - pair[0]);
        }
        below += 1.0;
    }
    let first = (NORMAL.powi(3) + NORMAL) / 4.0;
    let second = (5.0 * NORMAL.powi(5) + 16.0 * NORMAL.powi(3) + 3.0 * NORMAL) / 96.0;
    NORMAL + first / degrees + second / degrees.powi(2)
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn it_meets_the_table_and_what_lies_between() {
        for (degrees, known) in
            [(0.3, 12.706), (1.0, 12.706), (2.0, 4.303), (4.5, 2.659), (29.0, 2.045), (30.0, 2.042), (60.0, 2.000)]
        {
            let found = quantile(degrees);
            assert!((found - known).abs() < 0.006, "{degrees}: {found} for {known}");
        }
    }

    #[test]
    fn it_falls_with_the_degrees() {
        let found: Vec<f64> = (2..400).map(|tenths| quantile(f64::from(tenths) / 4.0)).collect();
        assert!(found.is_sorted_by(|a, b| a >= b), "{found:?}");
    }
}
