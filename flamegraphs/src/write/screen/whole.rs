//! The screen as a whole.

use tollbridge_report::Report;

use super::options::ScreenOptions;
use super::page::Page;
use super::{
    brief, callers, cpu, footer, header, in_flight, locks, origins, pool, sequences, sites, tasks, verdicts, what_if,
};
use crate::write::view::View;

/// The screen of a report: lines ended by `\n`. A mean below the clock's floor is shown as `<floor`, what is
/// not known as `-`. Sites that paid most come first. What the options leave out, [`ScreenOptions::with_all`] shows.
#[must_use]
pub fn screen(report: &Report, options: &ScreenOptions) -> String {
    let view = View::of(report);
    let mut page = Page::new(options);
    header::write(&mut page, &view);
    if options.all {
        all(&mut page, &view);
    } else {
        brief::write(&mut page, &view);
    }
    footer::write(&mut page, report, options);
    page.finish()
}

fn all(page: &mut Page, view: &View<'_>) {
    verdicts::write(page, view);
    in_flight::write(page, view);
    sites::write(page, view);
    origins::write(page, view);
    callers::write(page, view);
    tasks::write(page, view);
    sequences::write(page, view);
    pool::write(page, view);
    cpu::write(page, view);
    what_if::write(page, view.report);
    locks::write(page, view.report);
}
