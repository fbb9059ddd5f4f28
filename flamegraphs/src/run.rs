//! What a report tells of, in a few words: which process, how long, since when.

use std::collections::BTreeMap;

use tollbridge_report::{Observed, Report, Settings};

use crate::harmless::harmless;
use crate::units;

/// `svc[4127]`, `3 processes`, `a log`.
pub(crate) fn name(report: &Report) -> String {
    match &report.processes[..] {
        [] => "a log".to_owned(),
        [process] if process.exe.is_empty() => "a log".to_owned(),
        [process] => format!("{}[{}]", harmless(&process.exe), process.pid),
        several => units::counted(several.len() as u64, "process", "processes"),
    }
}

/// How long the capture lasted; several processes' captures added up. `None` if that is not known.
pub(crate) fn length_ns(report: &Report) -> Option<u64> {
    let ns = report.processes.iter().map(|process| process.duration_ns).fold(0, u64::saturating_add);
    (ns > 0).then_some(ns)
}

/// The same in words.
pub(crate) fn length(report: &Report) -> Option<String> {
    length_ns(report).map(|ns| units::duration_spaced(ns as f64))
}

/// When the first capture began.
pub(crate) fn began(report: &Report) -> Option<String> {
    let first = report.processes.iter().map(|process| process.started_unix_ms).filter(|&ms| ms > 0).min()?;
    Some(units::moment(first))
}

/// All of it: `svc[4127], 60.0 s, 2024-01-01 00:00:00 UTC`.
pub(crate) fn describe(report: &Report) -> String {
    [Some(name(report)), length(report), began(report)].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Whether the app's own subscriber saw spans or events, so that durations contain its work.
pub(crate) fn is_inflated(report: &Report) -> bool {
    match &report.settings {
        Some(settings) => settings.visible,
        None => holds_log(report) || !report.processes.is_empty() && seen(report) == report.processes.len(),
    }
}

/// Whether it was read from a log, or some of it.
pub(crate) fn holds_log(report: &Report) -> bool {
    report.hops() > 0 && report.processes.iter().any(|process| process.exe.is_empty())
}

/// Whether [`is_inflated`] holds of some processes, or is not known of some.
pub(crate) fn may_be_inflated(report: &Report) -> bool {
    report.settings.is_none()
        && report.processes.len() > 1
        && !is_inflated(report)
        && seen(report) + unknown(report) > 0
}

/// Processes whose app's own subscriber saw spans or events.
pub(crate) fn seen(report: &Report) -> usize {
    all_settings(report).flatten().filter(|settings| settings.visible).count()
}

/// Processes of which it is not known what they were asked for.
pub(crate) fn unknown(report: &Report) -> usize {
    all_settings(report).filter(Option::is_none).count()
}

fn all_settings(report: &Report) -> impl Iterator<Item = Option<&Settings>> {
    report.processes.iter().map(|process| report.settings_of(process))
}

/// Why nothing can be said from durations, if that is so.
pub(crate) fn why_untimed(report: &Report) -> Option<&'static str> {
    if is_inflated(report) {
        return Some("nothing can be said from times that contain the app's own logging");
    }
    may_be_inflated(report).then(|| match seen(report) {
        0 => {
            "nothing can be said: an older version merged these reports and lost the settings of some; merge them again"
        }
        _ => "nothing can be said: the times of some processes contain the app's own logging; leave those out",
    })
}

/// In what the processes' settings differ, as far as these are known: `detail is phases in 2 processes and locks in 1`.
pub fn unlike(report: &Report) -> Option<String> {
    let settings = || all_settings(report).flatten();
    let arms = |settings: &Settings| {
        let mut arms = settings.arms.clone();
        arms.sort_unstable();
        arms.iter().map(|arm| arm.as_str()).collect::<Vec<_>>().join(", ")
    };
    let told = |what: &str, of: &dyn Fn(&Settings) -> String| {
        let mut values: BTreeMap<String, u64> = BTreeMap::new();
        settings().for_each(|settings| *values.entry(of(settings)).or_default() += 1);
        let values = values.iter().enumerate().map(|(i, (value, processes))| {
            let processes =
                if i == 0 { units::counted(*processes, "process", "processes") } else { units::count(*processes) };
            format!("{value} in {processes}")
        });
        let values: Vec<String> = values.collect();
        (values.len() > 1).then(|| format!("{what} is {}", values.join(" and ")))
    };
    let parts = [
        told("detail", &|settings| settings.detail.to_string()),
        told("the bridge", &|settings| arms(settings)),
        told("what the app's own subscriber sees (RUST_LOG)", &|settings| {
            if settings.visible { "every hop" } else { "nothing" }.to_owned()
        }),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// What is known of every job of the pools; `None` where only tollbridge's own calls were seen. (A layer that saw none was in a program whose tokio tells
/// of none.)
pub(crate) fn every_job(report: &Report) -> Option<&Observed> {
    report.observed.as_ref().filter(|observed| observed.jobs > 0)
}
