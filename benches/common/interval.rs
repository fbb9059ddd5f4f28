//! Medians with their intervals.

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

pub(crate) fn median(values: &[f64]) -> f64 {
    sorted(values)[values.len() / 2]
}

/// Order statistics at n/2 -+ 0.98 sqrt(n): the sign test's interval, whatever the distribution.
pub(crate) fn median_interval(values: &[f64]) -> (f64, f64) {
    let values = sorted(values);
    let (half, reach) = (values.len() as f64 / 2.0, 0.98 * (values.len() as f64).sqrt());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to an index")]
    let at = |rank: f64| values[(rank.max(0.0) as usize).min(values.len() - 1)];
    (at(half - reach), at(half + reach))
}
