//! Tables of differences.

use crate::interval::{median, median_interval};

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
