//! What the figures rest on: how much is seen, spans outside hops, the clock and its floors, what was lost, where it lies.

use tollbridge_report::{Process, Report};

use crate::harmless::harmless;
use crate::write::view::{Grid, basis, coverage};
use crate::{run, units};

/// Rows of spans outside hops.
const SPANS: usize = 100;
/// Processes that are named.
const PROCESSES: usize = 100;

pub(super) struct Basis {
    pub(super) coverage: Vec<String>,
    pub(super) clock: Vec<String>,
    pub(super) dropped: Vec<String>,
    /// Sites that cannot be told apart.
    pub(super) merged_sites: Option<String>,
    pub(super) outside: Option<Grid>,
    pub(super) settings: Option<String>,
    pub(super) processes: Vec<String>,
    /// Processes that are not named.
    pub(super) more_processes: usize,
    pub(super) tool: String,
    pub(super) source: Option<String>,
}

impl Basis {
    pub(super) fn of(report: &Report, source: Option<&str>) -> Self {
        Self {
            coverage: coverage::told(report),
            clock: basis::clock(report),
            dropped: basis::dropped(&report.dropped),
            merged_sites: basis::merged_sites(&report.dropped),
            outside: (!report.spans.is_empty()).then(|| basis::outside(report, SPANS)),
            settings: match &report.settings {
                Some(settings) => {
                    let arms = settings.arms.iter().map(|arm| arm.as_str()).collect::<Vec<_>>().join(", ");
                    Some(format!("detail: {}; bridges: {arms}", settings.detail))
                }
                None => run::unlike(report),
            },
            processes: report.processes.iter().take(PROCESSES).map(named).collect(),
            more_processes: report.processes.len().saturating_sub(PROCESSES),
            tool: harmless(&report.tool),
            source: source.map(harmless),
        }
    }
}

/// A process in a line: `svc[4127], 60.0 s, 2024-01-01 00:00:00 UTC`.
fn named(process: &Process) -> String {
    let name = if process.exe.is_empty() {
        "a log".to_owned()
    } else {
        format!("{}[{}]", harmless(&process.exe), process.pid)
    };
    let length = (process.duration_ns > 0).then(|| units::duration_spaced(process.duration_ns as f64));
    let began = (process.started_unix_ms > 0).then(|| units::moment(process.started_unix_ms));
    [Some(name), length, began].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
