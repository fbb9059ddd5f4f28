//! All rules, of all sites, in the order of what is to be gained.
//!
//! # What excludes what
//! - *The pool is too wide* is not said where jobs wait for threads anywhere: a narrower pool would make them wait for longer.
//! - *Fine as it is* is said of sites of which nothing else is, and not beside advice for the whole process.
//!
//! # What is not worth saying
//! Of a rule's verdicts, those are left out that would save less than [`WORTH`] of what all of that rule's would: the site hardly matters.

use std::collections::BTreeMap;

use tollbridge_instrument::report::Report;

use super::facts::{Facts, Site};
use super::model::{Rule, Saving, Verdict};
use super::{backlog, fine, small_work, wide_pool};
use crate::write::run;

/// Fewer joined hops of a site than this are no ground for advice.
pub const MIN_HOPS: u64 = 100;
/// The share of all that a rule would save from which on a verdict is worth saying.
const WORTH: f64 = 0.05;

/// Rules that look at one site.
const OF_SITES: &[fn(&Facts<'_>, &Site<'_>) -> Option<Verdict>] = &[small_work::speak, backlog::speak];

/// All that is to be said of a report with its derived data: most to be gained first. Empty if nothing can be said: there are too few
/// hops, or their times contain the app's own logging.
#[must_use]
pub fn verdicts(report: &Report) -> Vec<Verdict> {
    if run::is_inflated(report) || run::may_be_inflated(report) {
        return Vec::new();
    }
    let facts = Facts::of(report);
    let sites: Vec<&Site<'_>> = facts.sites.iter().filter(|site| site.timed() >= MIN_HOPS).collect();
    let of_sites = sites.iter().flat_map(|site| OF_SITES.iter().filter_map(|speak| speak(&facts, site)));
    let mut said: Vec<Verdict> = of_sites.collect();
    if !sites.is_empty() && !said.iter().any(|verdict| verdict.rule == Rule::Backlog) {
        said.extend(wide_pool::speak(&facts));
    }
    let fine = |site: &&&Site<'_>| {
        let name = Some(site.name());
        !said.iter().any(|verdict| verdict.saving.is_some() && (verdict.site.is_none() || verdict.site == name))
    };
    let fine: Vec<Verdict> = sites.iter().filter(fine).filter_map(|site| fine::speak(site)).collect();
    said.extend(fine);
    worth_saying(said)
}

fn total_ns(verdict: &Verdict) -> f64 {
    verdict.saving.map_or(0.0, |saving: Saving| saving.total_ns)
}

/// Those that matter, most to be gained first; a stable sort, so that what saves alike stays in the order of the rules.
fn worth_saying(mut said: Vec<Verdict>) -> Vec<Verdict> {
    let mut whole: BTreeMap<Rule, f64> = BTreeMap::new();
    said.iter().for_each(|verdict| *whole.entry(verdict.rule).or_default() += total_ns(verdict));
    said.retain(|verdict| verdict.saving.is_none() || total_ns(verdict) >= WORTH * whole[&verdict.rule]);
    said.sort_by(|a, b| total_ns(b).total_cmp(&total_ns(a)));
    said
}
