//! Shows what each `spawn_blocking` call costs beyond the work itself, where that time goes, and what another bridge would cost.
//!
//! ```no_run
//! use tollbridge::task::spawn_blocking; // was: use tokio::task::spawn_blocking;
//!
//! #[tokio::main]
//! async fn main() {
//!     let _toll = tollbridge::init(); // records with TOLLBRIDGE=locks, or RUST_LOG=info,tollbridge=trace
//!     let metadata = spawn_blocking(|| std::fs::metadata("/etc/hostname")).await;
//! #   drop(metadata);
//! }
//! ```
//!
//! * [`task`] is `tokio::task` with a measured `spawn_blocking`. Use [`task::wrap`] where the handle must stay tokio's.
//! * [`init`] turns recording on as the environment says, and [`builder`] as the code says. Both return a [`Guard`].
//! * [`bridge`] holds the bridges themselves. You can use them without the rest of this crate.
//!
//! While recording is off, a hop costs one more relaxed load than tokio's own, and a larger handle. If `TOLLBRIDGE` turns recording on, the app's subscriber sees
//! nothing of it.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod app;
pub mod bridge;
mod every_job;
#[cfg(feature = "fs")]
pub mod fs;
mod hop;
mod ids;
mod join_handle;
mod join_set;
mod large;
mod measured;
#[cfg(feature = "net")]
pub mod net;
mod pool;
pub mod runtime;
mod screen;
mod sync;
pub mod task;
#[cfg(tollbridge_twin_arms)]
#[doc(hidden)]
pub mod twin;
mod wrap;

pub use app::{Builder, builder, init};
#[cfg(feature = "layer")]
pub use every_job::{BlockingLayer, BlockingSpans, OnlyBlocking, layer};
#[cfg(feature = "flamegraphs")]
pub use tollbridge_flamegraphs as flamegraphs;
pub use tollbridge_instrument::mutex::Mutex;
pub use tollbridge_instrument::names::{Arm, Detail, LockOp, Outcome, Phase, SpanKind, StartKind};
#[cfg(feature = "layer")]
pub use tollbridge_instrument::record::RecorderLayer;
pub use tollbridge_instrument::record::{DEFAULT_STUCK, RecorderSubscriber};
pub use tollbridge_instrument::session::{
    CHECKPOINT_INTERVAL, DEFAULT_OUT, DEFAULT_TIMELINE, Error, Guard, MAX_TIMELINE, Summary,
};
pub use tollbridge_instrument::{probe, report};

/// Compiles and runs what the page shows.
#[cfg(doctest)]
#[doc = include_str!("../docs/reference/drop-in.md")]
struct DropIn;
