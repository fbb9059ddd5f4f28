//! tollbridge's drop-ins against tokio's own calls, in everything that an app can observe.
//!
//! The code in `side/` is written once and compiled against `tokio::{task, runtime}` and against tollbridge's
//! (`sides/`). A *cell* is one situation in it: an outcome, what is done with the handle, and on which runtime; or an
//! order of shutting down; or a scenario of its own. Running a cell gives a *transcript*: each event with its thread, its
//! task, and what else its code could see around it. tokio's transcript is the expected one, nothing else is.
//!
//! A *configuration* is a side with what is armed while it runs.

#[path = "../common/mod.rs"]
mod common;

mod cell;
mod compare;
mod configurations;
mod job;
mod panics;
mod patience;
mod rig;
mod sides;
mod threads;
mod tracked;
mod transcript;
