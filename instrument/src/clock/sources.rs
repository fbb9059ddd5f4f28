//! Where ticks can come from.

use std::sync::atomic::AtomicU8;

pub(super) const UNCALIBRATED: u8 = 0;
pub(super) const INSTANT: u8 = 1;
pub(super) const COUNTER: u8 = 2;
#[cfg(tollbridge_mock_clock)]
pub(super) const MOCK: u8 = 3;

/// The one in use. Set once, by [`calibrate`](super::calibrate), before the first stamp; only a mock clock changes it again.
pub(super) static SOURCE: AtomicU8 = AtomicU8::new(UNCALIBRATED);
