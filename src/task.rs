//! `tokio::task` with `spawn_blocking` measured: import this module instead, and everything else stays tokio's.
//!
//! Two ways to measure a hop:
//!
//! * **the import**, `use tollbridge::task::spawn_blocking`: sees every phase and carries the result over the bridge
//!   that is being tried. Its [`JoinHandle`] is a type of its own.
//! * **[`wrap`]**, `tokio::task::spawn_blocking(wrap(f))`: keeps tokio's own handle, where one field or collection holds
//!   handles of both `spawn` and `spawn_blocking`, or where somebody else makes the call. It sees `run`, and what lies
//!   before it as one.
//!
//! Off, both are tokio's own call: one relaxed load more, no allocation, no source. The handle is larger than tokio's,
//! armed or not.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pub use tokio::task::*;
use tollbridge_instrument::ledger;

use crate::hop::{Carried, Hop};
use crate::session;
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
    let armed = ledger::armed();
    if armed.is_off() {
        return JoinHandle(Inner::Plain(tokio::task::spawn_blocking(f)));
    }
    spawn_measured(f)
}

#[track_caller]
fn spawn_measured<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let armed = session::decided();
    let location = std::panic::Location::caller();
    let hop = armed.is_on().then(|| Hop::begin(armed, location, std::any::type_name::<F>())).flatten();
    let Some(mut hop) = hop else {
        return JoinHandle(Inner::Plain(tokio::task::spawn_blocking(f)));
    };
    let job = hop.job(f);
    let handle = tokio::task::spawn_blocking(job);
    hop.returned();
    JoinHandle(Inner::Bridged { handle, hop })
}

/// The handle of a blocking task: tokio's own in all that it does.
///
/// Detaches the task when dropped, as tokio's does.
pub struct JoinHandle<T>(Inner<T>);

enum Inner<T> {
    /// Nothing was armed.
    Plain(tokio::task::JoinHandle<T>),
    /// The task's output is the finished source.
    Bridged { handle: tokio::task::JoinHandle<Carried<T>>, hop: Hop },
}

/// The same call on whichever of tokio's handles is inside.
macro_rules! inner {
    ($self:expr, $handle:ident => $call:expr) => {
        match &$self.0 {
            Inner::Plain($handle) => $call,
            Inner::Bridged { handle: $handle, .. } => $call,
        }
    };
}

impl<T> JoinHandle<T> {
    /// As [`tokio::task::JoinHandle::abort`].
    pub fn abort(&self) {
        inner!(self, handle => handle.abort());
    }

    /// As [`tokio::task::JoinHandle::is_finished`].
    #[must_use]
    pub fn is_finished(&self) -> bool {
        inner!(self, handle => handle.is_finished())
    }

    /// As [`tokio::task::JoinHandle::abort_handle`].
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        inner!(self, handle => handle.abort_handle())
    }

    /// As [`tokio::task::JoinHandle::id`].
    #[must_use]
    pub fn id(&self) -> Id {
        inner!(self, handle => handle.id())
    }
}

impl<T> From<tokio::task::JoinHandle<T>> for JoinHandle<T> {
    /// A task that somebody else started: nothing of it is measured.
    fn from(handle: tokio::task::JoinHandle<T>) -> Self {
        Self(Inner::Plain(handle))
    }
}

// tokio's handle is `Unpin` whatever `T` is, and the poll below relies on it.
impl<T> Unpin for JoinHandle<T> {}

impl<T> std::panic::UnwindSafe for JoinHandle<T> {}
impl<T> std::panic::RefUnwindSafe for JoinHandle<T> {}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Inner::Plain(handle) => Pin::new(handle).poll(cx),
            Inner::Bridged { handle, hop } => {
                hop.polled();
                Pin::new(handle).poll(cx).map(|outcome| hop.take_over(outcome))
            }
        }
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        inner!(self, handle => std::fmt::Debug::fmt(handle, f))
    }
}
