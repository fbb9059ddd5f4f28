//! One run, reduced to what is compared of it.

use std::collections::BTreeMap;

use tollbridge_report::names::Arm;
use tollbridge_report::{Clock, Report, Settings};

use super::figure::Figure;
use crate::Error;
use crate::error::Fault;

/// The figures of one site, job and arm; those that it has.
pub(super) type Figures = BTreeMap<Figure, f64>;

/// One run's figures. However large the report was, this holds a few numbers a site.
#[derive(Clone, Debug)]
pub struct Run {
    pub(super) name: String,
    pub(super) settings: Settings,
    pub(super) clock: Option<Clock>,
    /// By site and job, then by arm.
    pub(super) sites: BTreeMap<(String, String), BTreeMap<Arm, Figures>>,
    pub(super) hops_per_second: Option<f64>,
}

impl Run {
    /// Of a report with its derived data. `name` is what messages call it. A merged report is one run: whoever merged it made
    /// its processes one.
    ///
    /// # Errors
    /// [`Error::is_unusable_input`]: it tells of no single way of measuring, since it was read from a log or merged from
    /// reports of different settings, or of no hop.
    pub fn of(name: &str, report: &Report) -> Result<Self, Error> {
        let unlike = |why: &str| incomparable(&format!("`{name}`"), why);
        if report.processes.is_empty() || report.processes.iter().any(|process| process.pid == 0) {
            return Err(unlike(
                "it is of a log, whose times contain the formatting of its lines; give report.json files",
            ));
        }
        let Some(mut settings) = report.settings.clone() else {
            let unlike = crate::run::unlike(report).map(|unlike| format!(" ({unlike})")).unwrap_or_default();
            let why = format!("it was merged from runs of different settings{unlike}; give the runs themselves");
            return Err(incomparable(&format!("`{name}`"), &why));
        };
        if report.sites.is_empty() {
            return Err(unlike("it has no hop that ended; let the app run for longer"));
        }
        settings.arms.sort_unstable();
        // Processes of one merged run went on side by side.
        let lasted: f64 = report.processes.iter().map(|process| process.duration_ns as f64 / 1e9).sum();
        let seconds = Some(lasted / report.processes.len() as f64).filter(|&seconds| seconds > 0.0);
        let mut sites: BTreeMap<_, BTreeMap<Arm, Figures>> = BTreeMap::new();
        for site in &report.sites {
            let figures = Figure::ALL.iter().filter_map(|&figure| Some((figure, figure.of(site, seconds)?)));
            sites.entry((site.site.clone(), site.job.clone())).or_default().insert(site.arm, figures.collect());
        }
        Ok(Self {
            name: name.to_owned(),
            settings,
            clock: report.clock.clone(),
            sites,
            hops_per_second: seconds.map(|seconds| report.hops() as f64 / seconds),
        })
    }

    /// Nothing if the two were measured in the same way, else an error that says what differs.
    pub(super) fn like(&self, other: &Self) -> Result<(), Error> {
        let (own, theirs) = (&self.settings, &other.settings);
        let (what, own, theirs) = if own.detail != theirs.detail {
            ("recorded", own.detail.to_string(), theirs.detail.to_string())
        } else if own.arms != theirs.arms {
            ("had the arms", arms(&own.arms), arms(&theirs.arms))
        } else if own.visible != theirs.visible {
            let seen = |visible| if visible { "seen" } else { "not seen" }.to_owned();
            ("was", seen(own.visible) + " by the app's own subscriber (RUST_LOG)", seen(theirs.visible))
        } else {
            return Ok(());
        };
        let why = format!("it {what} {own}, `{}` {theirs}; measure both sides with the same settings", other.name);
        Err(incomparable(&format!("`{}`", self.name), &why))
    }
}

/// The error that `name` cannot be compared.
pub(super) fn incomparable(name: &str, why: &str) -> Error {
    Fault { message: format!("failed to compare {name}: {why}"), is_of_input: true, ..Fault::default() }.into()
}

fn arms(arms: &[Arm]) -> String {
    arms.iter().map(|arm| arm.as_str()).collect::<Vec<_>>().join(",")
}
