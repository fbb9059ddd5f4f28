//! A clock turned by hand, in ns. One a process; it breaks monotonicity if told to. Also the way to do without the counter
//! on a machine that has one.

use std::sync::atomic::{AtomicU64, Ordering};

use super::sources::{INSTANT, MOCK, SOURCE};

static TICKS: AtomicU64 = AtomicU64::new(0);
static READINGS: AtomicU64 = AtomicU64::new(0);

/// Makes this the process's clock, standing at `ns`. There is no way back.
pub fn install(ns: u64) {
    set(ns);
    SOURCE.store(MOCK, Ordering::Relaxed);
}

/// Makes `Instant` this process's clock, as where there is no usable counter. To be called before the clock's first use:
/// stamps of two clocks have nothing in common.
pub fn install_instant() {
    SOURCE.store(INSTANT, Ordering::Relaxed);
}

/// Turns the clock to `ns`.
pub fn set(ns: u64) {
    // ORDERING: SeqCst, conservative: a test's threads read it after whatever told them to.
    TICKS.store(ns, Ordering::SeqCst);
}

/// Turns the clock forward by `ns`.
pub fn advance(ns: u64) {
    // ORDERING: as in `set`.
    TICKS.fetch_add(ns, Ordering::SeqCst);
}

/// How often the clock was read since it was installed: to arm reads it some ten thousand times, a hop some ten times.
#[must_use]
pub fn readings() -> u64 {
    // ORDERING: as in `set`.
    READINGS.load(Ordering::SeqCst)
}

#[cold]
#[inline(never)]
pub(super) fn read() -> u64 {
    // ORDERING: as in `set`.
    READINGS.fetch_add(1, Ordering::SeqCst);
    // ORDERING: as in `set`.
    TICKS.load(Ordering::SeqCst)
}
