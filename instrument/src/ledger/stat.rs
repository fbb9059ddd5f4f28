//! One node's values, added up.

use super::histogram::{Added, ChunkBudget, Histogram};
use crate::report::{Distribution, bucket_of, float_bucket, is_outlier};

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
    /// Adds a value; says what became of it.
    #[inline(always)]
    pub(super) fn add(&mut self, budget: &mut ChunkBudget, value: u64, extra: u64) -> Added {
        self.count += 1;
        // Some hundred years of ns fit; what a broken clock adds beyond them is no worse for having come round.
        self.sum = self.sum.wrapping_add(value);
        let (bucket, value_f64) = float_bucket(value);
        self.sum_sq += value_f64 * value_f64;
        // Rarely so, and a branch is cheaper than two stores.
        if value < self.min {
            self.min = value;
        }
        if value > self.max {
            self.max = value;
        }
        self.extra = self.extra.saturating_add(extra);
        match bucket {
            Some(bucket) => self.histogram.add(budget, bucket),
            None => self.add_unusual(budget, value),
        }
    }

    /// A value below the first power of two that is divided, or beyond the last.
    #[inline(never)]
    fn add_unusual(&mut self, budget: &mut ChunkBudget, value: u64) -> Added {
        match self.histogram.add(budget, bucket_of(value)) {
            Added::Whole if is_outlier(value) => Added::Outlier,
            added => added,
        }
    }

    pub(super) fn read(&self) -> (Distribution, u64) {
        let Self { count, sum, sum_sq, min, max, extra, ref histogram } = *self;
        (Distribution::of_parts(count, sum, sum_sq, min, max, histogram.read()), extra)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_counted_once() {
        let (mut budget, mut stat) = (ChunkBudget::default(), Stat::default());
        for value in [0, 1, 31, 32, 33, 1 << 41, (1 << 42) - 1] {
            assert_eq!(stat.add(&mut budget, value, 1), Added::Whole, "{value}");
        }
        for value in [1 << 42, u64::MAX / 2] {
            assert_eq!(stat.add(&mut budget, value, 1), Added::Outlier, "{value}");
        }
        let (values, extra) = stat.read();
        let counted: u64 = values.histogram().iter().map(|(_, n)| n).sum();
        assert_eq!((values.count(), counted, extra), (9, 9, 9));
        assert_eq!((values.min(), values.max()), (Some(0), Some(u64::MAX / 2)));
    }
}
