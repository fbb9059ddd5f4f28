//! `tokio::task` with a measured `spawn_blocking`. Import this module instead; everything else stays tokio's.
//!
//! There are two ways to measure a hop:
//!
//! * **You own the handle: the import**, `use tollbridge::task::spawn_blocking`. It records every phase, and carries the result
//!   over the bridge that you choose. Its [`JoinHandle`] is a separate type.
//! * **The types must stay the same: [`wrap`]**, `tokio::task::spawn_blocking(wrap(f))`. The handle stays tokio's. Use it where one
//!   field or collection holds handles of both `spawn` and `spawn_blocking`, or where other code makes the call.
//!
//! | | before the run | run | after it |
//! |---|---|---|---|
//! | the import, [`runtime`](crate::runtime) and its [`SpawnBlockingExt`], `fs`, `net` | submit, backlog, start | run | publish, unpolled, resume, transfer |
//! | [`wrap`], [`JoinSet`], [`JoinSetExt`] | as one: reach | run | nothing |
//!
//! While recording is off, both are tokio's own call, with one more relaxed load and no allocation. The handle of the import is larger than tokio's,
//! whether recording is on or off. `docs/reference/drop-in.md` lists every way into the pool, and everything that differs from tokio.
//!
//! [`SpawnBlockingExt`]: crate::runtime::SpawnBlockingExt

pub use tokio::task::*;

pub use crate::join_handle::JoinHandle;
pub use crate::join_set::JoinSet;
pub use crate::measured::JoinSetExt;
use crate::pool;
pub use crate::wrap::wrap;

/// Runs a blocking closure on tokio's blocking pool, as [`tokio::task::spawn_blocking`] does, and measures the hop while
/// recording is on.
///
/// # Panics
/// Panics outside a runtime, as tokio's does.
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
