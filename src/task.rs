//! `tokio::task` with `spawn_blocking` measured: import this module instead, and everything else stays tokio's.
//!
//! Two ways to measure a hop:
//!
//! * **Handles of your own: the import**, `use tollbridge::task::spawn_blocking`. It sees every phase and carries the result
//!   over the bridge that is being tried. Its [`JoinHandle`] is a type of its own.
//! * **The same types everywhere: [`wrap`]**, `tokio::task::spawn_blocking(wrap(f))`. It keeps tokio's own handle, where one
//!   field or collection holds handles of both `spawn` and `spawn_blocking`, or where somebody else makes the call.
//!
//! | | before the run | run | after it |
//! |---|---|---|---|
//! | the import, [`runtime`](crate::runtime) and its [`SpawnBlockingExt`], `fs`, `net` | submit, backlog, start | run | publish, unpolled, resume, transfer |
//! | [`wrap`], [`JoinSet`], [`JoinSetExt`] | as one: reach | run | nothing |
//!
//! Off, both are tokio's own call: one relaxed load more, no allocation, no source. The handle is larger than tokio's,
//! armed or not. Every road into the pool, and all that differs from tokio, is in `docs/reference/drop-in.md`.
//!
//! [`SpawnBlockingExt`]: crate::runtime::SpawnBlockingExt

pub use tokio::task::*;

pub use crate::join_handle::JoinHandle;
pub use crate::join_set::JoinSet;
pub use crate::measured::JoinSetExt;
use crate::pool;
pub use crate::wrap::wrap;

/// Runs a blocking closure on tokio's blocking pool, as [`tokio::task::spawn_blocking`] does, and measures the hop while
/// a capture is armed.
///
/// # Panics
/// Where tokio's own does: outside a runtime.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tollbridge::task::spawn_blocking;
///
/// let length = spawn_blocking(|| std::fs::metadata("Cargo.toml").map(|m| m.len())).await??;
/// assert!(length > 0);
/// # Ok(()) }
/// ```
#[inline]
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    pool::spawn(&pool::Current, f)
}
