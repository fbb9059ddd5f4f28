//! Medians with their intervals, and tables of them.

/// The line above a table.
pub(crate) fn print_head(title: &str, columns: &[&str]) {
    eprint!("\n{title:<66}");
    columns.iter().for_each(|column| eprint!("{column:>18}"));
    eprintln!();
}

/// A line of it: figures, and at the end the median of differences with its interval.
pub(crate) fn print_row(name: &str, figures: &[f64], differences: &[f64]) {
    let (low, high) = median_interval(differences);
    eprint!("  {name:<64}");
    figures.iter().for_each(|figure| eprint!("{figure:>18.0}"));
    eprintln!("{:>18.0}{:>18}", median(differences), format!("[{low:.0}, {high:.0}]"));
}

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
