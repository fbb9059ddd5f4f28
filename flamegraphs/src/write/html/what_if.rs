//! What another bridge would take: exact counts, differences with their intervals, what CPython's change would be worth here.

use tollbridge_report::names::Arm;
use tollbridge_report::{ArmReport, Contrast, Interval, Report};

use crate::units;
use crate::write::view::{Grid, locks, what_if};

/// Half the width of an interval's drawing.
const HALF: f64 = 100.0;
/// What is left of it at each end, for the dot in the middle of a short interval.
const DOT: f64 = 4.0;

pub(super) struct WhatIf {
    /// What CPython's change is worth.
    pub(super) worth: Option<String>,
    pub(super) counts: Grid,
    pub(super) differences: Vec<ArmDifference>,
    pub(super) notes: Vec<String>,
    /// How the means of bridge locks are meant, and the means.
    pub(super) spans: Option<(String, Grid)>,
    pub(super) locks: Vec<String>,
}

/// Two bridges against each other.
pub(super) struct ArmDifference {
    pub(super) pair: String,
    pub(super) transfer: String,
    pub(super) ratio: String,
    pub(super) transfer_plot: Option<Plot>,
    pub(super) hop: String,
    pub(super) hop_plot: Option<Plot>,
}

/// An interval and its middle on an axis whose nought is at 100 of 200.
pub(super) struct Plot {
    pub(super) low: String,
    pub(super) width: String,
    pub(super) middle: String,
    pub(super) significant: bool,
}

impl WhatIf {
    /// `None` if no hop crossed a bridge.
    pub(super) fn of(report: &Report) -> Option<Self> {
        let arms = what_if::arms(report);
        if arms.is_empty() {
            return None;
        }
        let transfers = scale(report.contrast.iter().map(|contrast| contrast.transfer_difference_ns));
        let hops = scale(report.contrast.iter().map(|contrast| contrast.hop_difference_ns));
        Some(Self {
            worth: what_if::worth(report),
            counts: counts(&arms),
            differences: report.contrast.iter().map(|contrast| difference(contrast, transfers, hops)).collect(),
            notes: what_if::notes(report, &arms),
            spans: what_if::spans(report, &arms),
            locks: locks::told(report),
        })
    }
}

fn counts(arms: &[(Arm, &ArmReport)]) -> Grid {
    let heads = ["hops", "bridge locks per transfer", "copies per transfer", "bridge locks to publish"];
    let mut grid = Grid::new(&["bridge"], &heads);
    for (name, arm) in arms {
        let per = |n: Option<f64>| n.map_or_else(|| "not counted".to_owned(), units::per);
        grid.row(vec![
            name.to_string(),
            units::count(arm.hops),
            per(arm.locks_per_transfer),
            per(arm.copies_per_transfer),
            per(arm.publish_locks_per_transfer),
        ]);
    }
    grid
}

fn difference(contrast: &Contrast, transfers: f64, hops: f64) -> ArmDifference {
    let plot = |interval: Option<Interval>, scale: f64| interval.map(|interval| plot(interval, scale));
    ArmDifference {
        pair: format!("{} - {}", contrast.a, contrast.b),
        transfer: what_if::interval(contrast.transfer_difference_ns),
        ratio: what_if::ratio(contrast).unwrap_or_else(|| "-".to_owned()),
        transfer_plot: plot(contrast.transfer_difference_ns, transfers),
        hop: what_if::interval(contrast.hop_difference_ns),
        hop_plot: plot(contrast.hop_difference_ns, hops),
    }
}

/// The largest end of intervals that are drawn on one axis.
fn scale(intervals: impl Iterator<Item = Option<Interval>>) -> f64 {
    intervals.flatten().flat_map(|interval| [interval.low.abs(), interval.high.abs()]).fold(f64::MIN_POSITIVE, f64::max)
}

fn plot(interval: Interval, scale: f64) -> Plot {
    let at = |ns: f64| HALF + ns / scale * (HALF - DOT);
    let (low, high) = (at(interval.low), at(interval.high));
    Plot {
        low: format!("{low:.1}"),
        width: format!("{:.1}", (high - low).max(1.0)),
        middle: format!("{:.1}", at(interval.value)),
        significant: interval.significant,
    }
}
