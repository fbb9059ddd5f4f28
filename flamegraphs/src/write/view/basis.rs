//! What the figures rest on: what is seen, spans outside hops, the clock, what was lost.

use tollbridge_report::aggregate::MAX_SITES;
use tollbridge_report::{Clock, Dropped, Report, SpanMeans};

use super::{Grid, cell};
use crate::harmless::harmless;
use crate::units::{self, unbroken};
use crate::write::label;

/// Spans outside any hop: `wrap_future`, the public mutex, other people's. Means and self times less what looking at the
/// span, and at those below it, cost. No more than `most`.
pub(in crate::write) fn outside(report: &Report, most: usize) -> Grid {
    let mut grid = Grid::new(&["OUTSIDE HOPS"], &["spans", "measured", "mean", "self", "p99", "contended"]);
    for span in report.spans.iter().take(most) {
        let means = report.span_means.iter().find(|means| (&means.path, means.kind) == (&span.path, span.kind));
        let known = means.is_some_and(|means| can_be_corrected(report, means));
        grid.row(vec![
            label::span(span, usize::MAX),
            units::count(span.ns.count()),
            cell::mean(Some(&span.ns), None),
            cell::corrected(means.map(|means| &means.mean_ns), known),
            cell::corrected(means.map(|means| &means.self_ns), known),
            cell::quantiles(Some(&span.ns), &[0.99]),
            units::count(span.contended),
        ]);
    }
    grid
}

/// Whether all that is to be taken off is known. If it is, what is missing lies below the floor.
fn can_be_corrected(report: &Report, means: &SpanMeans) -> bool {
    let observer = &report.observer;
    let children = observer.span_ns.or(observer.entered_span_ns).is_some() || means.children_per_span == 0.0;
    report.clock.is_some() && children
}

/// The clock, its floors and what recording costs, a part of a sentence each.
pub(in crate::write) fn clock(report: &Report) -> Vec<String> {
    let mut parts = vec![report.clock.as_ref().map_or_else(|| "not known".to_owned(), told)];
    let observer = &report.observer;
    // What a span costs the app and what it shows on the clock are two things.
    if let Some(ns) = observer.span_ns {
        parts.push(format!("recording a span costs {}", unbroken(&units::duration_spaced(ns))));
    }
    if let Some(ns) = observer.in_situ_span_ns.mean() {
        let empty = if observer.span_ns.is_some() { "an empty one" } else { "an empty span" };
        parts.push(format!("inside hops {empty} measures {}", unbroken(&units::duration_spaced(ns))));
    }
    parts.push(match observer.detailed_minus_coarse_ns {
        Some(effect) => {
            let verdict = if effect.significant { "" } else { ", not significant" };
            let effect = unbroken(&units::difference(effect.value, effect.low, effect.high));
            format!("recording bridge locks adds {effect} a hop (measured){verdict}")
        }
        None => "what recording bridge locks adds was not measured".to_owned(),
    });
    parts
}

fn told(clock: &Clock) -> String {
    let text = format!(
        "{}, grain {}; floor {} for phases, {} for bridge locks and copies (<floor: shorter than an empty span)",
        harmless(&clock.source),
        units::duration(clock.grain_ns),
        units::duration(clock.floor_ns),
        units::duration(clock.ordered_floor_ns)
    );
    match clock.corrected {
        0 => text,
        stamps => format!("{text}; {} corrected", units::counted(stamps, "stamp", "stamps")),
    }
}

/// What is missing and why, a part of a sentence each.
pub(in crate::write) fn dropped(dropped: &Dropped) -> Vec<String> {
    // By name, so that a new reason cannot be left out.
    // `sites` are not missing: see `merged_sites`.
    let Dropped { hops, spans, sites: _, histogram_values, outliers, lines, threads, tasks } = *dropped;
    let all = [
        (hops, "hop", "for which there was no room"),
        (spans, "span", "without room"),
        (histogram_values, "value", "missing from histograms (in the sums)"),
        (outliers, "value", "beyond a histogram's range (in the sums)"),
        (lines, "line", "of the log, hops by their looks, that could not be read"),
        (threads, "thread", "beyond the cap, whose jobs are not in POOL and IN FLIGHT"),
        (tasks, "hop", "of tasks that could not be followed, which are not in TASKS"),
    ];
    let some = all.iter().filter(|(n, ..)| *n > 0);
    let told = some.map(|(n, one, what)| format!("{} {what}", units::counted(*n, one, &format!("{one}s"))));
    told.collect()
}

/// Calls of so many sites that these cannot be told apart. They are counted and timed.
pub(in crate::write) fn merged_sites(dropped: &Dropped) -> Option<String> {
    let calls = units::counted(dropped.sites, "call", "calls");
    let (first, are) = (units::count(MAX_SITES as u64), if dropped.sites == 1 { "is" } else { "are" });
    (dropped.sites > 0)
        .then(|| format!("{calls} of sites beyond the first {first} {are} counted together under <other>"))
}
