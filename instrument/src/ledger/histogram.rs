//! Histograms of one account: a chunk of counters for each power of two that was seen, and most see three or four.

use crate::report::{BUCKETS, PARTS, bucket_range};

const GROUPS: usize = BUCKETS / PARTS;
/// Chunks of one account, at most: 32 MiB.
const MAX_CHUNKS: usize = 1 << 18;

type Chunk = [u32; PARTS];

/// How many chunks an account may still make.
#[derive(Debug)]
pub(super) struct ChunkBudget(usize);

impl Default for ChunkBudget {
    fn default() -> Self {
        Self(MAX_CHUNKS)
    }
}

/// What became of a value.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// It is in sums and histogram.
    Whole,
    /// It stands in the histogram's last bucket, whose range it is beyond.
    Outlier,
    /// It is in the sums only.
    NoRoom,
}

/// One histogram.
#[derive(Debug)]
pub(super) struct Histogram([Option<Box<Chunk>>; GROUPS]);

impl Default for Histogram {
    fn default() -> Self {
        Self([const { None }; GROUPS])
    }
}

impl Histogram {
    /// Counts a value of that bucket.
    #[inline(always)]
    pub(super) fn add(&mut self, budget: &mut ChunkBudget, bucket: usize) -> Added {
        let Some(slot) = self.0.get_mut(bucket / PARTS) else {
            return Added::NoRoom;
        };
        let chunk = match slot {
            Some(chunk) => chunk,
            None => match fresh(budget) {
                Some(chunk) => slot.insert(chunk),
                None => return Added::NoRoom,
            },
        };
        let counter = &mut chunk[bucket % PARTS];
        // One that is full stays full: the sums have the value all the same.
        let (next, full) = counter.overflowing_add(1);
        if full {
            return Added::NoRoom;
        }
        *counter = next;
        Added::Whole
    }

    /// Pairs of bucket and count, sorted, no zeros.
    pub(super) fn read(&self) -> Vec<(u16, u64)> {
        let mut counts = Vec::new();
        for (group, chunk) in self.0.iter().enumerate().filter_map(|(group, chunk)| Some((group, chunk.as_ref()?))) {
            for (part, &count) in chunk.iter().enumerate().filter(|(_, count)| **count > 0) {
                let bucket = u16::try_from(group * PARTS + part).unwrap_or(u16::MAX);
                debug_assert!(bucket_range(usize::from(bucket)).0 < u64::MAX);
                counts.push((bucket, u64::from(count)));
            }
        }
        counts
    }
}

#[cold]
#[inline(never)]
fn fresh(budget: &mut ChunkBudget) -> Option<Box<Chunk>> {
    budget.0 = budget.0.checked_sub(1)?;
    Some(Box::new([0; PARTS]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_that_is_full_says_so_and_stays() {
        let (mut budget, mut histogram) = (ChunkBudget::default(), Histogram::default());
        assert_eq!(histogram.add(&mut budget, 5), Added::Whole);
        histogram.0[0].as_mut().expect("made")[5] = u32::MAX;
        assert_eq!(histogram.add(&mut budget, 5), Added::NoRoom);
        assert_eq!(histogram.read(), [(5, u64::from(u32::MAX))]);
    }

    #[test]
    fn a_budget_that_is_used_up_says_so() {
        let (mut budget, mut histogram) = (ChunkBudget(1), Histogram::default());
        assert_eq!(histogram.add(&mut budget, 5), Added::Whole);
        assert_eq!(histogram.add(&mut budget, PARTS), Added::NoRoom);
        assert_eq!(histogram.add(&mut budget, 6), Added::Whole);
        assert_eq!(histogram.read(), [(5, 1), (6, 1)]);
    }
}
