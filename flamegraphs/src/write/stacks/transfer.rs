//! What one transfer takes, arm by arm.
//!
//! Values are per 1,000 transfers, so that means survive in whole numbers: counts of bridge locks and copies, or their
//! ns. All of it comes from detailed hops, whose locks and copies were recorded; in ns, their probes are in it too.
//!
//! The difference has the snapshot before and naive after, since a flamegraph takes its widths from what comes after:
//! the other way round the locks that vanish would have no width to be seen by.

use std::collections::BTreeMap;

use tollbridge_report::names::{Arm, Detail, LockOp, Outcome, Phase};
use tollbridge_report::{Distribution, Report};

use super::{Stacks, Value};

/// What the values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::write) enum Scale {
    /// Bridge locks and copies, counted.
    Counts,
    /// Their lengths in ns.
    Ns,
}

/// What an arm's values stand for.
const TRANSFERS: u64 = 1000;

const ROOT: &str = "transfer";

/// The arms in the order of their pictures, most work first.
const ARMS: [Arm; 3] = [Arm::Naive, Arm::Snapshot, Arm::Native];

#[derive(Clone, Copy, Default)]
struct Sum {
    count: u64,
    ns: u64,
}

impl Sum {
    fn add(&mut self, lengths: &Distribution) {
        self.count += lengths.count();
        self.ns = self.ns.saturating_add(lengths.sum());
    }
}

/// An arm's detailed transfers.
#[derive(Default)]
struct TransferSums {
    transfers: u64,
    transfer_ns: u64,
    locks: BTreeMap<LockOp, Sum>,
    copies: Sum,
}

impl TransferSums {
    /// `None` if nothing was recorded in detail.
    fn of(report: &Report, arm: Arm) -> Option<Self> {
        let mut sums = Self::default();
        for group in &report.groups {
            let key = &group.key;
            if key.arm != arm || key.detail != Detail::Locks || key.outcome == Outcome::Detached {
                continue;
            }
            sums.transfers += group.hop_ns.count();
            let ns = group.phases.get(&Phase::Transfer).map_or(0, |lengths| lengths.sum());
            sums.transfer_ns = sums.transfer_ns.saturating_add(ns);
            for (&op, lock) in group.locks.iter().filter(|(op, _)| op.is_transfer()) {
                sums.locks.entry(op).or_default().add(&lock.ns);
            }
            sums.copies.add(&group.copies);
        }
        (sums.transfers > 0).then_some(sums)
    }

    fn per_transfers(&self, sum: u64) -> u64 {
        let rounded =
            (u128::from(sum) * u128::from(TRANSFERS) + u128::from(self.transfers / 2)) / u128::from(self.transfers);
        u64::try_from(rounded).unwrap_or(u64::MAX)
    }

    /// Frames of the transfer in time order, then their values; `None` if it never has that frame.
    fn frames(&self, scale: Scale) -> impl Iterator<Item = (String, Option<u64>)> {
        let value = move |sum: Sum| {
            (sum.count > 0).then(|| {
                self.per_transfers(match scale {
                    Scale::Counts => sum.count,
                    Scale::Ns => sum.ns,
                })
            })
        };
        let locks = LockOp::ALL.iter().filter(|op| op.is_transfer());
        locks
            .map(move |op| (format!("lock {op}"), value(self.locks.get(op).copied().unwrap_or_default())))
            .chain(std::iter::once(("copy".to_owned(), value(self.copies))))
    }

    /// What of the transfer is neither lock nor copy: nothing, in counts.
    fn own(&self, scale: Scale) -> u64 {
        match scale {
            Scale::Counts => 0,
            Scale::Ns => {
                let inside = self.frames(scale).filter_map(|(_, value)| value).fold(0, u64::saturating_add);
                self.per_transfers(self.transfer_ns).saturating_sub(inside)
            }
        }
    }
}

/// The arms side by side on one scale.
pub(in crate::write) fn transfers(report: &Report, scale: Scale) -> Stacks {
    let mut stacks = Stacks::default();
    for arm in ARMS {
        let Some(sums) = TransferSums::of(report, arm) else {
            continue;
        };
        let own = sums.own(scale);
        if own > 0 {
            stacks.push(&[ROOT, arm.as_str()], Value::One(own));
        }
        for (name, value) in sums.frames(scale) {
            if let Some(value) = value {
                stacks.push(&[ROOT, arm.as_str(), &name], Value::One(value));
            }
        }
    }
    stacks
}

/// Snapshot before, naive after; the same stacks in both.
pub(in crate::write) fn difference(report: &Report, scale: Scale) -> Stacks {
    let mut stacks = Stacks::default();
    let (Some(before), Some(after)) = (TransferSums::of(report, Arm::Snapshot), TransferSums::of(report, Arm::Naive))
    else {
        return stacks;
    };
    let own = Value::Two(before.own(scale), after.own(scale));
    if own != Value::Two(0, 0) {
        // Before its children: a parent's colour is that of the line that first names it.
        stacks.push(&[ROOT], own);
    }
    for ((name, before), (_, after)) in before.frames(scale).zip(after.frames(scale)) {
        if before.or(after).is_some() {
            stacks.push(&[ROOT, &name], Value::Two(before.unwrap_or(0), after.unwrap_or(0)));
        }
    }
    stacks
}
