//! Sums per stretch of time, per arm and detail: what the intervals of [`crate::report`]'s contrasts come from.
//!
//! A series has a fixed number of blocks. When time runs past the last one, neighbours are added up and the blocks'
//! length doubles, so that a capture of any length has between half that number and all of it.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

use super::histogram::bump;
use crate::names::{Arm, Detail};
use crate::report::{BlockSeries, Blocks};

/// Blocks of a series.
const BLOCKS: usize = 128;
/// Length of a block at first: 2^23 ns, 8.4 ms.
const FIRST_SHIFT: u32 = 23;

/// Hops, sum of their transfers, sum of their lengths.
type Sums = (u64, u64, u64);

#[derive(Debug)]
struct Series {
    /// Odd while the owner adds neighbours up.
    version: AtomicU32,
    shift: AtomicU32,
    blocks: [[AtomicU64; 3]; BLOCKS],
}

impl Series {
    fn new() -> Self {
        Self {
            version: AtomicU32::new(0),
            shift: AtomicU32::new(FIRST_SHIFT),
            blocks: [const { [const { AtomicU64::new(0) }; 3] }; BLOCKS],
        }
    }

    #[inline]
    fn add(&self, at_ns: u64, transfer_ns: u64, hop_ns: u64) {
        let index = loop {
            // ORDERING: relaxed; only the owner writes it.
            match usize::try_from(at_ns >> self.shift.load(Ordering::Relaxed)) {
                Ok(index) if index < BLOCKS => break index,
                _ => self.double(),
            }
        };
        let [hops, transfer, hop] = &self.blocks[index];
        bump(transfer, transfer_ns);
        bump(hop, hop_ns);
        bump(hops, 1);
    }

    #[cold]
    fn double(&self) {
        let version = self.version.load(Ordering::Relaxed);
        // ORDERING: a seqlock's writer. The release fence keeps the stores below after the odd version; the release
        // store at the end keeps them before the even one.
        self.version.store(version.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        for i in 0..BLOCKS {
            for figure in 0..3 {
                let of = |j: usize| self.blocks.get(j).map_or(0, |block| block[figure].load(Ordering::Relaxed));
                let sum = of(2 * i) + of(2 * i + 1);
                self.blocks[i][figure].store(sum, Ordering::Relaxed);
            }
        }
        self.shift.store(self.shift.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        self.version.store(version.wrapping_add(2), Ordering::Release);
    }

    fn read(&self) -> (u32, Vec<Sums>) {
        loop {
            // ORDERING: a seqlock's reader. Acquire pairs with the writer's last store; the fence keeps the loads
            // before the second look at the version. Doubling takes under a microsecond and becomes ever rarer.
            let version = self.version.load(Ordering::Acquire);
            if version % 2 == 0 {
                let shift = self.shift.load(Ordering::Relaxed);
                let sums = self.blocks.iter().map(|block| {
                    let [hops, transfer, hop] = block.each_ref().map(|figure| figure.load(Ordering::Relaxed));
                    (hops, transfer, hop)
                });
                let sums = sums.collect();
                fence(Ordering::Acquire);
                if self.version.load(Ordering::Relaxed) == version {
                    return (shift, sums);
                }
            }
            std::hint::spin_loop();
        }
    }
}

const ARMS: usize = Arm::ALL.len();
const DETAILS: usize = Detail::ALL.len();

/// All series of one thread: 3 KiB for each arm and detail that it has recorded.
#[derive(Debug)]
pub(super) struct BlockTable([OnceLock<Box<Series>>; ARMS * DETAILS]);

impl Default for BlockTable {
    fn default() -> Self {
        Self([const { OnceLock::new() }; ARMS * DETAILS])
    }
}

impl BlockTable {
    /// Adds a joined hop that ended `at_ns` after the capture began.
    #[inline]
    pub(super) fn add(&self, arm: Arm, detail: Detail, at_ns: u64, transfer_ns: u64, hop_ns: u64) {
        let series = &self.0[arm as usize * DETAILS + detail as usize];
        series.get_or_init(|| Box::new(Series::new())).add(at_ns, transfer_ns, hop_ns);
    }
}

/// The tables of all threads as one series for each arm and detail, all of the longest block's length.
pub(super) fn read<'a>(tables: impl Iterator<Item = &'a BlockTable>) -> Option<Blocks> {
    let mut read = Vec::new();
    for table in tables {
        for (i, series) in table.0.iter().enumerate() {
            if let Some(series) = series.get() {
                read.push(((Arm::ALL[i / DETAILS], Detail::ALL[i % DETAILS]), series.read()));
            }
        }
    }
    let shift = read.iter().map(|(_, (shift, _))| *shift).max()?;
    let mut merged: BTreeMap<(Arm, Detail), BTreeMap<u32, Sums>> = BTreeMap::new();
    for (key, (own, sums)) in read {
        for (i, sums) in (0u32..).zip(sums).filter(|(_, sums)| sums.0 > 0) {
            let block = merged.entry(key).or_default().entry(i >> (shift - own)).or_default();
            *block = (block.0 + sums.0, block.1 + sums.1, block.2 + sums.2);
        }
    }
    let series = merged.into_iter().map(|((arm, detail), blocks)| BlockSeries {
        arm,
        detail,
        blocks: blocks.into_iter().map(|(i, (hops, transfer, hop))| (i, hops, transfer, hop)).collect(),
    });
    Some(Blocks { length_ns: 1 << shift, series: series.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubling_loses_nothing() {
        let table = BlockTable::default();
        for i in 0..10_000u64 {
            table.add(Arm::Naive, Detail::Locks, i << 22, 3, 5);
        }
        let blocks = read(std::iter::once(&table)).unwrap();
        let series = &blocks.series[0].blocks;
        assert!(series.len() > BLOCKS / 2 && series.len() <= BLOCKS);
        let total = series.iter().fold((0, 0, 0), |t, b| (t.0 + b.1, t.1 + b.2, t.2 + b.3));
        assert_eq!(total, (10_000, 30_000, 50_000));
        assert_eq!(blocks.length_ns * 128, (1u64 << 22) * 16384);
    }

    #[test]
    fn series_of_other_lengths_are_brought_to_the_longest() {
        let (short, long) = (BlockTable::default(), BlockTable::default());
        short.add(Arm::Native, Detail::Phases, 0, 1, 1);
        short.add(Arm::Native, Detail::Phases, 2 << 23, 1, 1);
        long.add(Arm::Native, Detail::Phases, 200 << 23, 1, 1);
        let blocks = read([&short, &long].into_iter()).unwrap();
        assert_eq!(blocks.length_ns, 1 << 24);
        assert_eq!(blocks.series[0].blocks, [(0, 1, 1, 1), (1, 1, 1, 1), (100, 1, 1, 1)]);
    }
}
