//! The sites: a row each over all arms, the phases' means stacked; and what the script sorts, filters and unfolds.

use serde::Serialize;
use tollbridge_report::names::{Phase, PhaseKind, StartKind};
use tollbridge_report::{Distribution, SiteReport};

use super::data::{self, Ns};
use crate::harmless::harmless;
use crate::units;
use crate::verdict::Site;
use crate::write::view::callers::{self, Told};
use crate::write::view::{self, Grid, View, cell, run_of, sequences};

/// Rows that stand in the page itself; the script has the others.
const ROWS: usize = 25;
/// Rows of jobs that went through `wrap(f)`.
const WRAPPED: usize = 100;
/// Sites whose callers are named.
const CALLERS: usize = 25;
/// Width of the longest bar, in the units of its drawing.
const BAR: f64 = 1000.0;

/// The columns behind the bar: what the overhead is the sum of, then what is beside it.
fn columns() -> impl Iterator<Item = Phase> {
    Phase::of(PhaseKind::Overhead).chain(Phase::of(PhaseKind::Wait))
}

pub(super) struct Sites {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    /// How many there are in all.
    pub(super) count: usize,
    /// What must be known of the figures.
    pub(super) notes: Vec<String>,
    /// Calls of one task in sequence, and calls made inside another job.
    pub(super) together: Vec<String>,
    pub(super) wrapped: Option<Grid>,
    /// Who calls what is not the app's own, and the ways there.
    pub(super) callers: Vec<Told>,
}

pub(super) struct Column {
    pub(super) phase: &'static str,
    /// Whether it is a part of the overhead.
    pub(super) is_overhead: bool,
}

pub(super) struct Row {
    pub(super) label: String,
    pub(super) hops: String,
    pub(super) run: String,
    pub(super) overhead: String,
    pub(super) bar: Vec<Segment>,
    pub(super) phases: Vec<String>,
}

/// A phase in a bar.
pub(super) struct Segment {
    pub(super) phase: &'static str,
    pub(super) x: String,
    pub(super) width: String,
}

impl Sites {
    pub(super) fn of(view: &View<'_>) -> Self {
        let longest = view.facts.sites.iter().filter_map(|site| site.overhead_ns.mean()).fold(0.0, f64::max);
        Self {
            columns: columns()
                .map(|phase| Column { phase: phase.as_str(), is_overhead: phase.is_overhead() })
                .collect(),
            rows: view.facts.sites.iter().take(ROWS).map(|site| row(view, site, longest)).collect(),
            count: view.facts.sites.len(),
            notes: view.notes(),
            together: [sequences::told(view), sequences::nested(view)].concat(),
            callers: callers::told(view, CALLERS).0,
            wrapped: (!view.wrapped.is_empty()).then(|| view.wrapped(WRAPPED)),
        }
    }
}

fn row(view: &View<'_>, site: &Site<'_>, longest: f64) -> Row {
    let mean = |phase: Phase| cell::mean(site.phases.get(&phase), view.facts.floor_ns());
    Row {
        label: view.label(site).to_owned(),
        hops: units::count(hops(site)),
        run: cell::mean(run_of(site).as_ref(), view.facts.floor_ns()),
        overhead: cell::mean(Some(&site.overhead_ns), view.facts.floor_ns()),
        bar: bar(site, longest),
        phases: columns().map(mean).collect(),
    }
}

/// Hops that ended, however.
fn hops(site: &Site<'_>) -> u64 {
    site.arms.iter().map(|arm| arm.hops).sum()
}

/// The phases of the overhead side by side, `longest` being as wide as there is room.
fn bar(site: &Site<'_>, longest: f64) -> Vec<Segment> {
    let mut x = 0.0;
    Phase::of(PhaseKind::Overhead)
        .filter_map(|phase| {
            let width = site.mean(phase)? / longest * BAR;
            let segment = Segment { phase: phase.as_str(), x: format!("{x:.1}"), width: format!("{width:.1}") };
            x += width;
            (width > 0.0).then_some(segment)
        })
        .collect()
}

/// All sites, for the script. Means in ns, in the order of [`SitesData::figures`]; null if not known.
#[derive(Serialize)]
pub(super) struct SitesData {
    floor: Option<f64>,
    figures: Vec<&'static str>,
    overhead: Vec<&'static str>,
    sites: Vec<SiteData>,
}

#[derive(Serialize)]
struct SiteData {
    label: String,
    site: String,
    job: String,
    hops: u64,
    means: Vec<Option<Ns>>,
    arms: Vec<ArmData>,
    /// Kind, how many, their mean.
    starts: Vec<(&'static str, u64, Option<Ns>)>,
}

/// The bridge; hops: all, joined, panicked, cancelled, detached; the means.
#[derive(Serialize)]
struct ArmData(&'static str, [u64; 5], Vec<Option<Ns>>);

impl SitesData {
    pub(super) fn of(view: &View<'_>) -> Self {
        let figures = ["run", "overhead"].into_iter().chain(columns().map(Phase::as_str)).collect();
        Self {
            floor: view.facts.floor_ns(),
            figures,
            overhead: Phase::of(PhaseKind::Overhead).map(Phase::as_str).collect(),
            sites: view.facts.sites.iter().map(|site| site_data(view, site)).collect(),
        }
    }
}

fn site_data(view: &View<'_>, site: &Site<'_>) -> SiteData {
    let floor_ns = view.facts.floor_ns();
    let (place, job) = site.key;
    let start = |kind: &StartKind| {
        let lengths = site.starts.get(kind)?;
        Some((kind.as_str(), lengths.count(), lengths.mean().map(|ns| data::mean(ns, floor_ns))))
    };
    SiteData {
        label: view.label(site).to_owned(),
        site: harmless(place),
        job: harmless(job),
        hops: hops(site),
        means: means(run_of(site).as_ref(), &site.overhead_ns, floor_ns, |phase| site.mean(phase)),
        arms: site.arms.iter().map(|arm| arm_data(arm, floor_ns)).collect(),
        starts: StartKind::ALL.iter().filter_map(start).collect(),
    }
}

fn arm_data(site: &SiteReport, floor_ns: Option<f64>) -> ArmData {
    let outcomes = &site.outcomes;
    let hops = [site.hops, outcomes.joined, outcomes.panicked, outcomes.cancelled, outcomes.detached];
    let mean = |phase| site.phases.get(&phase).and_then(Distribution::mean);
    ArmData(site.arm.as_str(), hops, means(view::run(site), &site.overhead_ns, floor_ns, mean))
}

fn means(
    run: Option<&Distribution>,
    overhead: &Distribution,
    floor_ns: Option<f64>,
    of: impl Fn(Phase) -> Option<f64>,
) -> Vec<Option<Ns>> {
    let phases = columns().map(&of);
    [run.and_then(Distribution::mean), overhead.mean()]
        .into_iter()
        .chain(phases)
        .map(|mean| mean.map(|ns| data::mean(ns, floor_ns)))
        .collect()
}
