//! A processor whose counter this crate does not know how to read: the clock is `Instant`, and none of these is called but `is_usable`.

/// What a report would call this clock.
pub(super) const NAME: &str = "none";

/// As that of a counter; there is nothing to wait for.
pub(super) const READ_WAITS: bool = false;

/// Returns what `Instant` shows.
pub(super) fn read() -> u64 {
    super::instant::instant_ticks()
}

/// Does nothing.
pub(super) fn fence() {}

/// Returns whether there is a counter.
pub(super) fn is_usable() -> bool {
    false
}
