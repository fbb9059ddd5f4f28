//! Hops' time, added up: the phases, and what lies inside them.

use std::collections::BTreeMap;

use tollbridge_report::HopGroup;
use tollbridge_report::names::{LockOp, Phase, StartKind};

/// What lies inside a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::write) enum Inside {
    /// Not inside the `start` phase but the whole of it, by how the job got its thread.
    Start(StartKind),
    Lock(LockOp),
    Copy,
}

impl std::fmt::Display for Inside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Start(kind) => f.write_str(kind.as_str()),
            Self::Lock(op) => write!(f, "lock {op}"),
            Self::Copy => f.write_str("copy"),
        }
    }
}

impl Inside {
    /// The phase that it lies in.
    pub(in crate::write) fn phase(self) -> Phase {
        match self {
            Self::Start(_) | Self::Lock(LockOp::Start) => Phase::Start,
            Self::Lock(LockOp::Publish) => Phase::Publish,
            Self::Lock(LockOp::Wait | LockOp::Cancel) => Phase::Resume,
            Self::Lock(LockOp::Done | LockOp::Cancelled | LockOp::Exception | LockOp::Result | LockOp::Snapshot)
            | Self::Copy => Phase::Transfer,
        }
    }
}

/// One site's hops, added up.
#[derive(Default)]
pub(in crate::write) struct Sums {
    pub(super) overhead: u64,
    phases: BTreeMap<Phase, u64>,
    /// Bridge locks and copies in time order, behind the starts.
    inside: BTreeMap<Inside, u64>,
}

/// Which of the starts' kinds, the bridge locks and the copies are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::write) enum Depth {
    /// Bridge locks and copies.
    Spans,
    /// Those, and how each job got its thread.
    Starts,
}

impl Sums {
    pub(in crate::write) fn add(&mut self, group: &HopGroup, depth: Depth) {
        self.overhead = self.overhead.saturating_add(group.overhead_ns.sum());
        for (&phase, lengths) in &group.phases {
            add(&mut self.phases, phase, lengths.sum());
        }
        if depth == Depth::Starts {
            group.starts.iter().for_each(|(&kind, ns)| add(&mut self.inside, Inside::Start(kind), ns.sum()));
        }
        group.locks.iter().for_each(|(&op, lock)| add(&mut self.inside, Inside::Lock(op), lock.ns.sum()));
        if group.copies.count() > 0 {
            add(&mut self.inside, Inside::Copy, group.copies.sum());
        }
    }

    /// Length of a phase in ns.
    pub(in crate::write) fn phase(&self, phase: Phase) -> u64 {
        self.phases.get(&phase).copied().unwrap_or(0)
    }

    /// What lies inside a phase, in time order, and never longer than the phase.
    pub(in crate::write) fn inside(&self, phase: Phase) -> Vec<(Inside, u64)> {
        let measured = || self.inside.iter().filter(|(inside, _)| inside.phase() == phase);
        let whole: u128 = measured().map(|(_, &ns)| u128::from(ns)).sum();
        let room = u128::from(self.phase(phase));
        let fitted = |ns: u64| {
            if whole <= room { ns } else { u64::try_from(u128::from(ns) * room / whole).unwrap_or(ns) }
        };
        measured().map(|(&inside, &ns)| (inside, fitted(ns))).collect()
    }
}

fn add<K: Ord>(sums: &mut BTreeMap<K, u64>, key: K, ns: u64) {
    let sum = sums.entry(key).or_default();
    *sum = sum.saturating_add(ns);
}
