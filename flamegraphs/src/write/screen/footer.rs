//! What the figures rest on: what is seen, the clock, what was lost, where it is stored.

use tollbridge_report::Report;

use super::options::ScreenOptions;
use super::page::Page;
use crate::harmless::harmless;
use crate::units;
use crate::write::view::{basis, coverage};

/// Spans outside hops beyond these are only counted.
const MAX_SPANS: usize = 10;

/// Where the rest is.
const MORE: &str =
    "tollbridge report --all FILE: phases, tails, CPU time, locks, coverage; tollbridge verdicts FILE: evidence";

pub(super) fn write(page: &mut Page, report: &Report, options: &ScreenOptions) {
    if options.all {
        rests_on(page, report);
    }
    let dropped = basis::dropped(&report.dropped);
    if !dropped.is_empty() {
        page.paragraph("DROPPED ", &dropped.join("; "));
    }
    if let Some(note) = basis::merged_sites(&report.dropped) {
        page.paragraph("NOTE", &note);
    }
    if let Some(file) = &options.file {
        page.paragraph("FILE", &harmless(&file.display().to_string()));
    }
    if !options.all {
        page.paragraph("MORE", MORE);
    }
}

fn rests_on(page: &mut Page, report: &Report) {
    if !report.spans.is_empty() {
        page.table(&basis::outside(report, MAX_SPANS).into());
        if let Some(more) = report.spans.len().checked_sub(MAX_SPANS).filter(|&more| more > 0) {
            page.paragraph("", &format!("and {} more", units::count(more as u64)));
        }
        page.blank();
    }
    page.paragraph("COVERAGE ", &coverage::told(report).join("; "));
    page.paragraph("CLOCK", &basis::clock(report).join("; "));
}
