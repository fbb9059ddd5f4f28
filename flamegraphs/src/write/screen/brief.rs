//! What a user needs first: what to try, the sites that matter, the pool. A line or two each.

use super::page::Page;
use super::{callers, origins, sites, tasks, verdicts};
use crate::write::view::live::InFlight;
use crate::write::view::{View, pool, what_if};

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    verdicts::brief(page, view);
    sites::brief(page, view);
    origins::brief(page, view);
    callers::brief(page, view);
    tasks::brief(page, view);
    page.paragraph("POOL", &pool::brief(view).join("; "));
    if let Some(InFlight { heading, .. }) = InFlight::of(view, 0) {
        page.paragraph("IN FLIGHT ", &heading);
    }
    if let Some(hand_back) = what_if::brief(view.report) {
        page.paragraph("HAND-BACK ", &hand_back.join("; "));
    }
    page.blank();
}
