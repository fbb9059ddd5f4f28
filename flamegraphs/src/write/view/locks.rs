//! Whether locks matter: one sentence for the bridge locks of all hops, and one for each lock outside them.
//!
//! # The rule
//! A lock's time is the sum of its acquisitions less an empty span's for each (as measured where the clock is not known;
//! never below nothing). It is divided by hops and held against [`MATTERS`] of the mean hop; what was *contended*, not free
//! at the first try, is held against [`QUEUES`] of the acquisitions:
//!
//! | contended | less than `MATTERS` of a hop | `MATTERS` of a hop or more |
//! |---|---|---|
//! | none | they do not matter here | no thread waits: it is their number that costs |
//! | less than `QUEUES` | too short a wait to matter here | seldom waited for, but long: see the tail |
//! | `QUEUES` or more | too short a wait to matter here | threads wait for each other here |
//!
//! Bridge locks: the joined hops whose bridge locks were recorded, on bridges that have some; what the locks take and the
//! hop that they are held against are those hops' own. Other locks (`lock NAME`: the instrumented mutex, or a bridge lock of
//! `wrap_future`) are not tied to a hop: their time is divided by all joined hops, as if these had taken them. Without
//! joined hops, and where times contain the app's own logging, counts are told and no verdict.
//!
//! # Limits
//! A hop contains its wait for a thread and for the awaiter's turn, so a share of it is small where those are long. Of
//! a lock with `MATTERS` or more, what is waiting and what is the acquisition itself is not known apart.

use std::collections::BTreeMap;

use tollbridge_report::names::{Outcome, SpanKind};
use tollbridge_report::{Distribution, HopGroup, Report};

use crate::run;
use crate::units::{self, unbroken};
use crate::verdict::MATTERS;
use crate::write::label;

/// The share of acquisitions from which threads are said to wait for each other.
const QUEUES: f64 = 0.01;
/// Locks outside hops beyond these are only counted.
const MAX_LOCKS: usize = 8;

/// Acquisitions of what is told of in one sentence.
#[derive(Debug, Default)]
struct Lock {
    taken: u64,
    contended: u64,
    /// All acquisitions, less an empty span's share.
    ns: f64,
    /// The whole lengths, for the tail; the bridge locks have theirs in a table of their own.
    lengths: Distribution,
}

/// The hops that a lock's time is held against.
#[derive(Clone, Copy, Debug, Default)]
struct Hops {
    count: u64,
    ns: u64,
}

impl Hops {
    fn add(&mut self, group: &HopGroup) {
        self.count += group.hop_ns.count();
        self.ns = self.ns.saturating_add(group.hop_ns.sum());
    }

    fn per_hop(self, ns: f64) -> Option<f64> {
        (self.count > 0).then(|| ns / self.count as f64)
    }
}

/// A sentence each, the bridge locks' first.
pub(in crate::write) fn told(report: &Report) -> Vec<String> {
    let timed = !run::is_inflated(report);
    let (bridge, bridged) = bridge_locks(report);
    let others = other_locks(report);
    let mut told = Vec::new();
    if bridge.taken > 0 {
        told.push(sentence("bridge locks", &bridge, timed.then_some(bridged), false));
    }
    let mut all = Hops::default();
    joined(report).for_each(|group| all.add(group));
    let named = others.iter().take(MAX_LOCKS);
    told.extend(named.map(|(name, lock)| sentence(name, lock, timed.then_some(all), true)));
    if let Some(more) = others.len().checked_sub(MAX_LOCKS).filter(|&more| more > 0) {
        told.push(format!("and {}", units::counted(more as u64, "more lock", "more locks")));
    }
    told
}

fn joined(report: &Report) -> impl Iterator<Item = &HopGroup> {
    report.groups.iter().filter(|group| group.key.outcome == Outcome::Joined)
}

/// Less an empty span's for each; nothing if that leaves nothing.
fn less_empty_spans(report: &Report, lengths: &Distribution) -> f64 {
    let floor = report.clock.as_ref().map_or(0.0, |clock| clock.ordered_floor_ns);
    (lengths.sum() as f64 - floor * lengths.count() as f64).max(0.0)
}

/// The bridge locks of all hops, and the hops that their time is held against.
fn bridge_locks(report: &Report) -> (Lock, Hops) {
    let (mut all, mut hops) = (Lock::default(), Hops::default());
    for count in report.groups.iter().flat_map(|group| group.locks.values()) {
        all.taken += count.ns.count();
        all.contended += count.contended;
    }
    for group in joined(report).filter(|group| !group.locks.is_empty()) {
        hops.add(group);
        group.locks.values().for_each(|count| all.lengths.merge(&count.ns));
    }
    all.ns = less_empty_spans(report, &all.lengths);
    (all, hops)
}

/// Locks outside hops by name, under whatever spans they were taken: most time first.
fn other_locks(report: &Report) -> Vec<(String, Lock)> {
    let mut locks: BTreeMap<String, Lock> = BTreeMap::new();
    for span in report.spans.iter().filter(|span| matches!(span.kind, SpanKind::BridgeLock | SpanKind::Mutex)) {
        let lock = locks.entry(label::span(span, 1)).or_default();
        lock.taken += span.ns.count();
        lock.contended += span.contended;
        lock.lengths.merge(&span.ns);
    }
    let mut locks: Vec<(String, Lock)> = locks.into_iter().filter(|(_, lock)| lock.taken > 0).collect();
    for (_, lock) in &mut locks {
        lock.ns = less_empty_spans(report, &lock.lengths);
    }
    locks.sort_by(|(_, a), (_, b)| b.ns.total_cmp(&a.ns));
    locks
}

/// `hops`: nothing if times are not to be trusted. `outside`: a lock that no hop holds, whose lengths stand nowhere else.
fn sentence(name: &str, lock: &Lock, hops: Option<Hops>, outside: bool) -> String {
    let taken = units::count(lock.taken);
    let contended = match lock.contended {
        0 => format!("none of {taken} was contended"),
        1 => format!("1 of {taken} was contended"),
        n => format!("{} of {taken} were contended", units::count(n)),
    };
    let mut parts = vec![match lock.contended {
        0 => format!("{name}: {contended}"),
        n => format!("{name}: {contended} ({})", unbroken(&units::percent(n as f64, lock.taken as f64))),
    }];
    let Some(hops) = hops else {
        return parts.remove(0);
    };
    if let (true, Some(mean), Some(p99), Some(max)) =
        (outside, lock.lengths.mean(), lock.lengths.quantile(0.99), lock.lengths.max())
    {
        let shown = [mean, p99, max as f64].map(|ns| unbroken(&units::duration_spaced(ns)));
        parts.push(format!("to take it: mean {}, p99 {}, at most {}", shown[0], shown[1], shown[2]));
    }
    if let (Some(lock_ns), Some(hop_ns)) = (hops.per_hop(lock.ns), hops.per_hop(hops.ns as f64)) {
        let share = lock_ns / hop_ns.max(1.0);
        // It may be more than all of the hop.
        let of = if outside { "for each hop" } else { "of a hop" };
        let cost = if lock.ns > 0.0 {
            let (cost, hop) = (units::duration_spaced(lock_ns), units::duration_spaced(hop_ns));
            let share = units::percent(share, 1.0);
            format!("{} {of} of {} ({})", unbroken(&cost), unbroken(&hop), unbroken(&share))
        } else {
            format!("less than the clock can tell {of} of {}", unbroken(&units::duration_spaced(hop_ns)))
        };
        parts.push(format!("{cost}: {}", verdict(lock.contended as f64 / lock.taken as f64, share)));
    }
    parts.join("; ")
}

/// The table above. `contended`: of acquisitions. `share`: of the mean hop.
fn verdict(contended: f64, share: f64) -> &'static str {
    match (contended > 0.0, share >= MATTERS) {
        (false, false) => "they do not matter here",
        (false, true) => "no thread waits, it is their number that costs",
        (true, false) => "too short a wait to matter here",
        (true, true) if contended < QUEUES => "seldom waited for, but long: see the tail",
        (true, true) => "threads wait for each other here",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_the_table() {
        for (contended, share, expected) in [
            (0.0, 0.0, "they do not matter here"),
            (0.0, 0.0099, "they do not matter here"),
            (0.0, 0.01, "no thread waits, it is their number that costs"),
            (0.001, 0.0099, "too short a wait to matter here"),
            (0.5, 0.0099, "too short a wait to matter here"),
            (0.0099, 0.01, "seldom waited for, but long: see the tail"),
            (0.01, 0.01, "threads wait for each other here"),
            (1.0, 0.9, "threads wait for each other here"),
        ] {
            assert_eq!(verdict(contended, share), expected, "{contended} {share}");
        }
    }
}
