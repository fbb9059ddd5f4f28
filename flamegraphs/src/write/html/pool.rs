//! The pool: how busy its threads were, and how jobs got one.

use crate::units;
use crate::write::view::{Grid, View, cell, pool};

pub(super) struct Pool {
    pub(super) told: Vec<String>,
    pub(super) starts: Option<Grid>,
}

impl Pool {
    pub(super) fn of(view: &View<'_>) -> Self {
        let starts = pool::starts(view);
        let whole: u64 = starts.iter().map(|(_, lengths)| lengths.count()).sum();
        let mut grid = Grid::new(&["how the job got its thread"], &["starts", "share", "mean", "p50", "p99"]);
        for (word, lengths) in starts.iter().filter(|(_, lengths)| lengths.count() > 0) {
            grid.row(vec![
                (*word).to_owned(),
                units::count(lengths.count()),
                units::percent(lengths.count() as f64, whole as f64),
                cell::mean(Some(lengths), view.facts.floor_ns()),
                cell::quantiles(Some(lengths), &[0.5]),
                cell::quantiles(Some(lengths), &[0.99]),
            ]);
        }
        Self { told: pool::told(view), starts: (whole > 0).then_some(grid) }
    }
}
