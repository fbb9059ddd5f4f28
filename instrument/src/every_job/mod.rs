//! Jobs that a copy of tokio tells of, made and built by `cargo tollbridge`: every job of the blocking pool, whoever calls it.
//!
//! The copy (`cli/tokio/`) keeps a [`Job`] in the cell of each blocking task, and calls the functions of a [`Hooks`] at the moments of
//! the hop. It has the table from the program itself, where that links tollbridge, or else from the agent ([`agent`]), a library that it loads.
//!
//! | moment | thread | hook |
//! |---|---|---|
//! | called | caller | `submits` |
//! | returned | caller | `returned` |
//! | run_start, run_end, published | pool | `begins`, `ended` or `panicked`, `published`; without a beginning: the job was dropped |
//! | first_poll | awaiter | `polled` |
//! | ready, copied | awaiter | `takes`, which calls the copy back to move the outcome |
//! | the handle is dropped first | its owner | `dropped` |
//! | the task is freed | any | `freed`: of a job that the pool never came to |
//!
//! With `TOLLBRIDGE_TRANSFER` or `_COMPARE` the outcome crosses over a bridge (`bridge.rs`), so that an app that nobody edited shows the same contrast as one
//! that imports tollbridge's calls; without them it is taken as tokio takes it.
//!
//! What crosses between copy and recorder are pointers and numbers, laid out as in C, and a version, which the copy looks at.

#[cfg(all(unix, feature = "agent"))]
pub mod agent;
mod bridge;
mod hooks;
mod job;
#[cfg(feature = "layer")]
mod layer;
mod outlet;

pub use hooks::{HOOKS, Hooks, VERSION};
pub use job::{Call, Job};
#[cfg(feature = "layer")]
pub use layer::{BlockingLayer, BlockingSpans, OnlyBlocking, Tokio, layer};
pub use outlet::Outlet;
