//! One node's values, added up.

use super::histogram::{ChunkPool, Histogram};
use crate::report::Distribution;

/// Values added up.
#[derive(Debug)]
pub(super) struct Stat {
    count: u64,
    sum: u64,
    /// Squares of ns overrun 64 bits within seconds.
    sum_sq: f64,
    min: u64,
    max: u64,
    /// Contended acquisitions of a lock, bytes of a copy.
    extra: u64,
    histogram: Histogram,
}

impl Default for Stat {
    fn default() -> Self {
        Self { count: 0, sum: 0, sum_sq: 0.0, min: u64::MAX, max: 0, extra: 0, histogram: Histogram::default() }
    }
}

impl Stat {
    /// Adds a value; false if it found no room in the histogram.
    #[inline]
    pub(super) fn add(&mut self, pool: &mut ChunkPool, value: u64, extra: u64) -> bool {
        self.count += 1;
        self.sum = self.sum.saturating_add(value);
        // Signed, since that is one instruction, and no length in ns reaches 2^63.
        #[expect(clippy::cast_possible_wrap, reason = "see above")]
        let value_f64 = value as i64 as f64;
        self.sum_sq += value_f64 * value_f64;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.extra = self.extra.saturating_add(extra);
        self.histogram.add(pool, value)
    }

    pub(super) fn read(&self, pool: &ChunkPool) -> (Distribution, u64) {
        let Self { count, sum, sum_sq, min, max, extra, ref histogram } = *self;
        (Distribution::of_parts(count, sum, sum_sq, min, max, histogram.read(pool)), extra)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_stay_at_their_end() {
        let (mut pool, mut stat) = (ChunkPool::default(), Stat::default());
        for _ in 0..3 {
            assert!(stat.add(&mut pool, u64::MAX / 2, u64::MAX / 2));
        }
        let (values, extra) = stat.read(&pool);
        assert_eq!((values.count(), values.sum(), extra), (3, u64::MAX, u64::MAX));
        assert_eq!((values.min(), values.max()), (Some(u64::MAX / 2), Some(u64::MAX / 2)));
    }
}
