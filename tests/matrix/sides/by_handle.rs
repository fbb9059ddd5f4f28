//! The drop-ins, each job by way of the current runtime's handle.
#![expect(clippy::duplicate_mod, reason = "the same code against another `task` and `runtime` is what this is about")]

pub(crate) use tollbridge::runtime;

pub(crate) mod task {
    pub(crate) use tollbridge::task::*;

    #[track_caller]
    pub(crate) fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        super::runtime::Handle::current().spawn_blocking(f)
    }
}

/// The side's runtime, made of tokio's.
pub(crate) fn own(runtime: tokio::runtime::Runtime) -> runtime::Runtime {
    runtime.into()
}

#[path = "../side/mod.rs"]
pub(crate) mod side;
