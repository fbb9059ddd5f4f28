//! Hops' time, added up: the phases, and what lies inside them.

use std::collections::BTreeMap;

use tollbridge_report::HopGroup;
use tollbridge_report::names::Phase;

use crate::write::joined::{Inside, fitted};

/// One site's hops, added up.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) overhead: u64,
    phases: BTreeMap<Phase, u64>,
    /// Bridge locks and copies in time order.
    inside: BTreeMap<Inside, u64>,
}

impl Sums {
    pub(super) fn add(&mut self, group: &HopGroup) {
        self.overhead = self.overhead.saturating_add(group.overhead_ns.sum());
        for (&phase, lengths) in &group.phases {
            add(&mut self.phases, phase, lengths.sum());
        }
        Inside::of(group).for_each(|(inside, ns)| add(&mut self.inside, inside, ns));
    }

    /// Length of a phase in ns.
    pub(super) fn phase(&self, phase: Phase) -> u64 {
        self.phases.get(&phase).copied().unwrap_or(0)
    }

    /// What lies inside a phase, in time order, and never longer than the phase.
    pub(super) fn inside(&self, phase: Phase) -> Vec<(Inside, u64)> {
        let measured = self.inside.iter().map(|(&inside, &ns)| (inside, ns));
        fitted(measured.filter(|(inside, _)| inside.phase() == phase).collect(), self.phase(phase))
    }
}

fn add<K: Ord>(sums: &mut BTreeMap<K, u64>, key: K, ns: u64) {
    let sum = sums.entry(key).or_default();
    *sum = sum.saturating_add(ns);
}
