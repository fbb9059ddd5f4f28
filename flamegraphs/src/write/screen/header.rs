//! The first lines: what was captured, and what it comes to in one sentence.

use super::page::Page;
use crate::write::view::{View, headline};

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    page.paragraph("tollbridge ", &format!(" {}", headline::capture(view.report).join("  ")));
    if let Some(unfinished) = headline::unfinished(view.report) {
        page.paragraph("", unfinished);
    }
    if let Some(banner) = headline::banner(view.report) {
        page.blank();
        page.paragraph("", banner);
    }
    page.blank();
    page.paragraph("", &headline::headline(view));
    page.blank();
}
