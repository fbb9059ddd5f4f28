//! Extension traits: measured calls on tokio's own `Handle`, `Runtime` and `JoinSet`, whose types stay as they are.

use tokio::runtime::{Handle, Runtime};
use tokio::task::{AbortHandle, JoinSet};
use tollbridge_instrument::record;

use crate::join_handle::JoinHandle;
use crate::large::is_large;
use crate::pool;
use crate::wrap;
use tollbridge_instrument::session;

/// Nobody else implements the traits, so that both can gain functions.
mod sealed {
    pub trait HasPool {
        fn pool(&self) -> &tokio::runtime::Handle;
    }

    pub trait Set {}
}

/// Adds a measured `spawn_blocking` to tokio's own [`Handle`](tokio::runtime::Handle) and [`Runtime`](tokio::runtime::Runtime).
///
/// Use it where a field or a signature names tokio's type, and you cannot swap that for [`Handle`](crate::runtime::Handle)
/// or [`Runtime`](crate::runtime::Runtime). It records all phases. A `LocalRuntime` has it through its `handle()`.
///
/// # Examples
/// ```
/// use tollbridge::runtime::SpawnBlockingExt;
///
/// struct Store {
///     handle: tokio::runtime::Handle, // stays tokio's
/// }
///
/// impl Store {
///     async fn len(&self) -> std::io::Result<u64> {
///         let job = || std::fs::metadata("Cargo.toml").map(|found| found.len());
///         self.handle.spawn_blocking_measured(job).await? // was: spawn_blocking(job)
///     }
/// }
///
/// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// let store = Store { handle: runtime.handle().clone() };
/// assert!(runtime.block_on(store.len())? > 0);
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait SpawnBlockingExt: sealed::HasPool {
    /// Runs `f` on this runtime's blocking pool, as [`Handle::spawn_blocking`](tokio::runtime::Handle::spawn_blocking) does,
    /// and measures the hop while recording is on.
    ///
    /// While recording is off, this is tokio's own call, as [`spawn_blocking`](crate::task::spawn_blocking) is.
    #[inline]
    #[track_caller]
    fn spawn_blocking_measured<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        pool::spawn(self.pool(), f)
    }
}

impl SpawnBlockingExt for Handle {}
impl SpawnBlockingExt for Runtime {}

impl sealed::HasPool for Handle {
    #[inline]
    fn pool(&self) -> &Handle {
        self
    }
}

impl sealed::HasPool for Runtime {
    #[inline]
    fn pool(&self) -> &Handle {
        self.handle()
    }
}

/// Adds a measured `spawn_blocking` and `spawn_blocking_on` to tokio's own [`JoinSet`](tokio::task::JoinSet).
///
/// Use it where a field or a signature names tokio's set. It measures jobs as [`wrap`](crate::task::wrap) does: it
/// records `run`, and everything before `run` as one phase, `reach`.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use tollbridge::task::JoinSetExt;
///
/// let mut set = tokio::task::JoinSet::new(); // stays tokio's
/// set.spawn(async { 1 });
/// set.spawn_blocking_measured(|| 2); // was: spawn_blocking(|| 2)
/// assert_eq!(set.join_all().await.iter().sum::<i32>(), 3);
/// # }
/// ```
pub trait JoinSetExt<T: 'static>: sealed::Set {
    /// Runs `f` on the blocking pool, as [`tokio::task::JoinSet::spawn_blocking`] does, and measures it while recording is on.
    ///
    /// While recording is off, this is tokio's own call.
    ///
    /// # Panics
    /// Panics outside a runtime.
    #[track_caller]
    fn spawn_blocking_measured<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send;

    /// Runs `f` on a runtime's blocking pool, as [`tokio::task::JoinSet::spawn_blocking_on`] does, and measures it while
    /// recording is on.
    ///
    /// While recording is off, this is tokio's own call.
    #[track_caller]
    fn spawn_blocking_on_measured<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send;
}

impl<T> sealed::Set for JoinSet<T> {}

impl<T: 'static> JoinSetExt<T> for JoinSet<T> {
    #[inline]
    #[track_caller]
    fn spawn_blocking_measured<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        // Outside a runtime tokio refuses the job, which then was no hop.
        if record::armed().is_off() || !is_on() || Handle::try_current().is_err() {
            return self.spawn_blocking(f);
        }
        wrapped(self, f, None)
    }

    #[inline]
    #[track_caller]
    fn spawn_blocking_on_measured<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        if record::armed().is_off() || !is_on() {
            return self.spawn_blocking_on(f, handle);
        }
        wrapped(self, f, Some(handle))
    }
}

/// Whether recording is on, which the process's first call decides.
#[cold]
#[inline(never)]
fn is_on() -> bool {
    session::decided().is_on()
}

/// In a frame of its own, so that a large `f` takes no more of the stack while recording is off.
#[cold]
#[inline(never)]
#[track_caller]
fn wrapped<T, F>(set: &mut JoinSet<T>, f: F, handle: Option<&Handle>) -> AbortHandle
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let hop = wrap::begin::<F>();
    if const { is_large::<F>() } {
        submit(set, wrap::measured(hop, Box::new(f)), handle)
    } else {
        submit(set, wrap::measured(hop, f), handle)
    }
}

#[inline]
#[track_caller]
fn submit<T: Send + 'static>(
    set: &mut JoinSet<T>,
    job: impl FnOnce() -> T + Send + 'static,
    handle: Option<&Handle>,
) -> AbortHandle {
    match handle {
        None => set.spawn_blocking(job),
        Some(handle) => set.spawn_blocking_on(job, handle),
    }
}
