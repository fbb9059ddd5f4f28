//! One node's values, added up.

use super::histogram::{ChunkBudget, Histogram};
use crate::{Distribution, PARTS, bucket_of, float_bucket, is_outlier};

/// What became of a value.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is in sums and histogram.
    Whole,
    /// It stands in the histogram's last bucket, whose range it is beyond.
    Outlier,
    /// It is in the sums only.
    NoRoom,
}

/// Values added up.
#[derive(Debug)]
pub struct Stat {
    sum: u64,
    /// Squares of ns overrun 64 bits within seconds.
    sum_sq: f64,
    min: u64,
    max: u64,
    /// Contended acquisitions of a lock, bytes of a copy.
    extra: u64,
    /// Values that are not in the histogram.
    no_room: u64,
    /// Knows how many there are.
    histogram: Histogram,
}

impl Default for Stat {
    fn default() -> Self {
        Self { sum: 0, sum_sq: 0.0, min: u64::MAX, max: 0, extra: 0, no_room: 0, histogram: Histogram::default() }
    }
}

impl Stat {
    /// Adds a value; says what became of it.
    #[inline(always)]
    pub fn add(&mut self, budget: &mut ChunkBudget, value: u64, extra: u64) -> Added {
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
        self.extra = self.extra.wrapping_add(extra);
        if self.histogram.add_divided(budget, bucket) { Added::Whole } else { self.add_unusual(budget, value) }
    }

    /// A value below the first power of two that is divided, or beyond the last; or one that finds no room.
    #[inline(never)]
    fn add_unusual(&mut self, budget: &mut ChunkBudget, value: u64) -> Added {
        let bucket = bucket_of(value);
        let (outlier, small) = (is_outlier(value), bucket < PARTS);
        let found = if small {
            self.histogram.add_small(budget, bucket)
        } else {
            outlier && self.histogram.add_divided(budget, bucket)
        };
        if !found {
            self.no_room += 1;
            return Added::NoRoom;
        }
        if outlier { Added::Outlier } else { Added::Whole }
    }

    /// Returns the values, and the sum of what came with them.
    pub fn read(&self) -> (Distribution, u64) {
        let Self { sum, sum_sq, min, max, extra, no_room, ref histogram } = *self;
        let histogram = histogram.read();
        let count = no_room + histogram.iter().map(|(_, count)| count).sum::<u64>();
        (Distribution::of_parts(count, sum, sum_sq, min, max, histogram), extra)
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
