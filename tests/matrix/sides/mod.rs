//! What is compared: each side compiles `side/` against modules named `task` and `runtime` of its own.

mod by_handle;
mod by_tokio;
mod by_tollbridge;
mod wrapped;

use crate::cell::Cell;
use crate::transcript::Transcript;

/// A way to reach the blocking pool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side {
    pub(crate) run: fn(&Cell) -> Transcript,
    /// All sides have the same.
    pub(crate) scenarios: fn() -> Vec<&'static str>,
    /// A hop ends where its handle does, and not where its job does.
    pub(crate) ends_with_handle: bool,
}

/// The oracle.
pub(crate) const TOKIO: Side =
    Side { run: by_tokio::side::run, scenarios: by_tokio::side::scenarios, ends_with_handle: true };

/// `tollbridge::task` and `tollbridge::runtime`.
pub(crate) const TOLLBRIDGE: Side =
    Side { run: by_tollbridge::side::run, scenarios: by_tollbridge::side::scenarios, ends_with_handle: true };

/// `tollbridge::runtime::Handle::current().spawn_blocking`.
pub(crate) const BY_HANDLE: Side =
    Side { run: by_handle::side::run, scenarios: by_handle::side::scenarios, ends_with_handle: true };

/// `tokio::task::spawn_blocking(wrap(f))`: the handle is tokio's own.
pub(crate) const WRAPPED: Side =
    Side { run: wrapped::side::run, scenarios: wrapped::side::scenarios, ends_with_handle: false };
