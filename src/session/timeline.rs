//! How many hops are kept whole.

/// How many hops `TOLLBRIDGE_TIMELINE=on` keeps whole.
pub const DEFAULT_TIMELINE: u32 = 1_000;

/// How many hops can be kept whole, at most. Each takes some 500 bytes in every checkpoint.
pub const MAX_TIMELINE: u32 = 1 << 14;
