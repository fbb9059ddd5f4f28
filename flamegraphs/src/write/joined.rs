//! Joined hops: what lies inside their phases, and why there may be none.

use tollbridge_report::names::{Arm, LockOp, Phase};
use tollbridge_report::{HopGroup, Report};

/// What lies inside a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Inside {
    Lock(LockOp),
    Copy,
}

impl std::fmt::Display for Inside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lock(op) => write!(f, "lock {op}"),
            Self::Copy => f.write_str("copy"),
        }
    }
}

impl Inside {
    /// The phase that it lies in.
    pub(super) fn phase(self) -> Phase {
        match self {
            Self::Lock(LockOp::Start) => Phase::Start,
            Self::Lock(LockOp::Publish) => Phase::Publish,
            Self::Lock(LockOp::Wait | LockOp::Cancel) => Phase::Resume,
            Self::Lock(LockOp::Done | LockOp::Cancelled | LockOp::Exception | LockOp::Result | LockOp::Snapshot)
            | Self::Copy => Phase::Transfer,
        }
    }

    /// A group's bridge locks and copies in time order, each with its ns.
    pub(super) fn of(group: &HopGroup) -> impl Iterator<Item = (Self, u64)> {
        let locks = group.locks.iter().map(|(&op, lock)| (Self::Lock(op), lock.ns.sum()));
        locks.chain((group.copies.count() > 0).then(|| (Self::Copy, group.copies.sum())))
    }
}

/// What lies inside a phase, scaled down to fill it where it was measured to be longer.
pub(super) fn fitted<I>(inside: Vec<(I, u64)>, phase_ns: u64) -> Vec<(I, u64)> {
    let whole: u128 = inside.iter().map(|(_, ns)| u128::from(*ns)).sum();
    let room = u128::from(phase_ns);
    let fit = |ns: u64| {
        if whole <= room { ns } else { u64::try_from(u128::from(ns) * room / whole).unwrap_or(ns) }
    };
    inside.into_iter().map(|(inside, ns)| (inside, fit(ns))).collect()
}

/// Why a report has no joined hop to show.
pub(super) fn why_nothing(report: &Report) -> &'static str {
    if report.hops() == 0 {
        "no hop ended; let the app run for longer, and see that it calls tollbridge::task::spawn_blocking"
    } else if report.arms.keys().all(|&arm| arm == Arm::Wrapped) {
        "all jobs went through wrap(f), which sees no transfer; use tollbridge::task::spawn_blocking"
    } else {
        "no hop was joined: every handle was dropped, cancelled, or its job panicked"
    }
}
