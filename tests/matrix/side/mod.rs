//! The cells, against whatever `task` and `runtime` stand beside this module.

mod action;
mod fixture;
mod scenario;
mod shutdown;

use super::{own, runtime, task};
use crate::cell::Cell;
use crate::panics;
use crate::transcript::{Log, Transcript};

pub(crate) fn run(cell: &Cell) -> Transcript {
    panics::install_hook();
    let log = Log::new();
    match *cell {
        Cell::Handle { outcome, action, scheduler, place, time } => {
            action::run(&log, outcome, action, scheduler, place, time);
        }
        Cell::Shutdown { outcome, scheduler, way, when, then } => {
            shutdown::run(&log, outcome, scheduler, way, when, then);
        }
        Cell::Scenario(name) => scenario::run(&log, name),
    }
    log.transcript()
}

pub(crate) fn scenarios() -> Vec<&'static str> {
    scenario::names()
}
