//! Who calls what is not the app's own.

use super::page::Page;
use crate::units;
use crate::write::view::{View, callers};

/// Sites beyond these are only counted.
const MAX_SITES: usize = 20;
/// Those that matter.
const MAX_BRIEF: usize = 2;

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    let (told, more) = callers::told(view, MAX_SITES);
    for (i, of) in told.iter().enumerate() {
        page.paragraph(if i == 0 { "CALLERS " } else { "" }, &of.sentence);
    }
    let more = (more > 0).then(|| format!("and {}", units::counted(more as u64, "more site", "more sites")));
    for sentence in more.into_iter().chain(callers::lost(view).filter(|_| !told.is_empty())) {
        page.paragraph("", &sentence);
    }
    if !told.is_empty() {
        page.blank();
    }
}

/// The same of few, in a sentence.
pub(super) fn brief(page: &mut Page, view: &View<'_>) {
    let (told, _) = callers::told(view, MAX_BRIEF);
    let told: Vec<String> = told.into_iter().map(|of| of.sentence).collect();
    if !told.is_empty() {
        page.paragraph("CALLERS ", &told.join("; "));
    }
}
