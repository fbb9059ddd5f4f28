//! Runs cells on two sides and compares what they saw.

use std::panic;
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;

use tollbridge::Builder;
use tollbridge::report::Outcomes;

use crate::cell::{self, Cell, Matrix};
use crate::common;
use crate::patience::LIMIT;
use crate::sides::{Side, TOKIO};
use crate::transcript::{Tally, Transcript};

/// How many differences a failure shows.
const SHOWN: usize = 20;

/// Cells with what tokio's own side saw in them.
pub(crate) struct Expected {
    pub(crate) matrix: Matrix,
    transcripts: Vec<Transcript>,
}

impl Expected {
    fn of(matrix: Matrix) -> Self {
        let transcripts = watched(&matrix.cells, TOKIO);
        Self { matrix, transcripts }
    }

    /// All that end where their handles do, which the report's counts are compared in exactly.
    pub(crate) fn grid() -> &'static Self {
        static GRID: OnceLock<Expected> = OnceLock::new();
        GRID.get_or_init(|| {
            let mut grid = cell::handles();
            let Matrix { cells, without } = cell::shutdowns();
            grid.cells.extend(cells);
            grid.without.extend(without);
            Self::of(grid)
        })
    }

    pub(crate) fn scenarios() -> &'static Self {
        static SCENARIOS: OnceLock<Expected> = OnceLock::new();
        SCENARIOS.get_or_init(|| {
            let cells = (TOKIO.scenarios)().into_iter().map(Cell::Scenario).collect();
            Self::of(Matrix { cells, without: Vec::new() })
        })
    }

    /// Runs all cells on `side`. Fails with what differs.
    pub(crate) fn compare(&self, configuration: &str, side: Side) -> Tally {
        let mut tally = Tally::default();
        let mut differences = Vec::new();
        let seen = watched(&self.matrix.cells, side);
        for ((cell, expected), seen) in self.matrix.cells.iter().zip(&self.transcripts).zip(&seen) {
            tally.add(seen.tally);
            differences.extend(difference(expected, seen).map(|lines| format!("{cell} [{configuration}]\n{lines}")));
        }
        let (count, of) = (differences.len(), self.matrix.cells.len());
        differences.truncate(SHOWN);
        assert!(count == 0, "{count} of {of} cells differ from tokio:\n{}", differences.join("\n"));
        tally
    }
}

/// The first line in which they differ.
fn difference(expected: &Transcript, seen: &Transcript) -> Option<String> {
    let longer = expected.lines.len().max(seen.lines.len());
    let line = |transcript: &Transcript, index: usize| {
        transcript.lines.get(index).map_or_else(|| "nothing".to_owned(), |line| format!("`{line}`"))
    };
    (0..longer).find(|&index| expected.lines.get(index) != seen.lines.get(index)).map(|index| {
        let number = index + 1;
        format!("  line {number}: tokio    {}\n  line {number}: this one {}", line(expected, index), line(seen, index))
    })
}

/// Runs `cells` on `side`. Ends the process if one never ends: what waits in it may be anything.
fn watched(cells: &[Cell], side: Side) -> Vec<Transcript> {
    thread::scope(|scope| {
        let (begin, began) = channel::<Cell>();
        scope.spawn(move || {
            let mut current = None;
            loop {
                match began.recv_timeout(2 * LIMIT) {
                    Ok(cell) => current = Some(cell),
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {
                        eprintln!("a cell does not end: {}", current.map_or_else(String::new, |cell| cell.to_string()));
                        std::process::abort();
                    }
                }
            }
        });
        let run = |cell: &Cell| {
            begin.send(*cell).expect("the watching thread lives");
            panic::catch_unwind(|| (side.run)(cell)).unwrap_or_else(|payload| {
                eprintln!("a cell fails: {cell}");
                panic::resume_unwind(payload);
            })
        };
        let transcripts = cells.iter().map(run).collect();
        drop(begin);
        transcripts
    })
}

/// Runs everything on `side` while nothing is armed.
pub(crate) fn off(configuration: &str, side: Side) {
    let _alone = common::alone();
    for expected in [Expected::grid(), Expected::scenarios()] {
        expected.compare(configuration, side);
    }
}

/// Runs everything on `side` while `build` is armed, and compares the report's counts too.
pub(crate) fn armed(configuration: &str, side: Side, build: impl Fn(Builder) -> Builder) {
    let _alone = common::alone();
    for expected in [Expected::grid(), Expected::scenarios()] {
        let guard = build(common::builder()).init();
        assert!(guard.is_armed());
        let tally = expected.compare(configuration, side);
        let report = guard.finish().expect("armed");
        assert_eq!(report.dropped.total(), 0, "{configuration}");
        assert_all_ended(configuration, &report.outcomes);
        if side.ends_with_handle {
            // Over a copy of tokio the report also has the rig's own jobs, whose handles it drops.
            let of_rig = report.observed.map_or(0, |observed| observed.jobs - observed.imported);
            assert_counted(configuration, &report.outcomes, &tally, of_rig);
        }
    }
}

fn assert_all_ended(configuration: &str, outcomes: &Outcomes) {
    let Outcomes { submitted, joined, panicked, cancelled, detached, in_flight } = *outcomes;
    assert!(submitted > 0, "{configuration}");
    assert_eq!(in_flight, 0, "{configuration}");
    assert_eq!(submitted, joined + panicked + cancelled + detached, "{configuration}: {outcomes:?}");
}

/// The report counts what the cells counted themselves, and `of_rig` more.
fn assert_counted(configuration: &str, outcomes: &Outcomes, tally: &Tally, of_rig: u64) {
    let Tally { spawned, joined, panicked, cancelled, by_set } = *tally;
    assert_eq!(outcomes.submitted, spawned + by_set + of_rig, "{configuration}: {outcomes:?}, {tally:?}");
    if by_set == 0 {
        let submitted = spawned + of_rig;
        let detached = submitted - joined - panicked - cancelled;
        let expected = Outcomes { submitted, joined, panicked, cancelled, detached, in_flight: 0 };
        assert_eq!(*outcomes, expected, "{configuration}");
    }
}
