//! The drop-ins, imported as an app does.
#![expect(clippy::duplicate_mod, reason = "the same code against another `task` and `runtime` is what this is about")]

pub(crate) use tollbridge::{runtime, task};

/// The side's runtime, made of tokio's.
pub(crate) fn own(runtime: tokio::runtime::Runtime) -> runtime::Runtime {
    runtime.into()
}

#[path = "../side/mod.rs"]
pub(crate) mod side;
