//! tokio's own.
#![expect(clippy::duplicate_mod, reason = "the same code against another `task` and `runtime` is what this is about")]

pub(crate) use tokio::{runtime, task};

/// The side's runtime, made of tokio's.
pub(crate) fn own(runtime: tokio::runtime::Runtime) -> runtime::Runtime {
    runtime
}

#[path = "../side/mod.rs"]
pub(crate) mod side;
