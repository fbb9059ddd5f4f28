//! What each `spawn_blocking` crossing costs, where that time goes, and what another bridge would cost.
//!
//! ```no_run
//! use tollbridge::task::spawn_blocking; // was: use tokio::task::spawn_blocking;
//!
//! #[tokio::main]
//! async fn main() {
//!     let _toll = tollbridge::init(); // armed by TOLLBRIDGE=locks, or by RUST_LOG=info,tollbridge=trace
//!     let metadata = spawn_blocking(|| std::fs::metadata("/etc/hostname")).await;
//! #   drop(metadata);
//! }
//! ```
//!
//! * [`task`] is `tokio::task` with `spawn_blocking` measured; [`task::wrap`] measures where the handle must stay tokio's.
//! * [`init`] arms what the environment asks for, [`builder`] what the code asks for; both give a [`Guard`].
//! * [`bridge`] holds the bridges themselves, usable without any of this.
//!
//! Off, a hop costs one relaxed load more than tokio's own, and a larger handle. Armed by `TOLLBRIDGE`, nothing reaches the app's subscriber.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod bridge;
mod burst;
#[cfg(feature = "fs")]
pub mod fs;
mod hop;
mod join_handle;
mod join_set;
mod large;
mod measured;
#[cfg(feature = "net")]
pub mod net;
mod pool;
pub mod runtime;
mod runtime_id;
mod session;
mod sync;
pub mod task;
#[cfg(feature = "twin-arms")]
#[doc(hidden)]
pub mod twin;
mod wrap;

pub use session::{
    Builder, CHECKPOINT_INTERVAL, DEFAULT_OUT, DEFAULT_TIMELINE, Error, Guard, MAX_TIMELINE, Summary, builder, init,
};
#[cfg(feature = "flamegraphs")]
pub use tollbridge_flamegraphs as flamegraphs;
pub use tollbridge_instrument::mutex::Mutex;
pub use tollbridge_instrument::names::{Arm, Detail, LockOp, Outcome, Phase, SpanKind, StartKind};
#[cfg(feature = "layer")]
pub use tollbridge_instrument::record::RecorderLayer;
pub use tollbridge_instrument::record::{DEFAULT_STUCK, RecorderSubscriber};
pub use tollbridge_instrument::{probe, report};

/// Compiles and runs what the page shows.
#[cfg(doctest)]
#[doc = include_str!("../docs/reference/drop-in.md")]
struct DropIn;
