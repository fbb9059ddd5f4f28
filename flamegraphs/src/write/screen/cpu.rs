//! CPU time of the process and of its jobs.

use super::page::Page;
use crate::write::view::{View, cpu};

/// Sites beyond these are left out.
const MAX_SITES: usize = 10;

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    let (process, sites) = (cpu::process(view.report), cpu::sites(view, MAX_SITES));
    if process.is_empty() && sites.is_none() {
        return;
    }
    if !process.is_empty() {
        page.paragraph("CPU", &process.join("; "));
    }
    if let Some(sites) = sites {
        page.table(&sites.into());
    }
    page.blank();
}
