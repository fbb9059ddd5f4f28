//! What is compared with tokio: each test is one configuration, and runs all cells.

use tollbridge::{Arm, Detail};
use tracing::Dispatch;

use crate::compare::{Expected, armed, off};
use crate::sides::{BY_HANDLE, Side, TOKIO, TOLLBRIDGE, WRAPPED};
use crate::threads::OnAllThreads;

/// How many cells there are, so that none gets lost unseen.
#[test]
fn the_matrix_is_complete() {
    let grid = Expected::grid();
    let scenarios = Expected::scenarios();
    let without: usize = grid.matrix.without.iter().map(|(_, count)| count).sum();
    eprintln!("{} cells and {} scenarios a configuration", grid.matrix.cells.len(), scenarios.matrix.cells.len());
    for (reason, count) in &grid.matrix.without {
        eprintln!("{count} combinations are no cells: {reason}");
    }
    assert_eq!((grid.matrix.cells.len(), without, scenarios.matrix.cells.len()), (3270, 1020, 53));
}

/// If this fails, a cell is a matter of chance, and says nothing about tollbridge.
#[test]
fn tokio_agrees_with_itself() {
    // Over a copy of tokio (`cargo tollbridge test`) these jobs are recorded too.
    let _alone = crate::common::alone();
    Expected::grid().compare("tokio again", TOKIO);
    Expected::scenarios().compare("tokio again", TOKIO);
}

#[test]
fn nothing_armed() {
    off("off", TOLLBRIDGE);
}

#[test]
fn by_a_handle_nothing_armed() {
    off("by handle, off", BY_HANDLE);
}

#[test]
fn wrapped_nothing_armed() {
    off("wrapped, off", WRAPPED);
}

fn one(arm: Arm, detail: Detail) {
    let configuration = format!("{arm:?}, {detail:?}");
    armed(&configuration, TOLLBRIDGE, |builder| builder.with_transfer(arm).with_detail(detail));
}

#[test]
fn native_phases() {
    one(Arm::Native, Detail::Phases);
}

#[test]
fn native_locks() {
    one(Arm::Native, Detail::Locks);
}

#[test]
fn snapshot_phases() {
    one(Arm::Snapshot, Detail::Phases);
}

#[test]
fn snapshot_locks() {
    one(Arm::Snapshot, Detail::Locks);
}

#[test]
fn naive_phases() {
    one(Arm::Naive, Detail::Phases);
}

#[test]
fn naive_locks() {
    one(Arm::Naive, Detail::Locks);
}

#[test]
fn compared() {
    armed("compared", TOLLBRIDGE, |builder| builder.with_compare(&[Arm::Native, Arm::Snapshot, Arm::Naive]));
}

#[test]
fn by_a_handle() {
    armed("by handle", BY_HANDLE, |builder| builder.with_transfer(Arm::Naive));
}

#[test]
fn wrapped() {
    armed("wrapped", WRAPPED, |builder| builder);
}

/// The same with a subscriber of the app's own that sees everything, on all threads.
fn visible(configuration: &str, side: Side, propagate: bool) {
    let dispatch = Dispatch::new(tracing_subscriber::registry());
    let _on_all_threads = OnAllThreads::set(&dispatch);
    let caller = tracing::info_span!("caller");
    caller.in_scope(|| armed(configuration, side, |builder| builder.with_visible(true).propagate_span(propagate)));
}

#[test]
fn visible_to_the_app() {
    visible("visible", TOLLBRIDGE, false);
}

#[test]
fn visible_and_in_the_callers_span() {
    visible("visible and propagated", TOLLBRIDGE, true);
}

#[test]
fn wrapped_and_visible() {
    visible("wrapped, visible and propagated", WRAPPED, true);
}
