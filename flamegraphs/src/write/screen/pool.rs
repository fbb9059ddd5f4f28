//! The blocking pool, as far as tollbridge's jobs show it.

use super::page::Page;
use crate::write::view::{View, pool};

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    page.paragraph("POOL", &pool::told(view).join("; "));
    page.blank();
}
