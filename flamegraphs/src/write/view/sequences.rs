//! Calls that belong together: those of one task in sequence, and those made inside another job.

use std::collections::BTreeMap;

use tollbridge_report::names::Spacing;

use super::View;
use crate::sequence::{self, Burst, Chain, Run, SiteRef};
use crate::units::{self, unbroken};

/// Sentences beyond these are only counted.
const MAX_CHAINS: usize = 3;
const MAX_BURSTS: usize = 3;
const MAX_RUNS: usize = 3;
const MAX_NESTED: usize = 3;
/// Sites of a chain that are named.
const MAX_SITES: usize = 8;
/// Sites of a run that are named.
const MAX_OF_RUN: usize = 4;
/// In a sequence fewer calls than this are made before the one before has come back.
const MAX_TOGETHER: f64 = 0.05;
/// Bursts of fewer calls than this are not worth a line.
const MIN_BURST: f64 = 3.0;

/// A sentence each: chains of several sites, runs of all sites of one origin, bursts of one site.
pub(in crate::write) fn told(view: &View<'_>) -> Vec<String> {
    let chains = sequence::chains(view.report);
    let mut told: Vec<String> = chains.iter().take(MAX_CHAINS).map(|of| chain(view, of)).collect();
    told.extend(more(chains.len(), MAX_CHAINS, "more sequence", "more sequences"));
    let runs = sequence::runs(view.report);
    told.extend(runs.iter().take(MAX_RUNS).map(|of| run(view, of)));
    told.extend(more(runs.len(), MAX_RUNS, "more loop over one kind of call", "more loops over one kind of call"));
    let bursts: Vec<Burst<'_>> =
        sequence::bursts(view.report).into_iter().filter(|burst| burst.calls >= MIN_BURST).collect();
    told.extend(bursts.iter().take(MAX_BURSTS).map(|of| burst(view, of)));
    told.extend(more(bursts.len(), MAX_BURSTS, "more site with bursts", "more sites with bursts"));
    told
}

fn more(all: usize, most: usize, one: &str, many: &str) -> Option<String> {
    let more = all.checked_sub(most).filter(|&more| more > 0)?;
    Some(format!("and {}", units::counted(more as u64, one, many)))
}

fn label<'v>(view: &'v View<'_>, (site, job): SiteRef<'v>) -> &'v str {
    view.find_label(site, job).unwrap_or_default()
}

fn chain(view: &View<'_>, chain: &Chain<'_>) -> String {
    let mut sites: Vec<String> = chain.sites.iter().take(MAX_SITES).map(|&site| unbroken(label(view, site))).collect();
    sites.extend(more(chain.sites.len(), MAX_SITES, "more", "more"));
    format!(
        "one task makes these {} calls in sequence, {}: {}; {}",
        chain.sites.len(),
        units::counted(chain.times, "time", "times"),
        sites.join(" -> "),
        between(chain.mean_gap_ns, chain.in_a_row_share)
    )
}

/// Calls less than this apart are back to back.
fn row() -> String {
    format!("{}\u{a0}us", Spacing::ROW_NS / 1_000)
}

fn between(gap_ns: f64, share: f64) -> String {
    let (gap, share) = (units::duration_spaced(gap_ns), units::percent(share, 1.0));
    format!("{} between two of them, {} back to back (less than {})", unbroken(&gap), unbroken(&share), row())
}

fn run(view: &View<'_>, run: &Run<'_>) -> String {
    let mut sites: Vec<String> = run
        .sites
        .iter()
        .take(MAX_OF_RUN)
        .map(|&(site, share)| unbroken(&format!("{} {}", label(view, site), units::percent(share, 1.0))))
        .collect();
    sites.extend(more(run.sites.len(), MAX_OF_RUN, "more", "more"));
    format!(
        "one task makes about {} calls of {} in sequence{}: {}; {}",
        calls(run.calls),
        unbroken(&run.origin.to_string()),
        time(view, run).unwrap_or_default(),
        sites.join(", "),
        between(run.mean_gap_ns, run.in_a_row_share)
    )
}

/// How much of a run's time is in its calls; `None` where calls are made at the same time, or a site's lengths are not known.
fn time(view: &View<'_>, run: &Run<'_>) -> Option<String> {
    let means = run.sites.iter().map(|&(key, share)| {
        let site = view.facts.sites.iter().find(|site| site.key == key)?;
        Some(share * site.hop_ns.mean()?)
    });
    let mean: f64 = means.sum::<Option<f64>>()?;
    let in_calls = run.calls * mean;
    let whole = in_calls + (run.calls - 1.0) * run.mean_gap_ns;
    let shown = |ns: f64| unbroken(&units::duration_spaced(ns));
    (run.together_share < MAX_TOGETHER)
        .then(|| format!(" ({} of the {} that these last)", shown(in_calls), shown(whole)))
}

fn burst(view: &View<'_>, burst: &Burst<'_>) -> String {
    format!(
        "one task makes about {} calls of {} in a burst, {} of them back to back (less than {} between two)",
        calls(burst.calls),
        label(view, burst.site),
        unbroken(&units::percent(burst.in_a_row_share, 1.0)),
        row()
    )
}

/// A mean number of calls, of two digits.
fn calls(mean: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of counts")]
    let rounded = units::two_digits(mean, f64::round) as u64;
    units::count(rounded)
}

/// `Tasks make about 1,300 of these calls back to back.` of a site, if they do.
pub(in crate::write) fn back_to_back(view: &View<'_>, site: &crate::verdict::Site<'_>) -> Option<String> {
    let report = view.report;
    let row = if report.sequences.is_empty() {
        // Older reports look at calls of the same line, as is meant here. Logs look at all of the task's.
        let of_any_line = report.sites.iter().any(|site| site.first_of_task > 0 || site.in_a_burst > 0);
        if of_any_line && view.facts.sites.len() > 1 { None } else { site.row() }
    } else {
        let bursts = sequence::bursts(report);
        bursts.iter().find(|burst| burst.site == site.key).map(|burst| burst.in_a_row).filter(|&row| row >= 2.0)
    };
    row.map(|row| format!("Tasks make about {} of these calls back to back.", calls(row)))
}

/// Which sites' calls were made inside another job, a sentence each, most first.
pub(in crate::write) fn nested(view: &View<'_>) -> Vec<String> {
    let mut sites: BTreeMap<SiteRef<'_>, (u64, u64)> = BTreeMap::new();
    for site in &view.report.sites {
        let (nested, hops) = sites.entry((&site.site, &site.job)).or_default();
        *nested = nested.saturating_add(site.nested);
        *hops = hops.saturating_add(site.hops);
    }
    let mut nested: Vec<(SiteRef<'_>, (u64, u64))> = sites.into_iter().filter(|(_, (nested, _))| *nested > 0).collect();
    nested.sort_by_key(|&(_, (nested, _))| std::cmp::Reverse(nested));
    let sentence = |&(key, (nested, hops)): &(SiteRef<'_>, (u64, u64))| {
        let were = if nested == 1 { "was" } else { "were" };
        let calls = units::counted(hops, "call", "calls");
        format!(
            "{} of {calls} of {} {were} made inside another job: a smaller pool can deadlock",
            units::count(nested),
            label(view, key)
        )
    };
    let mut told: Vec<String> = nested.iter().take(MAX_NESTED).map(sentence).collect();
    told.extend(more(nested.len(), MAX_NESTED, "more site", "more sites"));
    told
}
