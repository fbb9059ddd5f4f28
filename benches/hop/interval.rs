//! Medians with their intervals, and rows of them.

/// Prints as it goes.
pub(crate) struct Table;

impl Table {
    pub(crate) fn new(title: &str, columns: &[&str]) -> Self {
        eprint!("\n{title:<46}");
        columns.iter().for_each(|column| eprint!("{column:>16}"));
        eprintln!();
        Self
    }

    /// Figures, and at the end the median of differences with its interval.
    pub(crate) fn row(&mut self, name: &str, figures: &[f64], differences: &[f64]) {
        let (low, high) = median_interval(differences);
        eprint!("  {name:<44}");
        figures.iter().for_each(|figure| eprint!("{figure:>16.0}"));
        eprintln!("{:>16.0}{:>16}", median(differences), format!("[{low:.0}, {high:.0}]"));
    }
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
fn median_interval(values: &[f64]) -> (f64, f64) {
    let values = sorted(values);
    let (half, reach) = (values.len() as f64 / 2.0, 0.98 * (values.len() as f64).sqrt());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to an index")]
    let at = |rank: f64| values[(rank.max(0.0) as usize).min(values.len() - 1)];
    (at(half - reach), at(half + reach))
}
