//! A processor whose counter this crate does not know how to read: nothing here is usable, and the clock is `Instant`.

/// What a report calls this clock; none has it.
pub(super) const NAME: &str = "none";

/// Whether [`read`] waits for what is in front of it.
pub(super) const READ_WAITS: bool = false;

/// Returns what `Instant` shows; so do the others.
pub(super) fn read() -> u64 {
    super::instant_ticks()
}

pub(super) fn read_opening() -> u64 {
    read()
}

pub(super) fn read_ordered() -> u64 {
    read()
}

pub(super) fn fence() {}

/// Returns whether there is a counter.
pub(super) fn is_usable() -> bool {
    false
}
