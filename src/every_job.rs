//! All jobs of the pool, also those that come another way: where the app was built by `cargo tollbridge`, its copy of tokio tells of them; where
//! tokio is built for tokio-console, its own spans do ([`layer`]).
//!
//! With tokio as it is, nothing here does anything: what a copy adds to `Handle` is found before the methods of these traits.

use std::ffi::c_void;
#[cfg(feature = "layer")]
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;
use tollbridge_instrument::every_job::HOOKS;
#[cfg(feature = "layer")]
pub use tollbridge_instrument::every_job::{BlockingLayer, BlockingSpans, OnlyBlocking};

#[cfg(feature = "layer")]
use crate::ids;

/// tokio was asked, and is no copy.
#[cfg(feature = "layer")]
static WITHOUT_COPY: AtomicBool = AtomicBool::new(false);

/// Stands in for what only a copy has.
#[allow(dead_code, clippy::allow_attributes, reason = "a copy has functions of its own of these names")]
trait WithoutCopy: Sized {
    fn tollbridge_install(_: *const c_void) {
        // ORDERING: relaxed; complete in itself.
        #[cfg(feature = "layer")]
        WITHOUT_COPY.store(true, Ordering::Relaxed);
    }
}

impl WithoutCopy for Handle {}

/// Has the copy, if there is one, tell of its jobs from now on.
pub(crate) fn install() {
    Handle::tollbridge_install((&raw const HOOKS).cast());
}

/// Whether tokio is such a copy.
#[cfg(feature = "layer")]
fn is_copy() -> bool {
    // A copy takes no table from there.
    Handle::tollbridge_install(std::ptr::null());
    // ORDERING: relaxed; of this thread, or as it was before.
    !WITHOUT_COPY.load(Ordering::Relaxed)
}

/// Returns a layer that records every blocking job of a tokio that is built for tokio-console, whoever calls it: `tokio::fs`, DNS and
/// dependencies too.
///
/// tokio tells of its jobs by a span each, if the program is built with `RUSTFLAGS="--cfg tokio_unstable"` and tokio's feature `tracing`. The layer
/// records while recording is on ([`init`](crate::init)), as [`wrap`](crate::task::wrap) does: `run`, and everything before `run` as
/// one phase, `reach`. Jobs that come through tollbridge's own calls keep all of their phases, and are not recorded twice. Workers of the
/// runtime itself are left out. In a program that was built by `cargo tollbridge`, the layer does nothing: every job is recorded there without it.
///
/// Where no such span is opened, the guard says at its end what is missing.
///
/// Add the layer to a `tracing_subscriber` registry, once: a second one on top of it records nothing, and the guard says so. It asks for these spans alone. A filter of another layer should be that layer's own
/// (`with_filter`): one for the whole registry hides these spans unless it lets `tokio::task::blocking=trace` through.
///
/// # Examples
/// ```ignore
/// use tracing_subscriber::prelude::*;
///
/// tracing_subscriber::registry().with(tollbridge::layer()).init();
/// let _toll = tollbridge::init();
/// ```
#[cfg(feature = "layer")]
#[must_use = "add it to a registry by `with`"]
pub fn layer<S>() -> BlockingLayer<S> {
    use tollbridge_instrument::every_job::Tokio;

    tollbridge_instrument::every_job::layer(Tokio { task: ids::task, runtime: ids::runtime, is_copy: is_copy() })
}
