//! Ticks without a counter: ns since the first reading.

use std::sync::OnceLock;
use std::time::Instant;

#[cold]
#[inline(never)]
pub(super) fn instant_ticks() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}
