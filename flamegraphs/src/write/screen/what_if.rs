//! What another way of carrying the result across takes: exact counts, then differences with their intervals.

use tollbridge_report::Report;

use super::page::Page;
use super::table::Table;
use crate::write::view::what_if;

pub(super) fn write(page: &mut Page, report: &Report) {
    let arms = what_if::arms(report);
    if arms.is_empty() {
        return;
    }
    page.paragraph("HAND-BACK ", &format!("per result: {}", what_if::counts(&arms)));
    for sentence in what_if::told(report, &arms) {
        page.paragraph("", &sentence);
    }
    page.blank();
    if let Some((meant, spans)) = what_if::spans(report, &arms) {
        let (half, last) = (spans.heads[1 + (spans.heads.len() - 1) / 2].clone(), "contended");
        page.paragraph("BRIDGE LOCKS ", &meant);
        page.table(&Table::from(spans).dividing(&half, last, "arm"));
        page.blank();
    }
}
