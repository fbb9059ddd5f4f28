//! The top of the page: what was captured, what must be known first, and the report in one sentence.

use tollbridge_report::Report;

use crate::write::joined::why_nothing;
use crate::write::view::{View, headline, live};
use crate::{run, units};

pub(super) struct Head {
    /// Of the browser's tab.
    pub(super) title: String,
    /// What has to be known before anything else.
    pub(super) alarms: Vec<String>,
    /// The first sentence, and the others.
    pub(super) headline: String,
    pub(super) details: Vec<String>,
    pub(super) capture: Vec<String>,
    pub(super) began: Option<String>,
    pub(super) banners: Vec<Banner>,
}

/// What must be known before a figure is read.
pub(super) struct Banner {
    pub(super) title: &'static str,
    pub(super) text: String,
}

impl Head {
    pub(super) fn of(view: &View<'_>) -> Self {
        let report = view.report;
        let mut sentences = headline::headline(view).into_iter();
        Self {
            title: format!("{}: what its hops cost", run::name(report)),
            alarms: live::alarms(view),
            headline: sentences.next().unwrap_or_default(),
            details: sentences.collect(),
            capture: headline::capture(report),
            began: run::began(report),
            banners: banners(view),
        }
    }
}

fn banners(view: &View<'_>) -> Vec<Banner> {
    let report = view.report;
    let mut banners = Vec::new();
    let mut add = |title, text: String| banners.push(Banner { title, text });
    // What is in flight has a section of its own.
    let in_flight = report.live.as_ref().is_some_and(|live| !live.sites.is_empty());
    if view.facts.sites.is_empty() && view.wrapped.is_empty() && !in_flight {
        add("Nothing to show", format!("There is no hop to tell of: {}.", why_nothing(report)));
    }
    if let Some(inflated) = headline::banner(report) {
        add("Times are not the app's own", inflated);
    }
    if let Some(unfinished) = headline::unfinished(report) {
        add("Not complete", format!("This is {unfinished}. What came later is not in it."));
    }
    if report.processes.len() > 1 {
        add("Merged", merged(report));
    }
    banners
}

fn merged(report: &Report) -> String {
    let processes = units::counted(report.processes.len() as u64, "process", "processes");
    let unlike = headline::unlike(report).map(|unlike| format!(" {unlike}")).unwrap_or_default();
    format!("{processes} added up: counts and times are those of all of them, their captures' lengths too.{unlike}")
}
