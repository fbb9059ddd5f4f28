//! Whole hops: a uniform sample of those that were added up here, and the longest.
//!
//! Each hop draws a random number; those with the lowest draws are the sample. Unlike a reservoir whose places are drawn (Vitter,
//! "Random sampling with a reservoir", 1985, Algorithm R; Li, 1994, Algorithm L), samples of this kind merge: the lowest draws of
//! two samples together are the sample of both, exactly, whatever their sizes. So accounts, reports and processes need no weights.
//!
//! # Source
//! Cohen and Kaplan, "Summarizing data using bottom-k sketches", PODC 2007, with equal weights.

use std::collections::BinaryHeap;

use super::group::GroupId;
use crate::hop::{Threads, Ticks};
use crate::longest_of;

/// One hop as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptHop {
    /// What it drew: 53 bits, so that a float in a reader of the report holds it.
    pub draw: u64,
    /// Its group.
    pub id: GroupId,
    /// Its moments.
    pub ticks: Ticks,
    /// Its threads, but for the one that it ended on.
    pub threads: Threads,
    /// The thread that it ended on; 0 if that is not known.
    pub awaiter: u32,
}

/// The hops that one account keeps.
#[derive(Debug, Default)]
pub struct KeptHops {
    sampled: usize,
    /// The highest draw on top.
    sample: BinaryHeap<(u64, KeptHop)>,
    /// The shortest on top: by the number that is missing to the greatest length.
    longest: BinaryHeap<(u64, KeptHop)>,
}

impl KeptHops {
    /// Keeps so many, and a tenth of them beside, the longest.
    pub fn of(sampled: usize) -> Self {
        Self { sampled, ..Self::default() }
    }

    /// Keeps a hop if it belongs to the sample or to the longest. `draw`: 64 random bits.
    pub fn offer(&mut self, draw: u64, id: GroupId, ticks: &Ticks, threads: Threads, awaiter: u32) {
        let hop = KeptHop { draw: draw >> 11, id, ticks: *ticks, threads, awaiter };
        // A clock that ran backwards makes no long hop.
        let length = ticks.copied.saturating_sub(ticks.called);
        keep(&mut self.sample, self.sampled, hop.draw, hop);
        keep(&mut self.longest, longest_of(self.sampled), u64::MAX - length, hop);
    }

    /// What it keeps; a hop may be there for both reasons.
    pub fn hops(&self) -> impl Iterator<Item = &KeptHop> {
        self.sample.iter().chain(&self.longest).map(|(_, hop)| hop)
    }
}

/// Keeps those with the lowest numbers.
fn keep(kept: &mut BinaryHeap<(u64, KeptHop)>, most: usize, number: u64, hop: KeptHop) {
    if kept.len() < most {
        // All of its room at once: by doubling, up to half of it would stay empty.
        kept.reserve_exact(most - kept.len());
        kept.push((number, hop));
    } else if let Some(mut last) = kept.peek_mut().filter(|last| number < last.0) {
        *last = (number, hop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formula in docs/design/recorder.md stands on this.
    #[test]
    fn sizes_are_those_of_the_formula() {
        assert_eq!(size_of::<(u64, KeptHop)>(), 112);
    }
}
