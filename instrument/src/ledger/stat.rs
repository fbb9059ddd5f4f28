//! One node's values, added up.

use std::sync::atomic::{AtomicU64, Ordering};

use super::histogram::{ChunkPool, Histogram, bump};
use crate::report::Distribution;

/// Values added up. Written by one thread, read by any.
#[derive(Debug)]
pub(super) struct Stat {
    count: AtomicU64,
    sum: AtomicU64,
    /// An `f64`'s bits: squares of ns overrun 64 bits within seconds.
    sum_sq: AtomicU64,
    min: AtomicU64,
    max: AtomicU64,
    /// Contended acquisitions of a lock, bytes of a copy.
    extra: AtomicU64,
    histogram: Histogram,
}

impl Default for Stat {
    fn default() -> Self {
        Self {
            count: AtomicU64::new(0),
            sum: AtomicU64::new(0),
            sum_sq: AtomicU64::new(0),
            min: AtomicU64::new(u64::MAX),
            max: AtomicU64::new(0),
            extra: AtomicU64::new(0),
            histogram: Histogram::default(),
        }
    }
}

impl Stat {
    /// Adds a value; false if it found no room in the histogram.
    #[inline]
    pub(super) fn add(&self, pool: &ChunkPool, value: u64, extra: u64) -> bool {
        // ORDERING: relaxed throughout, as in `bump`.
        bump(&self.sum, value);
        // Signed, since that is one instruction, and no length in ns reaches 2^63.
        #[expect(clippy::cast_possible_wrap, reason = "see above")]
        let value_f64 = value as i64 as f64;
        let squares = f64::from_bits(self.sum_sq.load(Ordering::Relaxed)) + value_f64 * value_f64;
        self.sum_sq.store(squares.to_bits(), Ordering::Relaxed);
        if value < self.min.load(Ordering::Relaxed) {
            self.min.store(value, Ordering::Relaxed);
        }
        if value > self.max.load(Ordering::Relaxed) {
            self.max.store(value, Ordering::Relaxed);
        }
        if extra != 0 {
            bump(&self.extra, extra);
        }
        let found = self.histogram.add(pool, value);
        // Last, so that a live reader rather misses the histogram's newest value than counts one that is not there.
        bump(&self.count, 1);
        found
    }

    pub(super) fn read(&self, pool: &ChunkPool) -> (Distribution, u64) {
        // ORDERING: relaxed; exact at rest, off by one update while the owner records.
        let histogram = self.histogram.read(pool);
        let counted: u64 = histogram.iter().map(|(_, n)| n).sum();
        let distribution = Distribution::of_parts(
            self.count.load(Ordering::Relaxed).max(counted),
            self.sum.load(Ordering::Relaxed),
            f64::from_bits(self.sum_sq.load(Ordering::Relaxed)),
            self.min.load(Ordering::Relaxed).min(self.max.load(Ordering::Relaxed)),
            self.max.load(Ordering::Relaxed),
            histogram,
        );
        (distribution, self.extra.load(Ordering::Relaxed))
    }
}
