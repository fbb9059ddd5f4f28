//! A report as weighted stacks: what folded stacks, pprof and speedscope have in common.
//!
//! A hop's stack is its site, a phase, and what lies inside the phase. Times are those of joined hops, whose phases add up to
//! the hop; counts are those of all that ended. Each sample weighs what belongs to its last frame alone, so a frame's whole
//! weight is the sum over the stacks through it.

use std::collections::BTreeMap;

use tollbridge_report::names::{Outcome, Phase, StartKind};
use tollbridge_report::{GroupKey, HopGroup, Report};

use crate::write::joined::{Inside, fitted};

/// What a stack can weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Hops,
    Time,
    Overhead,
    BridgeLocks,
    ContendedBridgeLocks,
    BridgeLockTime,
    Copies,
    CopiedBytes,
}

impl Measure {
    pub(super) const ALL: [Self; 8] = [
        Self::Hops,
        Self::Time,
        Self::Overhead,
        Self::BridgeLocks,
        Self::ContendedBridgeLocks,
        Self::BridgeLockTime,
        Self::Copies,
        Self::CopiedBytes,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Hops => "hops",
            Self::Time => "time",
            Self::Overhead => "overhead",
            Self::BridgeLocks => "bridge_locks",
            Self::ContendedBridgeLocks => "contended_bridge_locks",
            Self::BridgeLockTime => "bridge_lock_time",
            Self::Copies => "copies",
            Self::CopiedBytes => "copied_bytes",
        }
    }

    /// The unit as pprof names it.
    pub(super) const fn unit(self) -> &'static str {
        match self {
            Self::Hops | Self::BridgeLocks | Self::ContendedBridgeLocks | Self::Copies => "count",
            Self::Time | Self::Overhead | Self::BridgeLockTime => "nanoseconds",
            Self::CopiedBytes => "bytes",
        }
    }
}

/// A stack's weights, in the order of [`Measure::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weights([u64; Measure::ALL.len()]);

impl Weights {
    pub(super) fn get(self, measure: Measure) -> u64 {
        self.0[measure as usize]
    }

    pub(super) fn all(self) -> [u64; Measure::ALL.len()] {
        self.0
    }

    fn add(&mut self, measure: Measure, value: u64) {
        let weight = &mut self.0[measure as usize];
        *weight = weight.saturating_add(value);
    }

    fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// What a phase is divided into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Not inside the `start` phase but the whole of it, by how the job got its thread.
    Start(StartKind),
    Span(Inside),
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Start(kind) => f.write_str(kind.as_str()),
            Self::Span(inside) => inside.fmt(f),
        }
    }
}

/// Where in a hop: nowhere in particular, in a phase, inside a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Hop,
    Phase(Phase, Option<Part>),
}

impl Place {
    /// The frames below the site.
    pub(super) fn frames(self) -> impl Iterator<Item = String> {
        let (phase, inside) = match self {
            Self::Hop => (None, None),
            Self::Phase(phase, part) => (Some(phase.to_string()), part.map(|part| part.to_string())),
        };
        phase.into_iter().chain(inside)
    }
}

/// One stack of hops that are alike.
#[derive(Clone, Copy, Debug)]
pub(super) struct StackSample<'a> {
    pub(super) key: &'a GroupKey,
    pub(super) place: Place,
    pub(super) weights: Weights,
}

/// Every stack of a report that weighs anything, groups in the report's order, places in time order.
pub(super) fn samples(report: &Report) -> impl Iterator<Item = StackSample<'_>> {
    report.groups.iter().flat_map(|group| {
        let places = places(group).into_iter().filter(|(_, weights)| !weights.is_nothing());
        places.map(|(place, weights)| StackSample { key: &group.key, place, weights })
    })
}

fn places(group: &HopGroup) -> BTreeMap<Place, Weights> {
    let mut places: BTreeMap<Place, Weights> = BTreeMap::new();
    let mut add = |place, measure, value| places.entry(place).or_default().add(measure, value);
    add(Place::Hop, Measure::Hops, group.hop_ns.count());
    if group.key.outcome == Outcome::Joined {
        for &phase in Phase::ALL {
            let mut time = |part, ns| {
                let place = Place::Phase(phase, part);
                add(place, Measure::Time, ns);
                add(place, Measure::Overhead, if phase.is_overhead() { ns } else { 0 });
            };
            let whole = group.phases.get(&phase).map_or(0, |lengths| lengths.sum());
            let parts = fitted(parts(group, phase), whole);
            time(None, whole - parts.iter().map(|(_, ns)| ns).sum::<u64>());
            parts.into_iter().for_each(|(part, ns)| time(Some(part), ns));
        }
    }
    for (&op, lock) in &group.locks {
        let place = Place::inside(Inside::Lock(op));
        add(place, Measure::BridgeLocks, lock.ns.count());
        add(place, Measure::ContendedBridgeLocks, lock.contended);
        add(place, Measure::BridgeLockTime, lock.ns.sum());
    }
    add(Place::inside(Inside::Copy), Measure::Copies, group.copies.count());
    add(Place::inside(Inside::Copy), Measure::CopiedBytes, group.copied_bytes);
    places
}

/// What a phase is divided into, in time order, each with its ns.
fn parts(group: &HopGroup, phase: Phase) -> Vec<(Part, u64)> {
    let starts = group.starts.iter().filter(|_| phase == Phase::Start);
    let starts = starts.map(|(&kind, lengths)| (Part::Start(kind), lengths.sum()));
    let spans = Inside::of(group).filter(|(inside, _)| inside.phase() == phase);
    starts.chain(spans.map(|(inside, ns)| (Part::Span(inside), ns))).collect()
}

impl Place {
    fn inside(inside: Inside) -> Self {
        Self::Phase(inside.phase(), Some(Part::Span(inside)))
    }
}
