//! What the tests of the recorder share. One capture a process: each test holds the lock while it measures.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tollbridge_instrument::clock::mock;
use tollbridge_instrument::record::{self, Capture, Settings};

static ALONE: Mutex<()> = Mutex::new(());

/// Nobody else measures while this is held. A test that failed with it spoils no other.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Armed at `start` of a clock that stands still and whose ticks are ns.
pub(crate) fn armed(start: u64) -> Capture {
    mock::install(start);
    record::arm(Settings::default()).expect("nothing else is armed")
}
