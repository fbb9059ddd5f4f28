//! A report as the screen and the page look at it: the figures and the sentences that both show, so that neither tells
//! what the other does not. One section a file; nothing here knows of columns or of HTML.

pub(super) mod basis;
pub(super) mod callers;
pub(super) mod cell;
pub(super) mod coverage;
pub(super) mod cpu;
mod grid;
pub(super) mod headline;
pub(super) mod live;
pub(super) mod locks;
pub(super) mod origins;
pub(super) mod pool;
pub(super) mod sequences;
mod sites;
pub(super) mod tasks;
pub(super) mod verdicts;
pub(super) mod what_if;

pub(super) use grid::Grid;
pub(super) use sites::{View, run, run_of};
