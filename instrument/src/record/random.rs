//! Random draws: a hop's arm and detail, and which hops measure an empty span.

use std::cell::Cell;

thread_local! {
    static RANDOM: Cell<u64> = const { Cell::new(0) };
}

/// A random number, good enough for choosing arms (xorshift64*, Vigna 2016), seeded per thread.
pub(super) fn random() -> u64 {
    RANDOM.with(|cell| {
        let mut x = cell.get();
        if x == 0 {
            // The hasher of a fresh map is keyed with the system's randomness.
            x = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0u8) | 1;
        }
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        cell.set(x);
        x.wrapping_mul(0x2545_f491_4f6c_dd1d)
    })
}

/// True once in so many times, at random.
#[cfg(all(feature = "callers", unix))]
pub(super) fn one_in(many: u32) -> bool {
    many == 1 || ((random() >> 32) * u64::from(many)) >> 32 == 0
}

/// True once in 16 times, at random.
#[must_use]
pub fn one_in_sixteen() -> bool {
    random() >> 60 == 0
}
