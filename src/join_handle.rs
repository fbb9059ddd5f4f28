//! The handle of a blocking task.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::{AbortHandle, Id, JoinError};

use crate::hop::{Carried, Hop};
use crate::large::Carries;

/// The handle of a blocking task. It behaves as tokio's own does.
///
/// Dropping it detaches the task, as with tokio's. It takes 64 bytes instead of tokio's 8, whether recording is on or off.
pub struct JoinHandle<T>(Inner<T>);

enum Inner<T> {
    /// Nothing was armed.
    Plain(tokio::task::JoinHandle<T>),
    /// The task's output is the finished source. One variant for all of these, so that what is left where nothing is armed is one comparison.
    Measured(Measured<T>),
}

enum Measured<T> {
    Bridged {
        handle: tokio::task::JoinHandle<Carried<T>>,
        hop: Hop,
    },
    /// The same of a large result. Boxed, so that two variants of this size do not make the handle larger.
    Boxed(Box<Boxed<T>>),
}

struct Boxed<T> {
    handle: tokio::task::JoinHandle<Carried<Box<T>>>,
    hop: Hop,
}

/// The same call on whichever of tokio's handles is inside.
macro_rules! inner {
    ($self:expr, $handle:ident => $call:expr) => {
        match &$self.0 {
            Inner::Plain($handle) => $call,
            Inner::Measured(Measured::Bridged { handle: $handle, .. }) => $call,
            Inner::Measured(Measured::Boxed(boxed)) => {
                let $handle = &boxed.handle;
                $call
            }
        }
    };
}

impl<T> JoinHandle<T> {
    #[inline]
    pub(crate) fn plain(handle: tokio::task::JoinHandle<T>) -> Self {
        Self(Inner::Plain(handle))
    }

    #[inline]
    pub(crate) fn bridged(handle: tokio::task::JoinHandle<Carried<T>>, hop: Hop) -> Self {
        Self(Inner::Measured(Measured::Bridged { handle, hop }))
    }

    #[inline]
    pub(crate) fn boxed(handle: tokio::task::JoinHandle<Carried<Box<T>>>, hop: Hop) -> Self {
        Self(Inner::Measured(Measured::Boxed(Box::new(Boxed { handle, hop }))))
    }

    /// Aborts the task, as [`tokio::task::JoinHandle::abort`] does.
    pub fn abort(&self) {
        inner!(self, handle => handle.abort());
    }

    /// Returns whether the task has finished, as [`tokio::task::JoinHandle::is_finished`] does.
    pub fn is_finished(&self) -> bool {
        inner!(self, handle => handle.is_finished())
    }

    /// Returns a handle that can abort the task, as [`tokio::task::JoinHandle::abort_handle`] does.
    #[must_use = "abort handles do nothing unless `.abort` is called"]
    pub fn abort_handle(&self) -> AbortHandle {
        inner!(self, handle => handle.abort_handle())
    }

    /// Returns the task's ID, as [`tokio::task::JoinHandle::id`] does.
    pub fn id(&self) -> Id {
        inner!(self, handle => handle.id())
    }
}

impl<T> From<tokio::task::JoinHandle<T>> for JoinHandle<T> {
    /// Wraps the handle of a task that other code started. Nothing of that task is measured.
    #[inline]
    fn from(handle: tokio::task::JoinHandle<T>) -> Self {
        Self::plain(handle)
    }
}

// tokio's handle is all of this whatever `T` is, and the poll below relies on the first.
impl<T> Unpin for JoinHandle<T> {}
impl<T> std::panic::UnwindSafe for JoinHandle<T> {}
impl<T> std::panic::RefUnwindSafe for JoinHandle<T> {}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Inner::Plain(handle) => Pin::new(handle).poll(cx),
            Inner::Measured(measured) => measured.poll(cx),
        }
    }
}

impl<T> Measured<T> {
    /// Out of line, so that what is left where nothing is armed is inlined as tokio's own poll is.
    #[inline(never)]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        match self {
            Self::Bridged { handle, hop } => poll_bridged(handle, hop, cx),
            Self::Boxed(boxed) => poll_bridged(&mut boxed.handle, &mut boxed.hop, cx),
        }
    }
}

#[inline]
fn poll_bridged<T, C: Carries<T>>(
    handle: &mut tokio::task::JoinHandle<Carried<C>>,
    hop: &mut Hop,
    cx: &mut Context<'_>,
) -> Poll<Result<T, JoinError>> {
    hop.polled();
    Pin::new(handle).poll(cx).map(|outcome| hop.take_over(outcome))
}

impl<T: std::fmt::Debug> std::fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        inner!(self, handle => std::fmt::Debug::fmt(handle, f))
    }
}
