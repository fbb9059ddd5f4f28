//! All rules, of all sites, in the order of what is to be gained.
//!
//! # What excludes what
//! - *The work is smaller than the crossing* leaves out of the crossing what *the pool is too wide* and *the awaiting side is late* speak
//!   of: that can be had without touching the jobs.
//! - *The pool is too wide* is not said where jobs wait for threads anywhere: a narrower pool would make them wait for longer.
//! - *Fine as it is* is said of sites of which nothing else is, and not beside advice for the whole process.
//!
//! # What is not worth saying
//! Of a rule's verdicts, those are left out that would save less than [`WORTH`] of what all of that rule's would: the site hardly matters.
//! So is what would save less than the clock's floor.

use std::collections::BTreeMap;

use tollbridge_instrument::report::Report;

use super::facts::{Facts, MIN_HOPS, Site};
use super::model::{Rule, Verdict};
use super::{backlog, bridge_locks, fine, late_awaiter, long_tail, small_work, unpolled, wide_pool};
use crate::run;

/// The share of all that a rule would save from which on a verdict is worth saying.
const WORTH: f64 = 0.05;

/// Rules that look at one site, but for those that have to know what others have said.
const OF_SITES: &[fn(&Facts<'_>, &Site<'_>) -> Option<Verdict>] =
    &[backlog::speak, long_tail::speak, unpolled::speak, late_awaiter::speak];

/// All that is to be said of a report with its derived data: most to be gained first. Empty if nothing can be said: there are too few
/// hops, or their times contain the app's own logging.
#[must_use]
pub fn verdicts(report: &Report) -> Vec<Verdict> {
    of_facts(&Facts::of(report))
}

/// [`verdicts`] of facts that are known already.
pub(crate) fn of_facts(facts: &Facts<'_>) -> Vec<Verdict> {
    if run::is_inflated(facts.report) || run::may_be_inflated(facts.report) {
        return Vec::new();
    }
    let sites: Vec<&Site<'_>> = facts.sites.iter().filter(|site| site.timed() >= MIN_HOPS).collect();
    let of_sites = sites.iter().flat_map(|site| OF_SITES.iter().filter_map(|speak| speak(facts, site)));
    let mut said: Vec<Verdict> = of_sites.collect();
    let waits = said.iter().any(|verdict| verdict.rule == Rule::Backlog);
    let wide = Some(facts).filter(|_| !waits && !sites.is_empty()).and_then(wide_pool::speak);
    let pool_ns = wide.as_ref().and_then(|verdict| verdict.saving).map_or(0.0, |saving| saving.ns);
    said.extend([wide, bridge_locks::speak(facts)].into_iter().flatten());
    said.extend(sites.iter().filter_map(|site| small_work::speak(facts, site, pool_ns)));
    let fine = |site: &&&Site<'_>| {
        let name = Some(site.name());
        !said.iter().any(|verdict| verdict.site == name || (verdict.site.is_none() && verdict.rule.advises()))
    };
    let fine: Vec<Verdict> = sites.iter().filter(fine).filter_map(|site| fine::speak(facts, site)).collect();
    said.extend(fine);
    worth_saying(said, facts.floor_ns().unwrap_or(0.0))
}

/// What advice would save in all, in ns.
fn total_ns(verdict: &Verdict) -> f64 {
    verdict.saving.filter(|_| verdict.rule.advises()).map_or(0.0, |saving| saving.total_ns)
}

/// Those that matter, most to be gained first; a stable sort, so that what saves alike stays in the order of the rules.
fn worth_saying(mut said: Vec<Verdict>, floor_ns: f64) -> Vec<Verdict> {
    let mut whole: BTreeMap<Rule, f64> = BTreeMap::new();
    said.iter().for_each(|verdict| *whole.entry(verdict.rule).or_default() += total_ns(verdict));
    let measurable = |verdict: &Verdict| verdict.saving.is_some_and(|saving| saving.ns > floor_ns);
    let matters = |verdict: &Verdict| measurable(verdict) && total_ns(verdict) >= WORTH * whole[&verdict.rule];
    said.retain(|verdict| !verdict.rule.advises() || matters(verdict));
    said.sort_by(|a, b| total_ns(b).total_cmp(&total_ns(a)));
    said
}
