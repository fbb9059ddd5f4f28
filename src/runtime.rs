//! `tokio::runtime` with a measured [`Handle::spawn_blocking`] and [`Runtime::spawn_blocking`]. Everything else is tokio's.
//!
//! [`Handle`] and [`Runtime`] are thin wrappers. They dereference to tokio's types, and convert [`From`] and into them. To wrap a builder's runtime, write
//! `.into()`:
//!
//! ```
//! use tollbridge::runtime::{Builder, Runtime};
//!
//! let runtime: Runtime = Builder::new_current_thread().build()?.into();
//! let answer = runtime.block_on(runtime.handle().spawn_blocking(|| 42))?;
//! assert_eq!(answer, 42);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! If the type must stay tokio's, import [`SpawnBlockingExt`] and write `handle.spawn_blocking_measured(f)`. A `LocalRuntime`,
//! which newer versions of tokio have, is always tokio's own: write `runtime.handle().spawn_blocking_measured(f)`.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

pub use tokio::runtime::*;

use crate::join_handle::JoinHandle;
pub use crate::measured::SpawnBlockingExt;

/// A [`tokio::runtime::Handle`] whose `spawn_blocking` is measured.
#[derive(Clone)]
pub struct Handle(tokio::runtime::Handle);

impl Handle {
    /// Returns the handle of the current runtime, as [`tokio::runtime::Handle::current`] does.
    ///
    /// # Panics
    /// Panics outside a runtime.
    #[track_caller]
    pub fn current() -> Self {
        Self(tokio::runtime::Handle::current())
    }

    /// Returns the handle of the current runtime, as [`tokio::runtime::Handle::try_current`] does.
    ///
    /// # Errors
    /// Fails outside a runtime.
    pub fn try_current() -> Result<Self, TryCurrentError> {
        tokio::runtime::Handle::try_current().map(Self)
    }

    /// Does the same as [`tokio::runtime::Handle::spawn_blocking`], and measures the hop while recording is on.
    #[inline]
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, func: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.0.spawn_blocking_measured(func)
    }

    /// Returns tokio's own handle.
    pub fn into_inner(self) -> tokio::runtime::Handle {
        self.0
    }
}

impl Deref for Handle {
    type Target = tokio::runtime::Handle;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl AsRef<tokio::runtime::Handle> for Handle {
    fn as_ref(&self) -> &tokio::runtime::Handle {
        &self.0
    }
}

impl From<tokio::runtime::Handle> for Handle {
    fn from(handle: tokio::runtime::Handle) -> Self {
        Self(handle)
    }
}

impl From<Handle> for tokio::runtime::Handle {
    fn from(handle: Handle) -> Self {
        handle.0
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A [`tokio::runtime::Runtime`] whose `spawn_blocking` is measured, and whose [`handle`](Runtime::handle) is a measured
/// [`Handle`].
pub struct Runtime {
    // First, so that it is dropped while its handle still stands, as in tokio's own.
    runtime: tokio::runtime::Runtime,
    handle: Handle,
}

impl Runtime {
    /// Creates a runtime, as [`tokio::runtime::Runtime::new`] does.
    ///
    /// # Errors
    /// The same as tokio's.
    #[cfg(feature = "rt-multi-thread")]
    pub fn new() -> std::io::Result<Self> {
        tokio::runtime::Runtime::new().map(Self::from)
    }

    /// Returns the same as [`tokio::runtime::Runtime::handle`], as a measured handle.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Does the same as [`tokio::runtime::Runtime::spawn_blocking`], and measures the hop while recording is on.
    #[inline]
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, func: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle.spawn_blocking(func)
    }

    /// Shuts the runtime down, as [`tokio::runtime::Runtime::shutdown_timeout`] does.
    pub fn shutdown_timeout(self, duration: Duration) {
        self.into_inner().shutdown_timeout(duration);
    }

    /// Shuts the runtime down, as [`tokio::runtime::Runtime::shutdown_background`] does.
    pub fn shutdown_background(self) {
        self.into_inner().shutdown_background();
    }

    /// Returns tokio's own runtime.
    pub fn into_inner(self) -> tokio::runtime::Runtime {
        self.runtime
    }
}

impl Deref for Runtime {
    type Target = tokio::runtime::Runtime;

    fn deref(&self) -> &Self::Target {
        &self.runtime
    }
}

impl AsRef<tokio::runtime::Runtime> for Runtime {
    fn as_ref(&self) -> &tokio::runtime::Runtime {
        &self.runtime
    }
}

impl From<tokio::runtime::Runtime> for Runtime {
    fn from(runtime: tokio::runtime::Runtime) -> Self {
        let handle = Handle(runtime.handle().clone());
        Self { runtime, handle }
    }
}

impl From<Runtime> for tokio::runtime::Runtime {
    fn from(runtime: Runtime) -> Self {
        runtime.into_inner()
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.runtime.fmt(f)
    }
}
