//! The blocking pool, as far as tollbridge's jobs show it.

use tollbridge_instrument::names::{Phase, StartKind};
use tollbridge_instrument::report::Distribution;

use super::View;
use crate::units::{self, unbroken};

/// A part of a sentence each.
pub(in crate::write) fn told(view: &View<'_>) -> Vec<String> {
    let pool = &view.report.pool;
    let mut seen = units::counted(pool.threads_seen, "thread", "threads") + " seen";
    if pool.thread_ns > 0 {
        let groups = view.report.groups.iter().filter_map(|group| group.phases.get(&Phase::Run));
        let run: u64 = groups.map(Distribution::sum).fold(0, u64::saturating_add);
        seen = format!("{seen}, busy {} of the time", units::percent(run as f64, pool.thread_ns as f64));
    }
    let mut parts = vec![seen];
    if let Some(hops) = view.facts.under_way {
        let resuming = units::mean_count(view.facts.resuming);
        parts.push(
            unbroken(&format!("hops under way: {} (mean)", units::mean_count(hops))) + ", " + &resuming + " in resume",
        );
    }
    if view.facts.is_crowded() && !view.facts.sites.is_empty() {
        parts.push("so many wait there for each other more than for a wake".to_owned());
    }
    let starts = starts(view);
    let whole: u64 = starts.iter().map(|(_, lengths)| lengths.count()).sum();
    if whole > 0 {
        let shares =
            starts.iter().map(|(word, l)| format!("{} {word}", units::percent(l.count() as f64, whole as f64)));
        parts.push(format!("starts: {}", shares.collect::<Vec<_>>().join(", ")));
    }
    if let (Some(p50), Some(p99)) = (starts[1].1.quantile(0.5), starts[1].1.quantile(0.99)) {
        parts.push(format!("handoff p50 {}, p99 {}", units::duration(p50), units::duration(p99)));
    }
    parts
}

/// How jobs got their threads, and how long that took.
pub(in crate::write) fn starts(view: &View<'_>) -> [(&'static str, Distribution); 3] {
    [(StartKind::Pickup, "woken"), (StartKind::Handoff, "handed on"), (StartKind::NewThread, "new thread")].map(
        |(kind, word)| {
            let mut all = Distribution::default();
            view.facts.sites.iter().filter_map(|site| site.starts.get(&kind)).for_each(|lengths| all.merge(lengths));
            (word, all)
        },
    )
}
