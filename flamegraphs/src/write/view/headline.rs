//! What was captured, what must be known before any figure is read, and what it comes to in one sentence.

use tollbridge_report::names::{Phase, StartKind};
use tollbridge_report::{Distribution, Report};

use super::{View, cpu, sequences};
use crate::units::unbroken;
use crate::verdict::{NO_START_NS, Site};
use crate::write::phase::look;
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
pub(in crate::write) fn banner(report: &Report) -> Option<String> {
    let told = if run::is_inflated(report) && run::holds_log(report) {
        "FROM A LOG: times contain the formatting of its lines, which costs more than the hop. Counts are \
         of the hops in it. Measure times with TOLLBRIDGE=phases."
    } else if run::is_inflated(report) {
        "Times contain the app's own logging, which costs more than the hop: trust the counts, and measure times \
         with TOLLBRIDGE=phases."
    } else if run::may_be_inflated(report) {
        let (all, seen) = (report.processes.len() as u64, run::seen(report) as u64);
        return Some(match seen {
            0 => format!(
                "The settings of {} of {} are not known: their times may contain the app's own logging, which costs more than \
                 the hop.",
                units::count(run::unknown(report) as u64),
                units::counted(all, "process", "processes")
            ),
            seen => format!(
                "The times of {} of {} contain the app's own logging, which costs more than the hop.",
                units::count(seen),
                units::counted(all, "process", "processes")
            ),
        });
    } else {
        return None;
    };
    Some(told.to_owned())
}

/// In what the settings of merged reports differ.
pub(in crate::write) fn unlike(report: &Report) -> Option<String> {
    run::unlike(report).map(|unlike| format!("Settings differ: {unlike}."))
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

/// What passes beside the overhead is told if it is no less than that, and this share of the whole call.
const LARGE: f64 = 0.1;

/// Whether a site's jobs come to their threads later than any thread starts.
pub(in crate::write) fn is_behind(site: &Site<'_>) -> bool {
    site.mean(Phase::Start).is_some_and(|start| start > NO_START_NS)
}

/// The site that paid and waited most: what its job takes, what the call adds, and what of the call is most of it. A sentence each. The
/// overhead is the table's; where some of it is no part of the crossing, that is told, and the rest is what verdicts judge by.
pub(in crate::write) fn headline(view: &View<'_>) -> Vec<String> {
    let Some(site) = subject(view) else {
        return vec![if view.wrapped.is_empty() {
            "No call was joined, so there is nothing to say about what they cost.".to_owned()
        } else {
            "All jobs went through wrap(f), which sees how a job reaches its thread but not how its result returns."
                .to_owned()
        }];
    };
    let below = |ns: f64| view.facts.floor_ns().is_some_and(|floor| ns < floor);
    let shown = |ns: f64| unbroken(&units::duration_spaced(ns));
    let (overhead, hop) = (site.overhead_ns.mean().unwrap_or(0.0), site.hop_ns.mean().unwrap_or(0.0));
    let is_large = |ns: f64| ns >= overhead && ns >= LARGE * hop && !below(ns);
    let mut sentences = Vec::new();
    let mut who = view.label(site).to_owned();
    if let Some(backlog) = site.mean(Phase::Backlog).filter(|&ns| is_large(ns)) {
        let share = unbroken(&units::percent(backlog, hop));
        sentences
            .push(format!("{who} waits {} for a free thread (backlog, {share} of the whole call).", shown(backlog)));
        "It".clone_into(&mut who);
    }
    let run = match site.typical_run() {
        Some(run) if !below(run.ns) => format!("{}{}", shown(run.ns), if run.tailed { " (median)" } else { "" }),
        _ => "less than the clock can tell".to_owned(),
    };
    if below(overhead) {
        sentences.push(format!("{who} takes {run}, and its overhead is less than the clock can tell."));
    } else {
        let waited = view.facts.waited(site);
        let (rest, most) = (overhead - waited, largest(view, site));
        let takes = format!("{who} takes {run} and adds {} of overhead", shown(overhead));
        if waited > 0.0 {
            sentences.push(format!("{takes}."));
            let whose = if view.facts.is_crowded() {
                cpu::queueing(view)
            } else {
                "its task is polled late after it was woken"
            };
            sentences.push(format!("Of that, {} is resume: {whose}.", shown(waited)));
            if let Some((what, share)) = most.filter(|_| !below(rest)) {
                let part = if share >= 0.5 { "Most" } else { "The largest part" };
                sentences.push(format!("{part} of the other {} is {what}.", shown(rest)));
            }
        } else {
            let most = most.map(|(what, share)| {
                format!(", {} of it {what}", if share >= 0.5 { "most" } else { "the largest part" })
            });
            sentences.push(format!("{takes}{}.", most.unwrap_or_default()));
        }
    }
    if let Some(unpolled) = site.mean(Phase::Unpolled).filter(|&ns| is_large(ns)) {
        sentences.push(format!("Its result then lies {} before it is awaited (unpolled).", shown(unpolled)));
    }
    sentences.extend(sequences::back_to_back(view, site));
    sentences
}

/// The site whose joined calls spent most in overhead and backlog.
fn subject<'v>(view: &'v View<'_>) -> Option<&'v Site<'v>> {
    let spent = |site: &Site<'_>| {
        let each = site.overhead_ns.mean().unwrap_or(0.0) + site.mean(Phase::Backlog).unwrap_or(0.0);
        each * site.joined as f64
    };
    let sites = view.facts.sites.iter().filter(|site| site.overhead_ns.count() > 0);
    // Of equal ones the first.
    sites.rev().max_by(|a, b| spent(a).total_cmp(&spent(b)))
}

/// The largest part of the overhead in words, and its share; what is no part of the crossing left out.
fn largest(view: &View<'_>, site: &Site<'_>) -> Option<(&'static str, f64)> {
    let no_part = |phase| if phase == Phase::Resume { view.facts.waited(site) } else { 0.0 };
    let means =
        site.phases.keys().filter(|phase| phase.is_overhead()).filter_map(|&phase| Some((phase, site.mean(phase)?)));
    let parts = means.map(|(phase, mean)| (phase, (mean - no_part(phase)).max(0.0)));
    let all: f64 = parts.clone().map(|(_, ns)| ns).sum();
    let (phase, ns) = parts.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, ns)| *ns > 0.0)?;
    let what = match look(phase).words {
        Some(words) => words,
        None if is_behind(site) => cpu::behind(view),
        None => match site.starts.iter().max_by_key(|(_, lengths)| Distribution::sum(lengths))?.0 {
            StartKind::NewThread => "starting threads",
            StartKind::Pickup => "waking threads",
            StartKind::Handoff => "the pool's queue",
        },
    };
    Some((what, ns / all))
}
