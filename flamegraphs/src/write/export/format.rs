//! Which formats there are.

use tollbridge_report::Report;

use super::exposition::{self, Dialect};
use super::{chrome, csv, folded, pprof, speedscope};
use crate::Error;

/// Another tool's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Format {
    /// Folded stacks in ns, as flamegraph.pl and inferno-flamegraph read them: joined hops by arm, site, phase, and what
    /// lies inside.
    Folded,
    /// A gzipped profile.proto, as Go's `pprof` reads it: hops, time, overhead, bridge locks, copies.
    Pprof,
    /// JSON for speedscope.app: a profile each for time, overhead and bridge locks.
    Speedscope,
    /// Chrome's trace events, as Perfetto opens them: threads, and whole hops with arrows between them. Needs a report of
    /// an app that kept whole hops (TOLLBRIDGE_TIMELINE=on).
    Chrome,
    /// A table: a row for each length that is known of hops that are alike.
    Csv,
    /// OpenMetrics text: counters and histograms.
    Openmetrics,
    /// The same in Prometheus's own text format, as `promtool check metrics` and node_exporter read it.
    Prometheus,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] =
        &[Self::Folded, Self::Pprof, Self::Speedscope, Self::Chrome, Self::Csv, Self::Openmetrics, Self::Prometheus];

    /// Whether the file is no text, so that a terminal could not show it.
    #[must_use]
    pub const fn is_binary(self) -> bool {
        matches!(self, Self::Pprof)
    }
}

/// The report as a whole file of another format. Names in it are harmless to a terminal: control characters and marks that
/// turn the direction of writing are spaces.
///
/// # Errors
/// - [`Error::is_nothing_to_draw`]: stacks were asked for, and no hop ended; or a trace, and no hops were kept whole.
/// - Neither of input nor of output: a bug in the writer of the format.
pub fn export(report: &Report, format: Format) -> Result<Vec<u8>, Error> {
    match format {
        Format::Folded => folded::write(report),
        Format::Pprof => pprof::write(report),
        Format::Speedscope => speedscope::write(report),
        Format::Chrome => chrome::write(report),
        Format::Csv => csv::write(report),
        Format::Openmetrics => Ok(exposition::write(report, Dialect::OpenMetrics)),
        Format::Prometheus => Ok(exposition::write(report, Dialect::Prometheus)),
    }
}
