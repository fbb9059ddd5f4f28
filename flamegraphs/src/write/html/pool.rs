//! The pool: how busy its threads were, and how jobs got one.

use crate::write::units;
use crate::write::view::{Grid, View, pool};

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
            let told = |ns: Option<f64>| ns.map_or_else(|| "-".to_owned(), units::duration);
            grid.row(vec![
                (*word).to_owned(),
                units::count(lengths.count()),
                units::percent(lengths.count() as f64, whole as f64),
                told(lengths.mean()),
                told(lengths.quantile(0.5)),
                told(lengths.quantile(0.99)),
            ]);
        }
        Self { told: pool::told(view), starts: (whole > 0).then_some(grid) }
    }
}
