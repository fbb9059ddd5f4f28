//! All jobs of the pool, where the app was built by `cargo tollbridge`: its copy of tokio tells of those that come another way.
//!
//! With tokio as it is, nothing here does anything: what a copy adds to `Handle` is found before the methods of these traits.

use std::ffi::c_void;

use tokio::runtime::Handle;
use tollbridge_instrument::every_job::HOOKS;

/// Stands in for what only a copy has.
#[allow(dead_code, clippy::allow_attributes, reason = "a copy has functions of its own of these names")]
trait WithoutCopy: Sized {
    fn tollbridge_install(_: *const c_void) {}
}

impl WithoutCopy for Handle {}

/// Has the copy, if there is one, tell of its jobs from now on.
pub(crate) fn install() {
    Handle::tollbridge_install((&raw const HOOKS).cast());
}
