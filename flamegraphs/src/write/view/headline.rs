//! What was captured, what must be known before any figure is read, and what it comes to in one sentence.

use tollbridge_instrument::names::{Phase, StartKind};
use tollbridge_instrument::report::{Distribution, Report};

use super::View;
use crate::verdict::{Facts, Site};
use crate::{run, units};

/// Which run, how long, and how its hops ended.
pub(in crate::write) fn capture(report: &Report) -> Vec<String> {
    [Some(run::name(report)), run::length(report), Some(outcomes(report))].into_iter().flatten().collect()
}

/// Said of a report that was taken while the app ran.
pub(in crate::write) fn unfinished(report: &Report) -> Option<&'static str> {
    report.processes.iter().any(|process| !process.complete).then_some("a checkpoint: the run had not ended")
}

/// What must be known before any time is read.
pub(in crate::write) fn banner(report: &Report) -> Option<&'static str> {
    if run::is_inflated(report) && run::holds_log(report) {
        return Some(
            "FROM A LOG: times contain the formatting of its lines, which costs more than the hop. Trust the counts, and \
             measure times with TOLLBRIDGE=phases.",
        );
    }
    if run::is_inflated(report) {
        return Some(
            "Times contain the app's own logging, which costs more than the hop: trust the counts, and measure times \
             with TOLLBRIDGE=phases.",
        );
    }
    run::may_be_inflated(report).then_some(
        "The reports' settings differ: times of some may contain the app's own logging, which costs more than the hop.",
    )
}

fn outcomes(report: &Report) -> String {
    let outcomes = &report.outcomes;
    // Not all of it was hops.
    let lost = if report.dropped.total() > 0 { "lost (see DROPPED)" } else { "lost" };
    let parts = [
        (outcomes.joined, "joined", true),
        (outcomes.cancelled, "cancelled", true),
        (outcomes.panicked, "panicked", true),
        (outcomes.detached, "detached", false),
        (outcomes.in_flight, "in flight", false),
        (report.dropped.total(), lost, true),
    ];
    let told = parts.iter().filter(|(n, _, always)| *always || *n > 0);
    let told: Vec<String> = told.map(|(n, what, _)| format!("{} {what}", units::count(*n))).collect();
    format!("{}: {}", units::counted(outcomes.submitted, "hop", "hops"), told.join(", "))
}

/// The site that paid most: what its job takes, what the crossing takes, and what of the crossing is most of it. The figures are
/// those that verdicts judge by.
pub(in crate::write) fn headline(view: &View<'_>) -> String {
    let Some(site) = view.facts.sites.first().filter(|site| site.overhead_ns.count() > 0) else {
        return if view.wrapped.is_empty() {
            "No hop was joined, so there is nothing to say about what they cost.".to_owned()
        } else {
            "All jobs went through wrap(f), which sees how a job reaches its thread but not how its result returns."
                .to_owned()
        };
    };
    let below = |ns: f64| view.facts.floor_ns().is_some_and(|floor| ns < floor);
    let run = match site.typical_run() {
        Some(run) if !below(run.ns) => {
            format!("runs {}{}", units::duration_spaced(run.ns), if run.tailed { " (median)" } else { "" })
        }
        _ => "runs for less than the clock can tell".to_owned(),
    };
    let crossing = view.facts.crossing(site).unwrap_or_default();
    if below(crossing) {
        return format!("{} {run}, and so does its crossing.", view.label(site));
    }
    let times = site.row().map_or(String::new(), |row| format!(", {} times in a row", units::about(row)));
    let paid = format!("{} {run} and pays {} to cross{times}", view.label(site), units::duration_spaced(crossing));
    let parts = match largest(site, &view.facts) {
        Some((what, share)) if share >= 0.5 => format!("; most of it is {what}"),
        Some((what, _)) => format!("; the largest part is {what}"),
        None => String::new(),
    };
    format!("{paid}{parts}{}.", after(site, &view.facts))
}

/// What is no part of the crossing but passes until the outcome is in hand.
fn after(site: &Site<'_>, facts: &Facts<'_>) -> String {
    let waited = facts.waited(site);
    if waited == 0.0 {
        return String::new();
    }
    let waited = units::duration_spaced(waited);
    if facts.is_crowded() {
        format!("; another {waited} pass until a worker polls its task, since those of other hops come first")
    } else {
        format!("; the awaiter comes {waited} late")
    }
}

/// The largest part of the crossing in words, and its share.
fn largest(site: &Site<'_>, facts: &Facts<'_>) -> Option<(&'static str, f64)> {
    let no_part = |phase| if phase == Phase::Resume { facts.waited(site) } else { 0.0 };
    let means =
        site.phases.keys().filter(|phase| phase.is_overhead()).filter_map(|&phase| Some((phase, site.mean(phase)?)));
    let parts = means.map(|(phase, mean)| (phase, (mean - no_part(phase)).max(0.0)));
    let all: f64 = parts.clone().map(|(_, ns)| ns).sum();
    let (phase, ns) = parts.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, ns)| *ns > 0.0)?;
    let what = match phase {
        Phase::Submit => "the spawn_blocking call itself",
        Phase::Publish => "storing the outcome",
        Phase::Resume => "waking the awaiter",
        Phase::Transfer => "the transfer",
        _ => match site.starts.iter().max_by_key(|(_, lengths)| Distribution::sum(lengths))?.0 {
            StartKind::NewThread => "starting threads",
            StartKind::Pickup => "waking threads",
            StartKind::Handoff => "the pool's queue",
        },
    };
    Some((what, ns / all))
}
