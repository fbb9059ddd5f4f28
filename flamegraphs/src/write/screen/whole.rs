//! The screen as a whole.

use tollbridge_instrument::report::Report;

use super::options::ScreenOptions;
use super::page::Page;
use super::{cpu, footer, header, in_flight, locks, pool, sequences, sites, verdicts, what_if};
use crate::write::view::View;

/// The screen of a report: lines ended by `\n`. A mean below the clock's floor is shown as `<floor`, what is
/// not known as `-`. Sites that paid most come first.
#[must_use]
pub fn screen(report: &Report, options: &ScreenOptions) -> String {
    let view = View::of(report);
    let mut page = Page::new(options);
    header::write(&mut page, &view);
    verdicts::write(&mut page, &view);
    in_flight::write(&mut page, &view);
    sites::write(&mut page, &view);
    sequences::write(&mut page, &view);
    pool::write(&mut page, &view);
    cpu::write(&mut page, &view);
    what_if::write(&mut page, report);
    locks::write(&mut page, report);
    footer::write(&mut page, report, options.file.as_deref());
    page.finish()
}
