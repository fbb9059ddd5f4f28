//! All rules, of all sites, in the order of what is to be gained.
//!
//! # What comes first
//! A pool that has stopped, jobs that do not end or run on without a caller, calls that never begin: they come from counts and from what is in flight,
//! and need no 100 hops. Then what would save most, by the middle of each range.
//!
//! # What excludes what
//! - *The work is smaller than the crossing* and *calls in sequence* leave out of the crossing what *the pool is too wide* and *the awaiter is polled
//!   late* are about: that can be had without touching the jobs. A site of a sequence has no other advice about small work.
//! - Calls of one origin that is not the app's (`tokio::fs`, a dependency) are looked at together first; their sites are then in no other sequence.
//! - *The pool is too wide* is left out where jobs wait for threads anywhere: a narrower pool would make them wait for longer.
//! - *Waiting behind other work* is left out where jobs that do not end hold the threads, or jobs that are not seen: these name the cause.
//! - *Fine as it is* applies to sites of which nothing else is said, and not next to advice for the whole process.
//!
//! # What is not worth saying
//! Of a rule's verdicts, those are left out that would save less than [`WORTH`] of what its first one would: the site hardly matters.
//! So is what would save less than [`LEAST_SHARE`] of a hop, [`LEAST_NS`], or the clock's floor.
//!
//! # Other processes
//! Where they took part of the machine, every estimate is less sure by one level, and says so.

use std::collections::{BTreeMap, BTreeSet};

use tollbridge_report::Report;

use super::facts::{Facts, Site, name};
use super::model::{Confidence, Level, Rule, Verdict};
use super::{bridge_locks, deadlock, fine, leak, sequence, small_work, starved, stuck, wide_pool};
use crate::compare::SiteName;
use crate::run;
use crate::sequence::{Chain, chains, runs};
use crate::units;

/// The share of what a rule's first verdict would save from which another one is worth saying.
const WORTH: f64 = 0.05;
/// The share of a hop from which a saving is worth saying.
pub(super) const LEAST_SHARE: f64 = 0.01;
/// The shortest saving that is worth saying.
pub(super) const LEAST_NS: f64 = 1_000.0;

macro_rules! of_sites {
    ($($(#[$doc:meta])* $rule:ident $word:literal $kind:ident $title:literal $(of_a_site($module:ident))?;)+) => {
        /// Rules that look at one site, but for those that have to know what others have said.
        const OF_SITES: &[fn(&Facts<'_>, &Site<'_>) -> Option<Verdict>] = &[$($(super::$module::speak,)?)+];
    };
}

rules!(of_sites);

/// All that is to be said of a report with its derived data: most to be gained first. Empty if nothing can be said: there are too few
/// hops, or their times contain the app's own logging.
#[must_use]
pub fn verdicts(report: &Report) -> Vec<Verdict> {
    of_facts(&Facts::of(report))
}

/// [`verdicts`] of facts that are known already.
pub(crate) fn of_facts(facts: &Facts<'_>) -> Vec<Verdict> {
    if run::why_untimed(facts.report).is_some() {
        return Vec::new();
    }
    let mut said = of_counts(facts);
    let sites: Vec<&Site<'_>> = facts.named().filter(|site| facts.is_known(site)).collect();
    let held = said.iter().any(|verdict| verdict.rule.is_urgent());
    let of_sites = sites.iter().flat_map(|site| OF_SITES.iter().filter_map(|speak| speak(facts, site)));
    let of_sites: Vec<Verdict> = of_sites.collect();
    let unseen: BTreeSet<SiteName> = names(&of_sites, |rule| rule == Rule::UnseenJobs);
    let (behind, of_sites): (Vec<Verdict>, Vec<Verdict>) = of_sites.into_iter().partition(|verdict| {
        let behind = verdict.site.as_ref().is_some_and(|site| unseen.contains(site));
        verdict.rule == Rule::Backlog && (held || behind)
    });
    said.extend(of_sites);
    let waits = said.iter().any(|verdict| {
        verdict.rule.is_urgent() || matches!(verdict.rule, Rule::Backlog | Rule::UnseenJobs | Rule::JobsCompute)
    });
    let wide = Some(facts).filter(|_| !waits && !sites.is_empty()).and_then(wide_pool::speak);
    let pool_ns = wide.as_ref().and_then(|verdict| verdict.saving).map_or(0.0, |saving| saving.ns);
    said.extend([wide, bridge_locks::speak(facts)].into_iter().flatten());
    let mut said_of = names(&behind, |_| true);
    said.extend(of_small_work(facts, &sites, pool_ns, &unseen, &mut said_of));
    said_of.extend(names(&said, |_| true));
    let whole = said.iter().any(|verdict| verdict.site.is_none() && verdict.rule.advises());
    let fine = sites.iter().filter(|site| !whole && !site.is_wrapped() && !said_of.contains(&site.name()));
    let fine: Vec<Verdict> = fine.filter_map(|site| fine::speak(facts, site)).collect();
    said.extend(fine);
    let worth = worth_saying(facts, said);
    worth.into_iter().map(|verdict| beside_others(facts, verdict)).collect()
}

/// What is said from counts and from what is in flight.
fn of_counts(facts: &Facts<'_>) -> Vec<Verdict> {
    let found = [deadlock::speak(facts), stuck::speak(facts), leak::speak(facts)].concat();
    if found.is_empty() { starved::speak(facts) } else { found }
}

/// Sequences, and small work of the sites that are in none. Adds the sites of sequences to `said_of`.
fn of_small_work(
    facts: &Facts<'_>,
    sites: &[&Site<'_>],
    pool_ns: f64,
    unseen: &BTreeSet<SiteName>,
    said_of: &mut BTreeSet<SiteName>,
) -> Vec<Verdict> {
    let mut said: Vec<Verdict> = Vec::new();
    let mut taken: BTreeSet<SiteName> = unseen.clone();
    let mut in_runs: BTreeSet<SiteName> = BTreeSet::new();
    for run in &runs(facts.report) {
        if let Some((verdict, small)) = sequence::of_origin(facts, run, pool_ns) {
            in_runs.extend(small);
            said.push(verdict);
        }
    }
    taken.extend(in_runs.iter().cloned());
    let in_no_run = |chain: &&Chain<'_>| !chain.sites.iter().any(|&(site, job)| in_runs.contains(&name(site, job)));
    for chain in chains(facts.report).iter().filter(in_no_run) {
        if let Some(verdict) = sequence::speak(facts, chain, pool_ns) {
            taken.extend(chain.sites.iter().map(|&(site, job)| name(site, job)));
            said.push(verdict);
        }
    }
    let rest = sites.iter().filter(|site| !taken.contains(&site.name()));
    said.extend(rest.filter_map(|site| small_work::speak(facts, site, pool_ns)));
    said_of.append(&mut taken);
    said
}

/// The sites of which verdicts of some rules are.
fn names(said: &[Verdict], of: impl Fn(Rule) -> bool) -> BTreeSet<SiteName> {
    said.iter().filter(|verdict| of(verdict.rule)).filter_map(|verdict| verdict.site.clone()).collect()
}

/// What advice would save in all, in ns, by the middle of its range.
fn total_ns(verdict: &Verdict) -> f64 {
    let saving = verdict.saving.filter(|saving| verdict.rule.advises() && saving.ns > 0.0);
    saving.map_or(0.0, |saving| saving.total_ns * (saving.low_ns + saving.high_ns) / (2.0 * saving.ns))
}

/// Those that matter, most to be gained first; a stable sort, so that what saves alike stays in the order of the rules.
fn worth_saying(facts: &Facts<'_>, mut said: Vec<Verdict>) -> Vec<Verdict> {
    let mut first: BTreeMap<Rule, f64> = BTreeMap::new();
    for verdict in &said {
        let most = first.entry(verdict.rule).or_default();
        *most = most.max(total_ns(verdict));
    }
    let matters = |verdict: &Verdict| {
        let Some(saving) = verdict.saving else { return true };
        saving.high_ns >= least_ns(facts, verdict) && total_ns(verdict) >= WORTH * first[&verdict.rule]
    };
    said.retain(|verdict| !verdict.rule.advises() || matters(verdict));
    said.sort_by(|a, b| b.rule.is_urgent().cmp(&a.rule.is_urgent()).then_with(|| total_ns(b).total_cmp(&total_ns(a))));
    said
}

/// The least saving that is worth saying of a verdict's hops. Those that wait for each other in `resume` are no longer for that.
fn least_ns(facts: &Facts<'_>, verdict: &Verdict) -> f64 {
    let of = |site: &Site<'_>| site.hop_ns.mean().map(|hop| (hop - facts.waited(site), site.joined as f64));
    let sites = facts.named().filter(|site| verdict.site.as_ref().is_none_or(|name| *name == site.name()));
    let (sum, hops) = sites.filter_map(of).fold((0.0, 0.0), |sum, (hop, hops)| (sum.0 + hop * hops, sum.1 + hops));
    let hop = if hops > 0.0 { sum / hops } else { 0.0 };
    (LEAST_SHARE * hop).max(LEAST_NS).max(facts.floor_ns().unwrap_or(0.0))
}

/// A verdict of durations that other processes had a part in.
fn beside_others(facts: &Facts<'_>, mut verdict: Verdict) -> Verdict {
    let Some(others) = facts.machine.and_then(|machine| machine.neighbours()) else { return verdict };
    if verdict.rule.is_urgent() {
        return verdict;
    }
    let Confidence { level, reason } = verdict.confidence;
    verdict.confidence = Confidence::new(
        level.lower(),
        format!("{reason}; other processes used {} of the machine meanwhile", units::percent(others, 1.0)),
    );
    verdict
}

impl Level {
    fn lower(self) -> Self {
        match self {
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }
}
