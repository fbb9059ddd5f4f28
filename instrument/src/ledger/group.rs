//! Hops that are alike, added up by one thread: a tree of known shape, so a span finds its node by its kind alone.
//!
//! Lengths of 0, which half of the phases have most of the time, are not recorded: [`Group::read`] knows how many hops
//! there were, and adds the zeros that are missing.

use std::sync::OnceLock;

use super::histogram::{ChunkPool, bump};
use super::recorder::Losses;
use super::stat::Stat;
use crate::hop::{HopRecord, OpKind, Ops, Phases};
use crate::names::{Arm, Detail, LockOp, Outcome, Phase, StartKind};
use crate::report::{Distribution, HopGroup, is_outlier};

/// What makes hops alike, within a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct GroupId {
    /// Index of the site in the capture's table.
    pub(super) site: u32,
    pub(super) arm: Arm,
    pub(super) detail: Detail,
    pub(super) outcome: Outcome,
}

/// Hops that are alike.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) id: GroupId,
    hop: Stat,
    overhead: Stat,
    /// By phase; `start` stands in `starts`.
    phases: [Stat; Phase::ALL.len()],
    starts: [Stat; StartKind::ALL.len()],
    /// Made with the first detailed hop.
    spans: OnceLock<Box<Spans>>,
}

#[derive(Debug, Default)]
struct Spans {
    locks: [Stat; LockOp::ALL.len()],
    copy: Stat,
    empty: Stat,
}

/// Where a group's values go, and where it says what found no room.
#[derive(Clone, Copy)]
pub(super) struct Room<'a> {
    pub(super) chunks: &'a ChunkPool,
    pub(super) losses: &'a Losses,
}

impl Room<'_> {
    #[inline]
    pub(super) fn add(self, stat: &Stat, value: u64, extra: u64) {
        if !stat.add(self.chunks, value, extra) {
            bump(&self.losses.histogram_values, 1);
        }
        if is_outlier(value) {
            bump(&self.losses.outliers, 1);
        }
    }
}

impl Group {
    pub(super) fn new(id: GroupId) -> Self {
        Self {
            id,
            hop: Stat::default(),
            overhead: Stat::default(),
            phases: Default::default(),
            starts: Default::default(),
            spans: OnceLock::new(),
        }
    }

    /// Adds a joined hop that crossed a bridge.
    #[inline]
    pub(super) fn joined(&self, room: Room<'_>, phases: &Phases) {
        for &phase in Phase::ALL {
            let length = phases.get(phase);
            if length != 0 && phase != Phase::Start {
                room.add(&self.phases[phase as usize], length, 0);
            }
        }
        room.add(&self.starts[phases.start_kind as usize], phases.get(Phase::Start), 0);
        room.add(&self.overhead, phases.overhead_ns(), 0);
        room.add(&self.hop, phases.hop_ns, 0);
    }

    /// Adds a hop that ended in another way, or that was seen from inside its closure only.
    pub(super) fn other(&self, room: Room<'_>, hop: &HopRecord<'_>) {
        let stamps = &hop.stamps;
        let end = stamps.copied.unwrap_or(stamps.called);
        let phase =
            |phase: Phase, from: u64, to: u64| room.add(&self.phases[phase as usize], to.saturating_sub(from), 0);
        if hop.arm == Arm::Wrapped {
            if let Some(start) = stamps.run_start {
                phase(Phase::Reach, stamps.called, start);
                phase(Phase::Run, start, stamps.run_end.unwrap_or(end));
            }
        } else if let Some(ready) = stamps.ready {
            phase(Phase::Transfer, ready, end);
        }
        room.add(&self.hop, end.saturating_sub(stamps.called), 0);
    }

    /// Adds the spans inside a detailed hop.
    #[inline]
    pub(super) fn spans(&self, room: Room<'_>, ops: &Ops, copied_bytes: u64) {
        let spans = self.spans.get_or_init(Box::default);
        for op in ops.iter() {
            match op.kind {
                OpKind::Lock(purpose) => room.add(&spans.locks[purpose as usize], op.ns, u64::from(op.contended)),
                OpKind::Copy => room.add(&spans.copy, op.ns, copied_bytes),
                OpKind::Empty => room.add(&spans.empty, op.ns, 0),
            }
        }
        if ops.dropped > 0 {
            bump(&room.losses.spans, u64::from(ops.dropped));
        }
    }

    /// Adds all of it to a report's group, and the empty spans to the observer's.
    pub(super) fn read(&self, chunks: &ChunkPool, into: &mut HopGroup, empty_spans: &mut Distribution) {
        let (hops, _) = self.hop.read(chunks);
        let bridged = self.id.outcome == Outcome::Joined && self.id.arm != Arm::Wrapped;
        for (&phase, stat) in Phase::ALL.iter().zip(&self.phases) {
            let (mut lengths, _) = stat.read(chunks);
            if bridged && phase != Phase::Start && phase != Phase::Reach {
                lengths.add_zeros(hops.count().saturating_sub(lengths.count()));
            }
            if lengths.count() > 0 {
                into.phases.entry(phase).or_default().merge(&lengths);
            }
        }
        for (&kind, stat) in StartKind::ALL.iter().zip(&self.starts) {
            let (lengths, _) = stat.read(chunks);
            if lengths.count() > 0 {
                into.starts.entry(kind).or_default().merge(&lengths);
                into.phases.entry(Phase::Start).or_default().merge(&lengths);
            }
        }
        into.overhead_ns.merge(&self.overhead.read(chunks).0);
        into.hop_ns.merge(&hops);
        let Some(spans) = self.spans.get() else {
            return;
        };
        for (&op, stat) in LockOp::ALL.iter().zip(&spans.locks) {
            let (lengths, contended) = stat.read(chunks);
            if lengths.count() > 0 {
                let lock = into.locks.entry(op).or_default();
                lock.ns.merge(&lengths);
                lock.contended += contended;
            }
        }
        let (copies, bytes) = spans.copy.read(chunks);
        into.copies.merge(&copies);
        into.copied_bytes += bytes;
        empty_spans.merge(&spans.empty.read(chunks).0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formula in ARCHITECTURE.md stands on these.
    #[test]
    fn sizes_are_those_of_the_formula() {
        assert_eq!(size_of::<Stat>(), 128);
        assert!(size_of::<Group>() <= 1_840, "{}", size_of::<Group>());
        assert!(size_of::<Spans>() <= 1_430, "{}", size_of::<Spans>());
    }
}
