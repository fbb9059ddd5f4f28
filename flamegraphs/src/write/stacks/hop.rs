//! Where the time of an arm's joined hops went: arm, site, phases in time order, bridge locks and copies inside them.
//!
//! Values are ns, summed over an arm's detailed hops, since bridge locks and copies are recorded on those alone; what
//! recording them cost is in the picture too. An arm without detailed hops is drawn from its coarse ones, down to the
//! phases. Where noise makes the children of a phase longer than the phase, they are scaled down to fill it. The rest of
//! a phase is its own.

use std::collections::BTreeMap;

use tollbridge_report::names::{Arm, Detail, Outcome, Phase, PhaseKind};
use tollbridge_report::{HopGroup, Report};

use super::sums::Sums;
use super::{Stacks, Value};
use crate::sequence::SiteRef;
use crate::write::label::{self, Labels};

/// Which phases are drawn.
#[derive(Clone, Copy, Debug)]
pub(in crate::write) struct Shown([bool; Phase::ALL.len()]);

impl Default for Shown {
    /// What hops cost, and the work.
    fn default() -> Self {
        let mut shown = Self([false; Phase::ALL.len()]);
        for &phase in Phase::ALL {
            shown.set(phase, matches!(phase.kind(), PhaseKind::Overhead | PhaseKind::Run));
        }
        shown
    }
}

impl Shown {
    pub(in crate::write) fn set(&mut self, phase: Phase, shown: bool) {
        self.0[phase as usize] = shown;
    }

    fn shows(self, phase: Phase) -> bool {
        self.0[phase as usize]
    }
}

/// The joined hops that an arm is drawn from.
pub(in crate::write) struct Drawn<'a> {
    /// How much was recorded of them: all of one kind.
    pub(in crate::write) detail: Detail,
    groups: Vec<&'a HopGroup>,
}

impl<'a> Drawn<'a> {
    pub(in crate::write) fn of(report: &'a Report, arm: Arm) -> Self {
        let joined = report.groups.iter().filter(|g| g.key.arm == arm && g.key.outcome == Outcome::Joined);
        let (detailed, coarse): (Vec<_>, Vec<_>) = joined.partition(|group| group.key.detail == Detail::Locks);
        if detailed.is_empty() {
            Self { detail: Detail::Phases, groups: coarse }
        } else {
            Self { detail: Detail::Locks, groups: detailed }
        }
    }

    pub(in crate::write) fn hops(&self) -> u64 {
        self.groups.iter().map(|group| group.hop_ns.count()).sum()
    }
}

/// The stacks of one arm, sites with most overhead first.
pub(in crate::write) fn hop(labels: &Labels<'_>, arm: Arm, drawn: &Drawn<'_>, shown: Shown) -> Stacks {
    let mut sums: BTreeMap<SiteRef<'_>, Sums> = BTreeMap::new();
    for group in &drawn.groups {
        sums.entry((&group.key.site, &group.key.job)).or_default().add(group);
    }
    let mut sites: Vec<(SiteRef<'_>, Sums)> = sums.into_iter().collect();
    sites.sort_by_key(|(_, sums)| std::cmp::Reverse(sums.overhead));
    let mut stacks = Stacks::default();
    for (key, sums) in &sites {
        let label = label::frame(labels.get(*key));
        for &phase in Phase::ALL.iter().filter(|&&phase| shown.shows(phase)) {
            let inside = sums.inside(phase);
            let ns = sums.phase(phase);
            if ns == 0 && inside.is_empty() {
                continue;
            }
            let own = ns - inside.iter().map(|(_, ns)| ns).sum::<u64>();
            let frames = [arm.as_str(), &label, phase.as_str()];
            stacks.push(&frames, Value::One(own));
            for (inside, ns) in inside {
                stacks.push(&[frames[0], frames[1], frames[2], &inside.to_string()], Value::One(ns));
            }
        }
    }
    stacks
}
