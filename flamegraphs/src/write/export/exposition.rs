//! Counters and histograms as text: OpenMetrics, and the format of Prometheus that it grew from.
//!
//! They differ in a few lines: OpenMetrics names a counter's family without `_total`, has units, the moment from which a
//! counter counts, and an end; Prometheus's tools (`promtool check metrics`, node_exporter) take these for metrics without
//! a help text.
//!
//! Buckets end just below a power of two of ns, where buckets of the recorder's own histogram end too, so their counts are
//! exact.
//!
//! # Source
//! OpenMetrics 1.0.0; Prometheus, "Exposition formats". `scripts/peers.sh` holds a file against the parsers of both.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tollbridge_report::names::{Outcome, Phase};
use tollbridge_report::{Distribution, Dropped, GroupKey, LiveSite, Report, bucket_range};

use crate::Error;
use crate::harmless::harmless;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    OpenMetrics,
    Prometheus,
}

/// Buckets end below these powers of two: 256 ns, ..., 17 s.
const EXPONENTS: std::ops::RangeInclusive<u32> = 8..=34;

/// Labels in their order, their values not yet escaped.
type LabelPairs = Vec<(&'static str, String)>;

/// OpenMetrics.
pub(super) fn openmetrics(report: &Report) -> Result<Vec<u8>, Error> {
    Ok(write(report, Dialect::OpenMetrics))
}

/// Prometheus's own.
pub(super) fn prometheus(report: &Report) -> Result<Vec<u8>, Error> {
    Ok(write(report, Dialect::Prometheus))
}

fn write(report: &Report, dialect: Dialect) -> Vec<u8> {
    let started = report.processes.iter().map(|process| process.started_unix_ms).filter(|&ms| ms > 0).min();
    let mut page = Exposition { text: String::new(), dialect, created: started.map(|ms| decimal(ms, 3)) };
    let groups = || report.groups.iter();
    let locks = || groups().flat_map(|group| group.locks.iter().map(|(&op, lock)| (&group.key, op, lock)));
    page.counter(
        "tollbridge_hops",
        "Hops that ended, by how they ended.",
        groups().map(|group| (labels(&group.key, &[("outcome", group.key.outcome.as_str())]), group.hop_ns.count())),
    );
    page.counter(
        "tollbridge_bridge_locks",
        "Acquisitions of a bridge lock in detailed hops, by purpose.",
        locks().map(|(key, op, lock)| (labels(key, &[("op", op.as_str())]), lock.ns.count())),
    );
    page.counter(
        "tollbridge_contended_bridge_locks",
        "Acquisitions of a bridge lock that was not free at the first try, by purpose.",
        locks().map(|(key, op, lock)| (labels(key, &[("op", op.as_str())]), lock.contended)),
    );
    page.counter(
        "tollbridge_state_copies",
        "State copies in detailed hops.",
        groups().filter(|group| group.copies.count() > 0).map(|group| (labels(&group.key, &[]), group.copies.count())),
    );
    page.seconds(
        "tollbridge_phase_seconds",
        "Lengths of the phases of joined hops.",
        groups().filter(|group| group.key.outcome == Outcome::Joined).flat_map(|group| {
            let detail = group.key.detail.as_str();
            let phase = |phase: Phase| labels(&group.key, &[("detail", detail), ("phase", phase.as_str())]);
            group.phases.iter().map(move |(&name, lengths)| (phase(name), lengths))
        }),
    );
    page.gauge(
        "tollbridge_hops_in_flight",
        "Hops that had not ended when the report was taken.",
        report.outcomes.in_flight,
    );
    live(&mut page, report);
    page.counter("tollbridge_dropped", "What could not be recorded, by what it was.", dropped(&report.dropped));
    page.end()
}

/// A count of a site.
type CountOf = fn(&LiveSite) -> u64;

/// What was in flight when the report was taken, by site; nothing where that is not known.
fn live(page: &mut Exposition, report: &Report) {
    let Some(live) = &report.live else { return };
    let families: [(&str, &str, CountOf); 5] = [
        ("tollbridge_hops_queued", "Hops whose job had not begun when the report was taken.", |site| site.queued.count),
        ("tollbridge_hops_running", "Hops whose job ran when the report was taken.", |site| site.running.count),
        ("tollbridge_hops_finished", "Hops whose job had ended and whose outcome nobody had taken.", |site| {
            site.finished.count
        }),
        ("tollbridge_hops_abandoned", "Hops whose job ran though nobody waited for it any more.", |site| {
            site.abandoned
        }),
        ("tollbridge_hops_stuck", "Hops that were queued or ran for longer than TOLLBRIDGE_STUCK.", |site| site.stuck),
    ];
    for (name, help, of) in families {
        let sites = live.sites.iter();
        page.gauges(
            name,
            help,
            sites.map(|site| (vec![("site", harmless(&site.site)), ("job", harmless(&site.job))], of(site))),
        );
    }
    page.gauge(
        "tollbridge_deadlocks",
        "Pools whose threads all waited for hops that were queued behind them.",
        live.deadlocks.len() as u64,
    );
}

fn labels(key: &GroupKey, more: &[(&'static str, &str)]) -> LabelPairs {
    let own = [("site", harmless(&key.site)), ("job", harmless(&key.job)), ("arm", key.arm.to_string())];
    own.into_iter().chain(more.iter().map(|&(name, value)| (name, value.to_owned()))).collect()
}

fn dropped(dropped: &Dropped) -> impl Iterator<Item = (LabelPairs, u64)> {
    let Dropped { hops, spans, sites, histogram_values, outliers, lines, threads, tasks } = *dropped;
    let all = [
        ("hops", hops),
        ("spans", spans),
        ("sites", sites),
        ("histogram_values", histogram_values),
        ("outliers", outliers),
        ("lines", lines),
        ("threads", threads),
        ("tasks", tasks),
    ];
    all.into_iter().map(|(what, count)| (vec![("what", what.to_owned())], count))
}

/// The text so far. A family without a sample is left out.
struct Exposition {
    text: String,
    dialect: Dialect,
    /// Since when counters count: seconds since 1970.
    created: Option<String>,
}

impl Exposition {
    /// `family`: the counter's name without `_total`. Samples of the same labels are added up.
    fn counter(&mut self, family: &str, help: &str, samples: impl Iterator<Item = (LabelPairs, u64)>) {
        let mut sums: BTreeMap<LabelPairs, u64> = BTreeMap::new();
        for (labels, count) in samples {
            let sum = sums.entry(labels).or_default();
            *sum = sum.saturating_add(count);
        }
        if sums.is_empty() {
            return;
        }
        let total = format!("{family}_total");
        self.head(if self.dialect == Dialect::OpenMetrics { family } else { &total }, "counter", None, help);
        for (labels, count) in sums {
            self.sample(&total, &labels, &count.to_string());
            self.created(family, &labels);
        }
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "gauge", None, help);
        self.sample(name, &Vec::new(), &value.to_string());
    }

    /// A gauge by labels. Samples of the same labels are added up.
    fn gauges(&mut self, name: &str, help: &str, samples: impl Iterator<Item = (LabelPairs, u64)>) {
        let mut sums: BTreeMap<LabelPairs, u64> = BTreeMap::new();
        for (labels, value) in samples {
            let sum = sums.entry(labels).or_default();
            *sum = sum.saturating_add(value);
        }
        if sums.is_empty() {
            return;
        }
        self.head(name, "gauge", None, help);
        sums.into_iter().for_each(|(labels, value)| self.sample(name, &labels, &value.to_string()));
    }

    /// A histogram of lengths. Samples of the same labels are added up.
    fn seconds<'a>(&mut self, name: &str, help: &str, samples: impl Iterator<Item = (LabelPairs, &'a Distribution)>) {
        let mut sums: BTreeMap<LabelPairs, Distribution> = BTreeMap::new();
        samples.for_each(|(labels, lengths)| sums.entry(labels).or_default().merge(lengths));
        if sums.is_empty() {
            return;
        }
        self.head(name, "histogram", Some("seconds"), help);
        let bucket = format!("{name}_bucket");
        for (labels, lengths) in sums {
            let below = |end: &str| [labels.as_slice(), &[("le", end.to_owned())]].concat();
            for exponent in EXPONENTS {
                let last_ns = (1 << exponent) - 1;
                self.sample(&bucket, &below(&canonical(last_ns)), &counted(&lengths, last_ns).to_string());
            }
            self.sample(&bucket, &below("+Inf"), &lengths.count().to_string());
            self.sample(&format!("{name}_count"), &labels, &lengths.count().to_string());
            self.sample(&format!("{name}_sum"), &labels, &decimal(lengths.sum(), 9));
            self.created(name, &labels);
        }
    }

    fn head(&mut self, name: &str, kind: &str, unit: Option<&str>, help: &str) {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
        if let (Some(unit), Dialect::OpenMetrics) = (unit, self.dialect) {
            self.line(format_args!("# UNIT {name} {unit}"));
        }
    }

    fn created(&mut self, family: &str, labels: &LabelPairs) {
        if let (Some(created), Dialect::OpenMetrics) = (self.created.clone(), self.dialect) {
            self.sample(&format!("{family}_created"), labels, &created);
        }
    }

    fn sample(&mut self, name: &str, labels: &LabelPairs, value: &str) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        self.line(format_args!("{name}{labels} {value}"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.text, "{line}").expect("a string takes whatever is written to it");
    }

    fn end(mut self) -> Vec<u8> {
        if self.dialect == Dialect::OpenMetrics {
            self.line(format_args!("# EOF"));
        }
        self.text.into_bytes()
    }
}

/// How many values are at most that long, as far as their histogram tells.
fn counted(lengths: &Distribution, last_ns: u64) -> u64 {
    let within = |bucket: u16| bucket_range(usize::from(bucket)).1 <= last_ns;
    lengths.histogram().iter().take_while(|(bucket, _)| within(*bucket)).map(|(_, count)| count).sum()
}

/// A label's value between quotes.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A whole number with its decimal point moved to the left, exactly: `decimal(1500, 3)` is `1.500`.
fn decimal(value: u64, places: u32) -> String {
    let one = 10_u64.pow(places);
    format!("{}.{:0width$}", value / one, value % one, width = places as usize)
}

/// Ns as seconds in the form that a bucket's end has in OpenMetrics, so that the same bucket has the same name everywhere: the
/// shortest digits, and below 0.0001 an exponent of two digits.
fn canonical(ns: u64) -> String {
    let seconds = ns as f64 / 1e9;
    if seconds >= 1e-4 {
        return format!("{seconds:?}");
    }
    let scientific = format!("{seconds:e}");
    match scientific.split_once("e-") {
        Some((digits, exponent)) => format!("{digits}e-{exponent:0>2}"),
        None => scientific,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_and_canonical() {
        assert_eq!([decimal(1_500, 3), decimal(7, 9)], ["1.500", "0.000000007"]);
        for (ns, expected) in [
            (255, "2.55e-07"),
            (16_383, "1.6383e-05"),
            (131_071, "0.000131071"),
            (1_073_741_823, "1.073741823"),
            (2_000_000_000, "2.0"),
        ] {
            assert_eq!(canonical(ns), expected);
        }
    }

    #[test]
    fn buckets_end_where_those_of_the_histogram_end() {
        let mut lengths = Distribution::default();
        [255, 256, 1_023, 1_024].iter().for_each(|&ns| lengths.add(ns));
        assert_eq!([255, 511, 1_023, 2_047].map(|last| counted(&lengths, last)), [1, 2, 3, 4]);
    }

    #[test]
    fn labels_end_where_they_should() {
        assert_eq!(escaped("a\"} 1\nb\\"), r#"a\"} 1\nb\\"#);
    }
}
