//! Sums by time: whole hops to compare arms by, and what went on when.

use super::written::written;
use crate::names::{Arm, Detail};

/// Sums per stretch of time of one process.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Blocks {
    /// Length of a block.
    pub length_ns: u64,
    /// The series, by arm and detail.
    pub series: Vec<BlockSeries>,
    /// What went on when; `None` in an older report.
    #[cfg_attr(feature = "read", serde(default))]
    pub stretches: Option<Stretches>,
}

/// What went on in each stretch of time of one process. A job's time is in all the stretches in which it lies, so that divided by a stretch's
/// length these are means of what there was: never more busy threads than threads. All hops, however they ended, and those in
/// flight up to the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Stretches {
    /// Length of a stretch.
    pub length_ns: u64,
    /// From when on this was looked at, in ns since the capture began: 0, but for what happened between two reports.
    pub from_ns: u64,
    /// Up to when.
    pub to_ns: u64,
    /// Those in which something went on, sorted by index.
    pub sums: Vec<Stretch>,
}

/// What jobs did in one stretch of time, added up. In a file an array of these members in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Stretch {
    /// Which stretch: it begins at `index` times [`Stretches::length_ns`] after the capture did.
    pub index: u32,
    /// How long hops were in flight: from the call to the result, or to the end of the handle.
    pub in_flight_ns: u64,
    /// How long jobs waited for a thread: from the call to the job's begin.
    pub queued_ns: u64,
    /// How long jobs ran. One that another one runs as a function, on its own thread, is not counted again (from a log it is).
    pub run_ns: u64,
}

impl Stretch {
    pub(crate) fn new(index: u32, [in_flight_ns, queued_ns, run_ns]: [u64; 3]) -> Self {
        Self { index, in_flight_ns, queued_ns, run_ns }
    }

    /// All but its index, in the order of its members.
    pub(crate) fn sums(&self) -> [u64; 3] {
        [self.in_flight_ns, self.queued_ns, self.run_ns]
    }
}

/// The blocks of one arm at one detail; joined hops only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct BlockSeries {
    /// The arm.
    pub arm: Arm,
    /// The detail.
    pub detail: Detail,
    /// Those that saw hops, sorted by index.
    pub blocks: Vec<Block>,
}

/// What the hops that ended in one stretch of time add up to. In a file an array of these members in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "read", derive(serde::Deserialize))]
pub struct Block {
    /// Which stretch: it begins at `index` times [`Blocks::length_ns`] after the capture did.
    pub index: u32,
    /// Hops.
    pub hops: u64,
    /// Sum of their transfers.
    pub transfer_ns: u64,
    /// Sum of their lengths.
    pub hop_ns: u64,
    /// Sum of their runs.
    pub run_ns: u64,
    /// Sum of their backlogs.
    pub backlog_ns: u64,
}

impl Block {
    pub(crate) fn new(index: u32, [hops, transfer_ns, hop_ns, run_ns, backlog_ns]: [u64; 5]) -> Self {
        Self { index, hops, transfer_ns, hop_ns, run_ns, backlog_ns }
    }

    /// All but its index, in the order of its members.
    pub(crate) fn sums(&self) -> [u64; 5] {
        [self.hops, self.transfer_ns, self.hop_ns, self.run_ns, self.backlog_ns]
    }
}

written!(Blocks { length_ns, series, stretches });
written!(Stretches { length_ns, from_ns, to_ns, sums });

written!(BlockSeries { arm, detail, blocks });

impl nojson::DisplayJson for Block {
    fn fmt(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> std::fmt::Result {
        let [hops, transfer_ns, hop_ns, run_ns, backlog_ns] = self.sums();
        [self.index.into(), hops, transfer_ns, hop_ns, run_ns, backlog_ns].fmt(f)
    }
}

impl nojson::DisplayJson for Stretch {
    fn fmt(&self, f: &mut nojson::JsonFormatter<'_, '_>) -> std::fmt::Result {
        let [in_flight_ns, queued_ns, run_ns] = self.sums();
        [self.index.into(), in_flight_ns, queued_ns, run_ns].fmt(f)
    }
}
