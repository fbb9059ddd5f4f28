//! Where the time of an arm's joined hops went: arm, site, phases in time order, bridge locks and copies inside them.
//!
//! Values are ns, summed over all joined hops. Bridge locks and copies are recorded on detailed hops only, so a site's
//! are scaled by its joined hops over its detailed ones; where noise makes the children of a phase longer than the
//! phase, they are scaled down to fill it. The rest of a phase is its own.

use std::collections::BTreeMap;

use tollbridge_instrument::names::{Arm, Detail, LockOp, Outcome, Phase};
use tollbridge_instrument::report::{HopGroup, Report};

use super::{Stacks, Value};
use crate::write::label::{self, Key, Labels};

/// Which of the phases that are the app's own are drawn.
#[derive(Clone, Copy, Debug)]
pub(in crate::write) struct Shown {
    pub(in crate::write) backlog: bool,
    pub(in crate::write) unpolled: bool,
    pub(in crate::write) run: bool,
}

impl Shown {
    fn shows(self, phase: Phase) -> bool {
        match phase {
            Phase::Reach => false,
            Phase::Backlog => self.backlog,
            Phase::Unpolled => self.unpolled,
            Phase::Run => self.run,
            Phase::Submit | Phase::Start | Phase::Publish | Phase::Resume | Phase::Transfer => true,
        }
    }
}

/// One site's joined hops.
#[derive(Default)]
struct Sums {
    hops: u64,
    detailed: u64,
    phases: BTreeMap<Phase, u64>,
    locks: BTreeMap<LockOp, u64>,
    copies: Option<u64>,
}

impl Sums {
    fn add(&mut self, group: &HopGroup) {
        let hops = group.hop_ns.count();
        self.hops += hops;
        for (&phase, lengths) in &group.phases {
            let sum = self.phases.entry(phase).or_default();
            *sum = sum.saturating_add(lengths.sum());
        }
        if group.key.detail == Detail::Locks {
            self.detailed += hops;
            for (&op, lock) in &group.locks {
                *self.locks.entry(op).or_default() += lock.ns.sum();
            }
            if group.copies.count() > 0 {
                *self.copies.get_or_insert(0) += group.copies.sum();
            }
        }
    }

    /// What lies inside a phase, in time order, scaled to all hops and never longer than the phase.
    fn inside(&self, phase: Phase) -> Vec<(String, u64)> {
        let locks = LockOp::ALL.iter().filter(|&&op| phase_of(op) == phase);
        let locks = locks.filter_map(|op| Some((format!("lock {op}"), *self.locks.get(op)?)));
        let copy = self.copies.filter(|_| phase == Phase::Transfer).map(|ns| ("copy".to_owned(), ns));
        let measured: Vec<(String, u64)> = locks.chain(copy).collect();
        let scaled = |ns: u64| u128::from(ns) * u128::from(self.hops) / u128::from(self.detailed.max(1));
        let whole: u128 = measured.iter().map(|(_, ns)| scaled(*ns)).sum();
        let room = u128::from(self.phases.get(&phase).copied().unwrap_or(0));
        let fitted = |ns: u64| {
            let ns = if whole > room { scaled(ns) * room / whole } else { scaled(ns) };
            u64::try_from(ns).unwrap_or(u64::MAX)
        };
        measured.into_iter().map(|(name, ns)| (name, fitted(ns))).collect()
    }
}

/// The phase in which a lock is taken.
fn phase_of(op: LockOp) -> Phase {
    match op {
        LockOp::Start => Phase::Start,
        LockOp::Publish => Phase::Publish,
        LockOp::Wait | LockOp::Cancel => Phase::Resume,
        LockOp::Done | LockOp::Cancelled | LockOp::Exception | LockOp::Result | LockOp::Snapshot => Phase::Transfer,
    }
}

/// The stacks of one arm, sites in the report's order: most overhead first.
pub(in crate::write) fn hop(report: &Report, labels: &Labels<'_>, arm: Arm, shown: Shown) -> Stacks {
    let mut sums: BTreeMap<Key<'_>, Sums> = BTreeMap::new();
    for group in report.groups.iter().filter(|g| g.key.arm == arm && g.key.outcome == Outcome::Joined) {
        sums.entry((&group.key.site, &group.key.job)).or_default().add(group);
    }
    let mut stacks = Stacks::default();
    for site in report.sites.iter().filter(|site| site.arm == arm) {
        let key = (site.site.as_str(), site.job.as_str());
        let Some(sums) = sums.get(&key) else { continue };
        let label = label::frame(labels.get(key));
        for &phase in Phase::ALL.iter().filter(|&&phase| shown.shows(phase)) {
            let inside = sums.inside(phase);
            let ns = sums.phases.get(&phase).copied().unwrap_or(0);
            if ns == 0 && inside.is_empty() {
                continue;
            }
            let own = ns - inside.iter().map(|(_, ns)| ns).sum::<u64>();
            let frames = [arm.as_str(), &label, phase.as_str()];
            stacks.push(&frames, Value::One(own));
            for (name, ns) in &inside {
                stacks.push(&[frames[0], frames[1], frames[2], name], Value::One(*ns));
            }
        }
    }
    stacks
}
