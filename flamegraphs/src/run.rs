//! What a report tells of, in a few words: which process, how long, since when.

use tollbridge_instrument::report::{Process, Report};

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

/// One of them: `svc[4127], 60.0 s, 2024-01-01 00:00:00 UTC`.
pub(crate) fn process(process: &Process) -> String {
    let name = if process.exe.is_empty() {
        "a log".to_owned()
    } else {
        format!("{}[{}]", harmless(&process.exe), process.pid)
    };
    let length = (process.duration_ns > 0).then(|| units::duration_spaced(process.duration_ns as f64));
    let began = (process.started_unix_ms > 0).then(|| units::moment(process.started_unix_ms));
    [Some(name), length, began].into_iter().flatten().collect::<Vec<_>>().join(", ")
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
    // Merged reports have lost their settings where these differed.
    report.settings.as_ref().map_or_else(|| holds_log(report), |settings| settings.visible)
}

/// Whether it was read from a log, or some of it.
pub(crate) fn holds_log(report: &Report) -> bool {
    report.hops() > 0 && report.processes.iter().any(|process| process.exe.is_empty())
}

/// Whether it is not known of each process whether [`is_inflated`] holds.
pub(crate) fn may_be_inflated(report: &Report) -> bool {
    report.settings.is_none() && report.processes.len() > 1 && !holds_log(report)
}
