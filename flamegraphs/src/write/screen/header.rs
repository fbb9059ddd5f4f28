//! The first lines: what was captured, and what it comes to in one sentence.

use super::page::Page;
use super::tone::Tone;
use crate::write::view::{View, headline, live};

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    page.paragraph("tollbridge ", &format!(" {}", headline::capture(view.report).join("  ")));
    if let Some(unfinished) = headline::unfinished(view.report) {
        page.paragraph("", unfinished);
    }
    if let Some(banner) = headline::banner(view.report) {
        page.blank();
        page.paragraph("", &banner);
    }
    if let Some(unlike) = headline::unlike(view.report) {
        page.blank();
        page.paragraph("", &unlike);
    }
    page.blank();
    for alarm in live::alarms(view) {
        page.toned("", &[(&alarm, Tone::Alarm)]);
        page.blank();
    }
    page.paragraph("", &headline::headline(view).join(" "));
    page.blank();
}
