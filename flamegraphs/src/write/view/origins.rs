//! Whose calls fill the pool: the app's, tokio's own, and each dependency's.
//!
//! Nothing is said where all calls are the app's: without a copy of tokio no others are recorded.

use std::collections::{BTreeMap, BTreeSet};

use tollbridge_report::Distribution;

use super::coverage::busy;
use super::{Grid, View, cell};
use crate::origin::Origin;
use crate::units::{self, unbroken};

/// Origins beyond these are only counted in the sentence.
const MAX_TOLD: usize = 4;
/// The site of everything beyond the cap on sites, whose origins are not known.
const OTHER: &str = "<other>";

/// All calls of one origin.
#[derive(Default)]
struct Calls<'a> {
    sites: BTreeSet<(&'a str, &'a str)>,
    hops: u64,
    busy_ns: u64,
    overhead_ns: Distribution,
}

/// The origins, most thread time first; empty where there is but the app.
fn origins<'a>(view: &View<'a>) -> Vec<(String, Calls<'a>)> {
    let mut found: BTreeMap<Option<Origin>, Calls<'a>> = BTreeMap::new();
    let origin = |site: &str, job: &str| (site != OTHER).then(|| Origin::of(site, job));
    for site in &view.report.sites {
        let calls = found.entry(origin(&site.site, &site.job)).or_default();
        calls.sites.insert((&site.site, &site.job));
        calls.hops = calls.hops.saturating_add(site.hops);
        calls.overhead_ns.merge(&site.overhead_ns);
    }
    for ((site, job), ns) in busy(view.report) {
        let calls = found.entry(origin(site, job)).or_default();
        calls.sites.insert((site, job));
        calls.busy_ns = calls.busy_ns.saturating_add(ns);
    }
    if found.keys().flatten().all(|origin| *origin == Origin::App) {
        return Vec::new();
    }
    let name = |origin: Option<Origin>| origin.map_or_else(|| OTHER.to_owned(), |origin| origin.to_string());
    let mut found: Vec<_> = found.into_iter().map(|(origin, calls)| (name(origin), calls)).collect();
    // A stable sort: equal ones stay in the order of the origins.
    found.sort_by_key(|(_, calls)| std::cmp::Reverse((calls.busy_ns, calls.hops)));
    found
}

fn sum(all: &[(String, Calls<'_>)], of: fn(&Calls<'_>) -> u64) -> f64 {
    all.iter().map(|(_, calls)| of(calls)).fold(0, u64::saturating_add).max(1) as f64
}

/// `tokio::fs makes 94 % of the calls and takes 88 % of the busy thread time`, a part of a sentence each.
pub(in crate::write) fn told(view: &View<'_>) -> Vec<String> {
    let all = origins(view);
    let (hops, busy) = (sum(&all, |calls| calls.hops), sum(&all, |calls| calls.busy_ns));
    let is_timed = all.iter().any(|(_, calls)| calls.busy_ns > 0);
    let mut told: Vec<String> = Vec::new();
    for (i, (name, calls)) in all.iter().take(MAX_TOLD).enumerate() {
        let share = |part: u64, whole: f64| unbroken(&units::percent(part as f64, whole));
        let (of_calls, of_busy) = if i == 0 { (" of the calls", " of the busy thread time") } else { ("", "") };
        let busy = if is_timed { format!(", {}{of_busy}", share(calls.busy_ns, busy)) } else { String::new() };
        told.push(format!("{}: {}{of_calls}{busy}", unbroken(name), share(calls.hops, hops)));
    }
    let more = all.len().saturating_sub(MAX_TOLD);
    told.extend((more > 0).then(|| format!("and {}", units::counted(more as u64, "other", "others"))));
    told
}

/// The same as a table; `None` where there is but the app. No more than `most` rows.
pub(in crate::write) fn grid(view: &View<'_>, most: usize) -> Option<Grid> {
    let all = origins(view);
    let (hops, busy) = (sum(&all, |calls| calls.hops), sum(&all, |calls| calls.busy_ns));
    let mut grid = Grid::new(&["origin"], &["sites", "calls", "share", "busy", "share of busy", "overhead"]);
    for (name, calls) in all.iter().take(most) {
        let timed = |text: String| if calls.busy_ns > 0 { text } else { cell::UNKNOWN.to_owned() };
        grid.row(vec![
            name.clone(),
            units::count(calls.sites.len() as u64),
            units::count(calls.hops),
            units::percent(calls.hops as f64, hops),
            timed(units::duration(calls.busy_ns as f64)),
            timed(units::percent(calls.busy_ns as f64, busy)),
            cell::mean(Some(&calls.overhead_ns), view.facts.floor_ns()),
        ]);
    }
    (!all.is_empty()).then_some(grid)
}
