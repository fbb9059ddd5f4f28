//! Sums per stretch of time, per arm and detail: what the intervals of [`Contrast`](crate::Contrast)s come from.
//!
//! A series has a fixed number of blocks. When time runs past the last one, neighbours are added up and the blocks'
//! length doubles, so that a capture of any length has between half that number and all of it.

use std::collections::BTreeMap;

use crate::names::{Arm, Detail};
use crate::{Block, BlockSeries, Blocks};

/// Blocks of a series.
const BLOCKS: usize = 128;
/// Length of a block at first: 2^23 ns, 8.4 ms.
pub const FIRST_SHIFT: u32 = 23;

/// Hops; sums of their transfers, lengths, runs, backlogs, in ns.
pub type BlockSum = [u64; 5];

#[derive(Debug)]
struct Series {
    shift: u32,
    blocks: [BlockSum; BLOCKS],
}

impl Series {
    fn new() -> Self {
        Self { shift: FIRST_SHIFT, blocks: [BlockSum::default(); BLOCKS] }
    }

    #[inline]
    fn add(&mut self, at_ns: u64, sums: BlockSum) {
        let index = loop {
            match usize::try_from(at_ns >> self.shift) {
                Ok(index) if index < BLOCKS => break index,
                _ => self.double(),
            }
        };
        add(&mut self.blocks[index], sums);
    }

    #[cold]
    fn double(&mut self) {
        for i in 0..BLOCKS {
            let mut sum = BlockSum::default();
            self.blocks.iter().skip(2 * i).take(2).for_each(|&block| add(&mut sum, block));
            self.blocks[i] = sum;
        }
        self.shift += 1;
    }
}

#[inline]
fn add(to: &mut BlockSum, sums: BlockSum) {
    // Some hundred years of ns fit.
    to.iter_mut().zip(sums).for_each(|(to, sum)| *to = to.wrapping_add(sum));
}

const ARMS: usize = Arm::ALL.len();
const DETAILS: usize = Detail::ALL.len();

/// All series of one account: 5 KiB for each arm and detail that it has seen.
#[derive(Debug, Default)]
pub struct BlockTable([Option<Box<Series>>; ARMS * DETAILS]);

impl BlockTable {
    /// Adds a joined hop, or several, that ended `at_ns` after the capture began.
    #[inline]
    pub fn add(&mut self, arm: Arm, detail: Detail, at_ns: u64, sums: BlockSum) {
        let series = &mut self.0[arm as usize * DETAILS + detail as usize];
        series.get_or_insert_with(|| Box::new(Series::new())).add(at_ns, sums);
    }

    /// Adds all of it to `sums`.
    pub fn read(&self, sums: &mut BlockSums) {
        for (i, series) in self.0.iter().enumerate() {
            if let Some(series) = series {
                sums.0.push(((Arm::ALL[i / DETAILS], Detail::ALL[i % DETAILS]), series.shift, series.blocks.to_vec()));
            }
        }
    }
}

/// The tables of several accounts.
#[derive(Debug, Default)]
pub struct BlockSums(Vec<((Arm, Detail), u32, Vec<BlockSum>)>);

impl BlockSums {
    /// As one series for each arm and detail, all of the longest block's length; `None` if no hop was joined.
    pub fn merged(self) -> Option<Blocks> {
        let shift = self.0.iter().map(|(_, shift, _)| *shift).max()?;
        let mut merged: BTreeMap<(Arm, Detail), BTreeMap<u32, BlockSum>> = BTreeMap::new();
        for (key, own, sums) in self.0 {
            for (i, sums) in (0u32..).zip(sums).filter(|(_, [hops, ..])| *hops > 0) {
                add(merged.entry(key).or_default().entry(i >> (shift - own)).or_default(), sums);
            }
        }
        let series = merged.into_iter().map(|((arm, detail), blocks)| BlockSeries {
            arm,
            detail,
            blocks: blocks.into_iter().map(|(index, sums)| Block::new(index, sums)).collect(),
        });
        Some(Blocks { length_ns: 1 << shift, series: series.collect(), stretches: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tables: &[&BlockTable]) -> Blocks {
        let mut sums = BlockSums::default();
        tables.iter().for_each(|table| table.read(&mut sums));
        sums.merged().expect("some hops")
    }

    #[test]
    fn doubling_loses_nothing() {
        let mut table = BlockTable::default();
        for i in 0..10_000u64 {
            table.add(Arm::Naive, Detail::Locks, i << 22, [1, 3, 5, 2, 4]);
        }
        let blocks = read(&[&table]);
        let series = &blocks.series[0].blocks;
        assert!(series.len() > BLOCKS / 2 && series.len() <= BLOCKS);
        let total = series.iter().fold(BlockSum::default(), |mut total, block| {
            add(&mut total, block.sums());
            total
        });
        assert_eq!(total, [10_000, 30_000, 50_000, 20_000, 40_000]);
        assert_eq!(blocks.length_ns * 128, (1u64 << 22) * 16384);
    }

    #[test]
    fn series_of_other_lengths_are_brought_to_the_longest() {
        let (mut short, mut long) = (BlockTable::default(), BlockTable::default());
        short.add(Arm::Native, Detail::Phases, 0, [1; 5]);
        short.add(Arm::Native, Detail::Phases, 2 << 23, [1; 5]);
        long.add(Arm::Native, Detail::Phases, 200 << 23, [1; 5]);
        let blocks = read(&[&short, &long]);
        assert_eq!(blocks.length_ns, 1 << 24);
        assert_eq!(blocks.series[0].blocks, [0, 1, 100].map(|index| Block::new(index, [1; 5])));
    }
}
