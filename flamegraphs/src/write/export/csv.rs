//! A table: one row for each length that is known of hops that are alike.
//!
//! A name that a spreadsheet would take for a formula has an apostrophe before it, as OWASP's page on CSV injection
//! advises.

use tollbridge_report::{Distribution, GroupKey, HopGroup, Report};

use crate::Error;
use crate::harmless::harmless;
use crate::write::joined::Inside;
use crate::write::undrawn::failed;

const HEADER: [&str; 15] = [
    "site", "job", "arm", "detail", "outcome", "length", "count", "mean_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns",
    "min_ns", "max_ns", "sum_ns",
];

pub(super) fn write(report: &Report) -> Result<Vec<u8>, Error> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let bug = |source: ::csv::Error| failed("the table", source.into());
    writer.write_record(HEADER).map_err(bug)?;
    for group in &report.groups {
        for (name, lengths) in lengths(group).into_iter().filter(|(_, lengths)| lengths.count() > 0) {
            writer.write_record(row(&group.key, &name, lengths)).map_err(bug)?;
        }
    }
    writer.into_inner().map_err(|error| failed("the table", error.into_error()))
}

/// Every length of a group: the hop, the overhead, the phases, and what lies inside them.
fn lengths(group: &HopGroup) -> Vec<(String, &Distribution)> {
    let whole = [("hop".to_owned(), &group.hop_ns), ("overhead".to_owned(), &group.overhead_ns)];
    let phases = group.phases.iter().map(|(phase, ns)| (phase.to_string(), ns));
    let starts = group.starts.iter().map(|(&kind, ns)| (format!("start {kind}"), ns));
    let locks = group.locks.iter().map(|(&op, lock)| (Inside::Lock(op).to_string(), &lock.ns));
    let copies = std::iter::once((Inside::Copy.to_string(), &group.copies));
    whole.into_iter().chain(phases).chain(starts).chain(locks).chain(copies).collect()
}

fn row(key: &GroupKey, name: &str, lengths: &Distribution) -> [String; HEADER.len()] {
    let whole = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
    let float = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    [
        cell(&key.site),
        cell(&key.job),
        key.arm.to_string(),
        key.detail.to_string(),
        key.outcome.to_string(),
        name.to_owned(),
        lengths.count().to_string(),
        float(lengths.mean()),
        float(lengths.quantile(0.5)),
        float(lengths.quantile(0.9)),
        float(lengths.quantile(0.99)),
        float(lengths.quantile(0.999)),
        whole(lengths.min()),
        whole(lengths.max()),
        lengths.sum().to_string(),
    ]
}

/// A name as a cell.
fn cell(name: &str) -> String {
    let name = harmless(name);
    // A spreadsheet passes over spaces before a formula.
    if name.trim_start().starts_with(['=', '+', '-', '@']) { format!("'{name}") } else { name }
}
