//! What tasks do with the pool in their lives.

use super::page::Page;
use crate::write::view::{View, tasks};

/// Rows of the table.
const MAX_ROWS: usize = 20;

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    if let Some(mut grid) = tasks::grid(view, MAX_ROWS) {
        "TASKS SPAWNED AT".clone_into(&mut grid.heads[0]);
        page.table(&grid.into());
        page.blank();
    }
}

/// The same in a sentence.
pub(super) fn brief(page: &mut Page, view: &View<'_>) {
    let told = tasks::told(view);
    if !told.is_empty() {
        page.paragraph("TASKS ", &told.join("; "));
    }
}
