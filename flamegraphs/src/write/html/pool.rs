//! The pool: how busy its threads were, how jobs got one, and the CPU time that they used.

use crate::units;
use crate::write::view::{Grid, View, cell, cpu, origins, pool, tasks};

pub(super) struct PoolData {
    pub(super) told: Vec<String>,
    /// Whose calls fill it; `None` where all are the app's.
    pub(super) origins: Option<Grid>,
    /// What tasks do with it; `None` where nothing is known of that.
    pub(super) tasks: Option<Grid>,
    pub(super) starts: Option<Grid>,
    /// CPU time of the process, and of its jobs.
    pub(super) process: Vec<String>,
    pub(super) cpu: Option<Grid>,
}

/// Rows of origins.
const ORIGINS: usize = 100;

/// Rows of sites with CPU times, and of those that spawned tasks.
const SITES: usize = 100;

impl PoolData {
    pub(super) fn of(view: &View<'_>) -> Self {
        let starts = pool::starts(view);
        let whole = starts.iter().map(|(_, lengths)| lengths.count()).fold(0, u64::saturating_add);
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
        Self {
            told: pool::told(view),
            origins: origins::grid(view, ORIGINS),
            tasks: tasks::grid(view, SITES),
            starts: (whole > 0).then_some(grid),
            process: cpu::process(view.report),
            cpu: cpu::sites(view, SITES),
        }
    }
}
