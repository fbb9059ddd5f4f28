//! A report in other tools' formats. One format a file; each gives the whole file's bytes and touches no disk.

/// Calls `$then!` with the formats: a row each, with what it is, whether that is `Text` or `Binary`, and what writes it.
macro_rules! formats {
    ($then:ident) => {
        $then! {
            /// Folded stacks in ns, as flamegraph.pl and inferno-flamegraph read them: joined hops by arm, site, phase, and what
            /// lies inside.
            Folded Text super::folded::write;
            /// A gzipped profile.proto, as Go's `pprof` reads it: hops, time, overhead, bridge locks, copies.
            Pprof Binary super::pprof::write;
            /// JSON for speedscope.app: a profile each for time, overhead and bridge locks.
            Speedscope Text super::speedscope::write;
            /// Chrome's trace events, as Perfetto opens them: threads, and whole hops with arrows between them. Needs a report of
            /// an app that kept whole hops (TOLLBRIDGE_TIMELINE=on).
            Chrome Text super::chrome::write;
            /// A table: a row for each length that is known of hops that are alike.
            Csv Text super::csv::write;
            /// OpenMetrics text: counters and histograms.
            Openmetrics Text super::exposition::openmetrics;
            /// The same in Prometheus's own text format, as `promtool check metrics` and node_exporter read it.
            Prometheus Text super::exposition::prometheus;
        }
    };
}

mod call_site;
mod chrome;
mod csv;
mod exposition;
mod folded;
mod format;
mod pprof;
mod samples;
mod speedscope;

pub use format::{Format, export};
