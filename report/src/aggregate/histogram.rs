//! Histograms of one account: a chunk of counters for each power of two that was seen, and most see three or four.

use crate::{BUCKETS, PARTS, bucket_range};

const GROUPS: usize = BUCKETS / PARTS;
/// Chunks of one account, at most: 32 MiB.
const MAX_CHUNKS: usize = 1 << 18;

type Chunk = [u32; PARTS];

/// How many chunks an account may still make.
#[derive(Debug)]
pub struct ChunkBudget(usize);

impl Default for ChunkBudget {
    fn default() -> Self {
        Self(MAX_CHUNKS)
    }
}

/// One histogram.
#[derive(Debug)]
pub struct Histogram {
    /// For the values below [`PARTS`].
    small: Option<Box<Chunk>>,
    /// For each power of two from there on.
    divided: [Option<Box<Chunk>>; GROUPS - 1],
}

impl Default for Histogram {
    fn default() -> Self {
        Self { small: None, divided: [const { None }; GROUPS - 1] }
    }
}

impl Histogram {
    /// Counts a value of one of the first `PARTS` buckets; false if it finds no room.
    #[inline]
    pub fn add_small(&mut self, budget: &mut ChunkBudget, bucket: usize) -> bool {
        count(&mut self.small, budget, bucket)
    }

    /// Counts a value of one of the other buckets; false if it finds no room, or has no such bucket.
    #[inline(always)]
    pub fn add_divided(&mut self, budget: &mut ChunkBudget, bucket: usize) -> bool {
        match self.divided.get_mut((bucket / PARTS).wrapping_sub(1)) {
            Some(slot) => count(slot, budget, bucket),
            None => false,
        }
    }

    /// Pairs of bucket and count, sorted, no zeros.
    pub fn read(&self) -> Vec<(u16, u64)> {
        let chunks = std::iter::once(&self.small).chain(&self.divided).enumerate();
        let mut counts = Vec::new();
        for (group, chunk) in chunks.filter_map(|(group, chunk)| Some((group, chunk.as_ref()?))) {
            for (part, &count) in chunk.iter().enumerate().filter(|(_, count)| **count > 0) {
                let bucket = u16::try_from(group * PARTS + part).unwrap_or(u16::MAX);
                debug_assert!(bucket_range(usize::from(bucket)).0 < u64::MAX);
                counts.push((bucket, u64::from(count)));
            }
        }
        counts
    }
}

#[inline(always)]
fn count(slot: &mut Option<Box<Chunk>>, budget: &mut ChunkBudget, bucket: usize) -> bool {
    let chunk = match slot {
        Some(chunk) => chunk,
        None => match fresh(budget) {
            Some(chunk) => slot.insert(chunk),
            None => return false,
        },
    };
    let counter = &mut chunk[bucket % PARTS];
    // One that is full stays full: the sums have the value all the same.
    let Some(next) = counter.checked_add(1) else {
        return false;
    };
    *counter = next;
    true
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
        assert!(histogram.add_small(&mut budget, 5));
        histogram.small.as_mut().expect("made")[5] = u32::MAX;
        assert!(!histogram.add_small(&mut budget, 5));
        assert_eq!(histogram.read(), [(5, u64::from(u32::MAX))]);
    }

    #[test]
    fn a_budget_that_is_used_up_says_so() {
        let (mut budget, mut histogram) = (ChunkBudget(1), Histogram::default());
        assert!(histogram.add_small(&mut budget, 5));
        assert!(!histogram.add_divided(&mut budget, PARTS));
        assert!(histogram.add_small(&mut budget, 6));
        assert_eq!(histogram.read(), [(5, 1), (6, 1)]);
    }
}
