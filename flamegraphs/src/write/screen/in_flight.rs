//! What was in flight when the report was taken.

use super::page::Page;
use super::table::Table;
use super::tone::Tone;
use crate::write::view::View;
use crate::write::view::live::InFlight;

/// Sites beyond these are only counted.
const MAX_SITES: usize = 10;

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    let Some(InFlight { heading, sites, wrong, notes }) = InFlight::of(view, MAX_SITES) else { return };
    page.paragraph("IN FLIGHT ", &heading);
    if !sites.rows.is_empty() {
        let tones = wrong.iter().map(|&wrong| if wrong { Tone::Alarm } else { Tone::Plain });
        page.table(&Table::from(sites).toned(tones));
    }
    for note in &notes {
        page.paragraph("", note);
    }
    page.blank();
}
