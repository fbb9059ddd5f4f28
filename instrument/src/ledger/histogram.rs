//! One thread's histograms: chunks of counters, handed out as values come.
//!
//! A histogram has a chunk for each power of two that it has seen, and most see three or four. So a node holds the
//! indices of its chunks, 76 bytes, and the chunks, 128 bytes each, come from a pool that all nodes of a thread share.
//! One thread writes, any thread reads: counters are atomics that the owner loads and stores, never read-modify-writes.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};

use crate::report::{bucket_of, bucket_range};

const PARTS: usize = 32;
const GROUPS: usize = crate::report::BUCKETS / PARTS;
/// Chunks that are allocated at once: 8 KiB.
const SEGMENT: usize = 64;
/// Chunks of one thread, at most: 2 MiB.
const MAX_CHUNKS: usize = 256 * SEGMENT;

type Chunk = [AtomicU32; PARTS];

/// Adds to a counter that only the calling thread writes.
#[inline(always)]
pub(super) fn bump(counter: &std::sync::atomic::AtomicU64, by: u64) {
    // ORDERING: relaxed; one writer, and a reader needs no order between counters: it may be off by one update.
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(by), Ordering::Relaxed);
}

/// The chunks of one thread.
#[derive(Debug)]
pub(super) struct ChunkPool {
    segments: Box<[OnceLock<Box<[Chunk; SEGMENT]>>]>,
    used: AtomicU32,
}

impl Default for ChunkPool {
    fn default() -> Self {
        // Index 0 means "none", so the first chunk is never handed out.
        Self { segments: (0..MAX_CHUNKS / SEGMENT).map(|_| OnceLock::new()).collect(), used: AtomicU32::new(1) }
    }
}

impl ChunkPool {
    #[inline]
    fn get(&self, index: u16) -> Option<&Chunk> {
        let index = usize::from(index);
        self.segments.get(index / SEGMENT)?.get().map(|segment| &segment[index % SEGMENT])
    }

    /// A fresh chunk, all zero; `None` once all are in use.
    #[cold]
    fn take(&self) -> Option<u16> {
        // ORDERING: relaxed; only the owner takes. The segment is published by its `OnceLock`.
        let index = self.used.load(Ordering::Relaxed);
        let segment = self.segments.get(index as usize / SEGMENT)?;
        segment.get_or_init(|| Box::new([const { [const { AtomicU32::new(0) }; PARTS] }; SEGMENT]));
        self.used.store(index + 1, Ordering::Relaxed);
        u16::try_from(index).ok()
    }
}

/// One histogram: the indices of its chunks.
#[derive(Debug)]
pub(super) struct Histogram([AtomicU16; GROUPS]);

impl Default for Histogram {
    fn default() -> Self {
        Self([const { AtomicU16::new(0) }; GROUPS])
    }
}

impl Histogram {
    /// Counts a value; false if there is no room for it.
    #[inline]
    pub(super) fn add(&self, pool: &ChunkPool, value: u64) -> bool {
        let bucket = bucket_of(value);
        let slot = &self.0[bucket / PARTS];
        // ORDERING: relaxed; only the owner writes the index, and it reads its own.
        let mut index = slot.load(Ordering::Relaxed);
        if index == 0 {
            let Some(fresh) = pool.take() else {
                return false;
            };
            index = fresh;
            // ORDERING: relaxed; the chunk's memory is published by its segment's `OnceLock`.
            slot.store(index, Ordering::Relaxed);
        }
        let Some(chunk) = pool.get(index) else {
            return false;
        };
        let counter = &chunk[bucket % PARTS];
        // ORDERING: relaxed, as in `bump`.
        let Some(next) = counter.load(Ordering::Relaxed).checked_add(1) else {
            return false;
        };
        counter.store(next, Ordering::Relaxed);
        true
    }

    /// Pairs of bucket and count, sorted, no zeros.
    pub(super) fn read(&self, pool: &ChunkPool) -> Vec<(u16, u64)> {
        let mut counts = Vec::new();
        for (group, slot) in self.0.iter().enumerate() {
            // ORDERING: relaxed, as in `add`; index 0 or an unpublished segment reads as empty.
            let index = slot.load(Ordering::Relaxed);
            let Some(chunk) = (index != 0).then(|| pool.get(index)).flatten() else {
                continue;
            };
            for (part, counter) in chunk.iter().enumerate() {
                let count = u64::from(counter.load(Ordering::Relaxed));
                if count > 0 {
                    let bucket = u16::try_from(group * PARTS + part).unwrap_or(u16::MAX);
                    debug_assert!(bucket_range(usize::from(bucket)).0 < u64::MAX);
                    counts.push((bucket, count));
                }
            }
        }
        counts
    }
}
