//! The derived layer of a report: what follows from the primary one.

use std::collections::BTreeMap;

use super::contrast;
use super::model::{ArmReport, HopGroup, Outcomes, Report, SiteReport};
use crate::names::{Arm, Detail, Outcome, Phase};

impl Outcomes {
    fn add_ended(&mut self, outcome: Outcome, hops: u64) {
        self.submitted += hops;
        match outcome {
            Outcome::Joined => self.joined += hops,
            Outcome::Panicked => self.panicked += hops,
            Outcome::Cancelled => self.cancelled += hops,
            Outcome::Detached => self.detached += hops,
        }
    }

    /// How many have ended, however.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.joined + self.panicked + self.cancelled + self.detached
    }
}

impl Report {
    /// Computes [`Report::arms`], [`Report::sites`], [`Report::contrast`] and the observer's effect anew.
    pub fn derive(&mut self) {
        self.arms = arms(&self.groups);
        self.sites = sites(&self.groups);
        self.contrast = contrast::contrasts(self);
        self.observer.detailed_minus_coarse_ns = contrast::detailed_minus_coarse(self);
    }

    /// Hops that ended, however: joined, panicked, cancelled, detached.
    #[must_use]
    pub fn hops(&self) -> u64 {
        self.groups.iter().map(|group| group.hop_ns.count()).sum()
    }
}

/// Whether the outcome reached an awaiter of ours.
fn is_transfer(group: &HopGroup) -> bool {
    group.key.outcome != Outcome::Detached && group.key.arm != Arm::Wrapped
}

fn arms(groups: &[HopGroup]) -> BTreeMap<Arm, ArmReport> {
    let mut arms: BTreeMap<Arm, ArmReport> = BTreeMap::new();
    for group in groups {
        let hops = group.hop_ns.count();
        let arm = arms.entry(group.key.arm).or_default();
        arm.hops += hops;
        arm.outcomes.add_ended(group.key.outcome, hops);
        if is_transfer(group) {
            arm.transfers += hops;
            if group.key.detail == Detail::Locks {
                arm.detailed_transfers += hops;
            }
        }
        for (&op, lock) in &group.locks {
            *arm.bridge_locks.entry(op).or_default() += lock.ns.count();
            arm.contended += lock.contended;
        }
    }
    for (&name, arm) in &mut arms {
        let own = || groups.iter().filter(move |group| group.key.arm == name);
        let joined = |detail| own().filter(move |g| g.key.outcome == Outcome::Joined && g.key.detail == detail);
        let basis = if joined(Detail::Phases).next().is_some() { Detail::Phases } else { Detail::Locks };
        for group in joined(basis) {
            arm.hop_ns.merge(&group.hop_ns);
            arm.overhead_ns.merge(&group.overhead_ns);
            if let Some(transfer) = group.phases.get(&Phase::Transfer) {
                arm.transfer_ns.merge(transfer);
            }
        }
        if arm.detailed_transfers > 0 {
            // A detached hop has published, and nothing took it over: its lock is no transfer's.
            let transferred = || own().filter(|group| is_transfer(group));
            let locks = |of_transfer: bool| {
                let counts = transferred().flat_map(|group| &group.locks);
                counts.filter(|(op, _)| op.is_transfer() == of_transfer).map(|(_, lock)| lock.ns.count()).sum::<u64>()
            };
            let copies: u64 = transferred().map(|group| group.copies.count()).sum();
            let per_transfer = |count: u64| Some(count as f64 / arm.detailed_transfers as f64);
            arm.locks_per_transfer = per_transfer(locks(true));
            arm.publish_locks_per_transfer = per_transfer(locks(false));
            arm.copies_per_transfer = per_transfer(copies);
        }
    }
    arms
}

fn sites(groups: &[HopGroup]) -> Vec<SiteReport> {
    let mut sites: BTreeMap<(&str, &str, Arm), SiteReport> = BTreeMap::new();
    for group in groups {
        let key = &group.key;
        let site = sites.entry((&key.site, &key.job, key.arm)).or_insert_with(|| SiteReport {
            site: key.site.clone(),
            job: key.job.clone(),
            arm: key.arm,
            hops: 0,
            outcomes: Outcomes::default(),
            phases: BTreeMap::new(),
            starts: BTreeMap::new(),
            hop_ns: super::Distribution::default(),
            overhead_ns: super::Distribution::default(),
        });
        site.hops += group.hop_ns.count();
        site.outcomes.add_ended(key.outcome, group.hop_ns.count());
        if key.outcome != Outcome::Joined {
            continue;
        }
        site.hop_ns.merge(&group.hop_ns);
        site.overhead_ns.merge(&group.overhead_ns);
        for (&phase, lengths) in &group.phases {
            site.phases.entry(phase).or_default().merge(lengths);
        }
        for (&kind, lengths) in &group.starts {
            site.starts.entry(kind).or_default().merge(lengths);
        }
    }
    let mut sites: Vec<SiteReport> = sites.into_values().collect();
    // A stable sort: sites that paid the same stay in the order of their names.
    sites.sort_by_key(|site| std::cmp::Reverse(site.overhead_ns.sum()));
    sites
}
