//! Whose calls fill the pool.

use super::page::Page;
use crate::write::view::{View, origins};

/// Rows of the table.
const MAX_ROWS: usize = 20;

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    if let Some(mut grid) = origins::grid(view, MAX_ROWS) {
        "ORIGIN".clone_into(&mut grid.heads[0]);
        page.table(&grid.into());
        page.blank();
    }
}

/// The same in a sentence.
pub(super) fn brief(page: &mut Page, view: &View<'_>) {
    let told = origins::told(view);
    if !told.is_empty() {
        page.paragraph("ORIGIN ", &told.join("; "));
    }
}
