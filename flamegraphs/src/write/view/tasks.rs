//! What tasks do with the pool in their lives, by where they were spawned: how many calls each, and how much of its time is in them.
//!
//! A task that is spawned for a request shows what a request costs; one that serves a connection, or runs as long as the program does, what that
//! does. Which of them it is, nobody sees, so all are called tasks.

use tollbridge_report::{Distribution, TaskSite};

use super::{Grid, View, cell};
use crate::units::{self, unbroken};
use crate::write::label::Labels;

/// Sites in the sentence.
const MAX_TOLD: usize = 2;
/// Tasks that make fewer calls than this are not worth a sentence.
const MANY_CALLS: f64 = 2.0;

/// By the time of all their calls, most first, each with its label.
fn sites<'a>(view: &View<'a>) -> Vec<(String, &'a TaskSite)> {
    let tasks = &view.report.tasks;
    let labels = Labels::of_keys(tasks.iter().map(|of| (of.spawned.as_str(), "")));
    let label = |of: &TaskSite| labels.find((&of.spawned, "")).unwrap_or_default().to_owned();
    let mut sites: Vec<_> = tasks.iter().map(|of| (label(of), of)).collect();
    // A stable sort: equal ones stay in the order of their places.
    sites.sort_by_key(|(_, of)| std::cmp::Reverse(of.hop_ns.sum().saturating_add(of.live_hop_ns)));
    sites
}

/// `4 tasks spawned at main.rs:34 made 7 calls each, which took at least 1.2 ms of the 1.3 ms from a task's first call to its last outcome`, a part of a
/// sentence each.
pub(in crate::write) fn told(view: &View<'_>) -> Vec<String> {
    let many = |of: &TaskSite| of.hops.mean().is_some_and(|mean| mean >= MANY_CALLS);
    sites(view).iter().filter(|(_, of)| many(of)).take(MAX_TOLD).filter_map(|(label, of)| one(label, of)).collect()
}

fn one(label: &str, of: &TaskSite) -> Option<String> {
    let hops = calls_each(&of.hops)?;
    let most = of.hops.max().filter(|&most| of.hops.min() != Some(most));
    let most = most.map_or_else(String::new, |most| format!(" (at most {})", units::count(most)));
    let tasks = units::counted(of.hops.count(), "task", "tasks");
    let made = format!("{tasks} spawned at {} made {hops} calls each{most}", unbroken(label));
    let time = |ns: f64| unbroken(&units::duration_spaced(ns));
    let share = of.span_ns.mean().filter(|&span| span > 0.0).zip(of.hop_ns.mean());
    Some(match share {
        Some((whole, in_calls)) => format!(
            "{made}, which took at least {} of the {} from a task's first call to its last outcome",
            time(in_calls),
            time(whole)
        ),
        None => format!("{made}, and took the outcome of none"),
    })
}

/// The mean, or what all of them have.
fn calls_each(hops: &Distribution) -> Option<String> {
    let mean = hops.mean()?;
    Some(hops.max().filter(|&most| hops.min() == Some(most)).map_or_else(|| units::mean_count(mean), units::count))
}

/// The same as a table, means for a task that has completed; `None` where nothing is known of tasks. No more than `most` rows.
pub(in crate::write) fn grid(view: &View<'_>, most: usize) -> Option<Grid> {
    let sites = sites(view);
    let floor = view.facts.floor_ns();
    let mut grid =
        Grid::new(&["tasks spawned at"], &["tasks", "calls", "at most", "in calls", "first to last", "unfinished"]);
    for (label, of) in sites.iter().take(most) {
        let known = |text: Option<String>| text.unwrap_or_else(|| cell::UNKNOWN.to_owned());
        // Of outcomes that nobody took nothing is known.
        let time = |lengths: &Distribution| {
            if of.span_ns.sum() == 0 { cell::UNKNOWN.to_owned() } else { cell::mean(Some(lengths), floor) }
        };
        let some = |count: u64| known((count > 0).then(|| units::count(count)));
        grid.row(vec![
            label.clone(),
            some(of.hops.count()),
            known(calls_each(&of.hops)),
            known(of.hops.max().map(units::count)),
            time(&of.hop_ns),
            time(&of.span_ns),
            some(of.live),
        ]);
    }
    (!sites.is_empty()).then_some(grid)
}

#[cfg(test)]
mod tests {
    use tollbridge_report::Report;

    use super::*;

    fn lengths(values: &[u64]) -> Distribution {
        let mut lengths = Distribution::default();
        values.iter().for_each(|&value| lengths.add(value));
        lengths
    }

    fn site(spawned: &str, hops: &[u64], hop_ns: &[u64], span_ns: &[u64]) -> TaskSite {
        let [hops, hop_ns, span_ns] = [hops, hop_ns, span_ns].map(lengths);
        TaskSite { spawned: spawned.to_owned(), hops, hop_ns, span_ns, ..TaskSite::default() }
    }

    fn said(tasks: Vec<TaskSite>) -> String {
        let report = Report { tasks, ..Report::default() };
        told(&View::of(&report)).join("; ").replace('\u{a0}', " ")
    }

    #[test]
    fn a_task_s_calls_and_their_share_of_its_time_are_told() {
        let listing = site("src/server.rs:88:5", &[600, 620], &[8_000_000, 8_400_000], &[9_000_000, 9_000_000]);
        let single = site("src/main.rs:7:5", &[1, 1], &[90_000_000, 90_000_000], &[90_000_000, 90_000_000]);
        assert_eq!(
            said(vec![single, listing]),
            "2 tasks spawned at server.rs:88 made 610 calls each (at most 620), which took at least 8.20 ms of the 9.00 ms from a task's first call to its \
             last outcome"
        );
    }

    #[test]
    fn of_outcomes_that_nobody_took_no_time_is_told() {
        assert_eq!(
            said(vec![site("src/a.rs:1:1", &[3], &[0], &[0])]),
            "1 task spawned at a.rs:1 made 3 calls each, and took the outcome of none"
        );
    }

    #[test]
    fn those_that_have_not_completed_are_apart() {
        let live = TaskSite { live: 3, live_hops: 12, live_hop_ns: 5_000, ..site("src/a.rs:1:1", &[], &[], &[]) };
        let report = Report { tasks: vec![live], ..Report::default() };
        let view = View::of(&report);
        assert_eq!(told(&view), Vec::<String>::new());
        let grid = grid(&view, 5).unwrap();
        assert_eq!(grid.rows, [["a.rs:1", "-", "-", "-", "-", "-", "3"].map(str::to_owned)]);
        assert!(super::grid(&View::of(&Report::default()), 5).is_none());
    }
}
