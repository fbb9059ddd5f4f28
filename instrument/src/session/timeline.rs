//! How many hops are kept whole.

/// The number of hops that `TOLLBRIDGE_TIMELINE=on` keeps whole.
pub const DEFAULT_TIMELINE: u32 = 1_000;

/// The largest number of hops that can be kept whole. Each takes about 500 bytes in every checkpoint.
pub const MAX_TIMELINE: u32 = 1 << 14;
