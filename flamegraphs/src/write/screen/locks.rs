//! Whether locks matter, a sentence each.

use tollbridge_report::Report;

use super::page::Page;
use crate::write::view::locks;

pub(super) fn write(page: &mut Page, report: &Report) {
    let told = locks::told(report);
    for (i, sentence) in told.iter().enumerate() {
        page.paragraph(if i == 0 { "LOCKS" } else { "" }, sentence);
    }
    if !told.is_empty() {
        page.blank();
    }
}
