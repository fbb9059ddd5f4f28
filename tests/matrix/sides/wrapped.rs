//! tokio's own calls with wrapped jobs.
#![expect(clippy::duplicate_mod, reason = "the same code against another `task` and `runtime` is what this is about")]

pub(crate) use tokio::runtime;

pub(crate) mod task {
    pub(crate) use tokio::task::*;

    #[track_caller]
    pub(crate) fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        tokio::task::spawn_blocking(tollbridge::task::wrap(f))
    }
}

/// The side's runtime, made of tokio's.
pub(crate) fn own(runtime: tokio::runtime::Runtime) -> runtime::Runtime {
    runtime
}

#[path = "../side/mod.rs"]
pub(crate) mod side;
