//! Calls that belong together.

use super::page::Page;
use crate::write::view::{View, sequences};

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    for (label, sentences) in [("SEQUENCES ", sequences::told(view)), ("NESTED ", sequences::nested(view))] {
        for (i, sentence) in sentences.iter().enumerate() {
            page.paragraph(if i == 0 { label } else { "" }, sentence);
        }
        if !sentences.is_empty() {
            page.blank();
        }
    }
}
