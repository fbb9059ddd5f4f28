//! Histograms of one account: chunks of counters, handed out as values come.
//!
//! A histogram has a chunk for each power of two that it has seen, and most see three or four. So a node holds the
//! indices of its chunks, and the chunks, 128 bytes each, come from a pool that all nodes of an account share.

use crate::report::{bucket_of, bucket_range};

const PARTS: usize = crate::report::PARTS;
const GROUPS: usize = crate::report::BUCKETS / PARTS;
/// Chunks that are allocated at once: 8 KiB. They never move, so that no value waits for a copy of the others.
const SEGMENT: usize = 64;
/// Chunks of one account, at most: 32 MiB.
const MAX_CHUNKS: usize = 4_096 * SEGMENT;

type Chunk = [u32; PARTS];

/// The chunks of one account.
#[derive(Debug, Default)]
pub(super) struct ChunkPool {
    segments: Vec<Box<[Chunk; SEGMENT]>>,
    used: usize,
}

impl ChunkPool {
    /// Chunk number `slot` (from 1).
    #[inline]
    fn get(&self, slot: u32) -> Option<&Chunk> {
        let index = slot as usize - 1;
        self.segments.get(index / SEGMENT).map(|segment| &segment[index % SEGMENT])
    }

    #[inline]
    fn get_mut(&mut self, slot: u32) -> Option<&mut Chunk> {
        let index = slot as usize - 1;
        self.segments.get_mut(index / SEGMENT).map(|segment| &mut segment[index % SEGMENT])
    }

    /// The number of a fresh chunk, all zero; `None` once all are in use.
    #[cold]
    #[inline(never)]
    fn take(&mut self) -> Option<u32> {
        if self.used == self.segments.len() * SEGMENT {
            if self.used == MAX_CHUNKS {
                return None;
            }
            self.segments.push(Box::new([[0; PARTS]; SEGMENT]));
        }
        self.used += 1;
        u32::try_from(self.used).ok()
    }
}

/// One histogram: the numbers of its chunks, 0 for none.
#[derive(Debug)]
pub(super) struct Histogram([u32; GROUPS]);

impl Default for Histogram {
    fn default() -> Self {
        Self([0; GROUPS])
    }
}

impl Histogram {
    /// Counts a value; false if there is no room for it.
    #[inline]
    pub(super) fn add(&mut self, pool: &mut ChunkPool, value: u64) -> bool {
        let bucket = bucket_of(value);
        let slot = &mut self.0[bucket / PARTS];
        if *slot == 0 {
            let Some(fresh) = pool.take() else {
                return false;
            };
            *slot = fresh;
        }
        let Some(chunk) = pool.get_mut(*slot) else {
            return false;
        };
        let counter = &mut chunk[bucket % PARTS];
        let Some(next) = counter.checked_add(1) else {
            return false;
        };
        *counter = next;
        true
    }

    /// Pairs of bucket and count, sorted, no zeros.
    pub(super) fn read(&self, pool: &ChunkPool) -> Vec<(u16, u64)> {
        let chunks = self.0.iter().enumerate().filter(|(_, slot)| **slot != 0);
        let chunks = chunks.filter_map(|(group, &slot)| Some((group, pool.get(slot)?)));
        let mut counts = Vec::new();
        for (group, chunk) in chunks {
            for (part, &count) in chunk.iter().enumerate().filter(|(_, count)| **count > 0) {
                let bucket = u16::try_from(group * PARTS + part).unwrap_or(u16::MAX);
                debug_assert!(bucket_range(usize::from(bucket)).0 < u64::MAX);
                counts.push((bucket, u64::from(count)));
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_that_is_full_says_so_and_stays() {
        let (mut pool, mut histogram) = (ChunkPool::default(), Histogram::default());
        assert!(histogram.add(&mut pool, 5));
        pool.segments[0][0][5] = u32::MAX;
        assert!(!histogram.add(&mut pool, 5));
        assert_eq!(histogram.read(&pool), [(5, u64::from(u32::MAX))]);
    }

    #[test]
    fn a_pool_that_is_used_up_says_so() {
        let (mut pool, mut histogram) = (ChunkPool { segments: Vec::new(), used: 0 }, Histogram::default());
        pool.segments = (0..MAX_CHUNKS / SEGMENT).map(|_| Box::new([[0; PARTS]; SEGMENT])).collect();
        pool.used = MAX_CHUNKS;
        assert!(!histogram.add(&mut pool, 5));
        assert!(histogram.read(&pool).is_empty());
    }
}
