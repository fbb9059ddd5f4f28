//! The derived layer of a report: what follows from the primary one.

use std::collections::BTreeMap;

use super::contrast;
use super::correct;
use crate::Distribution;
use crate::names::{Arm, Detail, LockOp, Outcome, Phase};
use crate::{ArmReport, HopGroup, Mean, Outcomes, Report, SiteReport};

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
    /// Computes [`Report::arms`], [`Report::sites`], [`Report::contrast`], [`Report::span_means`] and the observer's effect
    /// anew.
    pub fn derive(&mut self) {
        let floor = self.clock.as_ref().map(|clock| clock.ordered_floor_ns);
        self.arms = arms(&self.groups, floor);
        self.sites = sites(&self.groups);
        self.contrast = contrast::contrasts(self);
        self.span_means = correct::span_means(self);
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

/// The detail whose joined hops durations are taken from: a detailed hop carries more spans and pays for them, so coarse
/// ones where there are some.
fn basis<'a>(groups: impl Iterator<Item = &'a HopGroup>) -> Detail {
    let mut joined = groups.filter(|group| group.key.outcome == Outcome::Joined);
    if joined.any(|group| group.key.detail == Detail::Phases) { Detail::Phases } else { Detail::Locks }
}

fn mean(lengths: &Distribution, floor: Option<f64>) -> Option<Mean> {
    let raw = lengths.mean()?;
    Some(Mean { raw, corrected: floor.map(|floor| raw - floor).filter(|&ns| ns > 0.0) })
}

fn arms(groups: &[HopGroup], floor: Option<f64>) -> BTreeMap<Arm, ArmReport> {
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
        let basis = basis(own());
        for group in own().filter(|g| g.key.outcome == Outcome::Joined && g.key.detail == basis) {
            arm.hop_ns.merge(&group.hop_ns);
            arm.overhead_ns.merge(&group.overhead_ns);
            if let Some(transfer) = group.phases.get(&Phase::Transfer) {
                arm.transfer_ns.merge(transfer);
            }
        }
        if arm.detailed_transfers > 0 {
            // Nothing took a detached hop over; what it published is not seen.
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
            let mut lengths: BTreeMap<LockOp, Distribution> = BTreeMap::new();
            let mut copied = Distribution::default();
            for group in transferred() {
                copied.merge(&group.copies);
                group.locks.iter().for_each(|(&op, lock)| lengths.entry(op).or_default().merge(&lock.ns));
            }
            arm.lock_mean_ns = lengths.iter().filter_map(|(&op, ns)| Some((op, mean(ns, floor)?))).collect();
            arm.copy_mean_ns = mean(&copied, floor);
        }
    }
    arms
}

fn sites(groups: &[HopGroup]) -> Vec<SiteReport> {
    let mut alike: BTreeMap<(&str, &str, Arm), Vec<&HopGroup>> = BTreeMap::new();
    for group in groups {
        alike.entry((&group.key.site, &group.key.job, group.key.arm)).or_default().push(group);
    }
    let sites = alike.into_iter().map(|((site, job, arm), groups)| {
        let mut report = SiteReport {
            site: site.to_owned(),
            job: job.to_owned(),
            arm,
            hops: 0,
            outcomes: Outcomes::default(),
            in_a_row: 0,
            in_a_burst: 0,
            first_of_task: 0,
            nested: 0,
            pools: BTreeMap::new(),
            unjoined_run_ns: Distribution::default(),
            busy_ns: 0,
            phases: BTreeMap::new(),
            starts: BTreeMap::new(),
            hop_ns: Distribution::default(),
            overhead_ns: Distribution::default(),
        };
        let basis = basis(groups.iter().copied());
        for group in groups {
            report.hops += group.hop_ns.count();
            report.in_a_row += group.in_a_row;
            report.in_a_burst += group.in_a_burst;
            report.first_of_task += group.first_of_task;
            report.nested += group.nested;
            for (&runtime, hops) in &group.pools {
                *report.pools.entry(runtime).or_default() += hops;
            }
            if let Some(run) = group.phases.get(&Phase::Run) {
                report.busy_ns = report.busy_ns.saturating_add(run.sum());
                if group.key.outcome != Outcome::Joined {
                    report.unjoined_run_ns.merge(run);
                }
            }
            report.outcomes.add_ended(group.key.outcome, group.hop_ns.count());
            if group.key.outcome == Outcome::Joined && group.key.detail == basis {
                report.add_lengths(group);
            }
        }
        report
    });
    let mut sites: Vec<SiteReport> = sites.collect();
    // Means times hops, since lengths may be known of some hops only. A stable sort: sites that paid the same stay in the
    // order of their names.
    let paid = |site: &SiteReport| site.overhead_ns.mean().unwrap_or(0.0) * site.outcomes.joined as f64;
    sites.sort_by(|a, b| paid(b).total_cmp(&paid(a)));
    sites
}

impl SiteReport {
    fn add_lengths(&mut self, group: &HopGroup) {
        self.hop_ns.merge(&group.hop_ns);
        self.overhead_ns.merge(&group.overhead_ns);
        for (&phase, lengths) in &group.phases {
            self.phases.entry(phase).or_default().merge(lengths);
        }
        for (&kind, lengths) in &group.starts {
            self.starts.entry(kind).or_default().merge(lengths);
        }
    }
}
