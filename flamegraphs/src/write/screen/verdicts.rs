//! What to try: the first verdicts, shortly. `tollbridge verdicts` tells all of each, and of all.

use super::page::Page;
use crate::run;
use crate::verdict::{Verdict, of_facts};
use crate::write::view::View;
use crate::write::view::verdicts::{CROWDED, nothing, saves, subject};

/// More advice than this is not read.
const MAX_ADVICE: usize = 3;

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    if let Some(why) = run::why_untimed(view.report) {
        page.paragraph("TRY", why);
        page.blank();
        return;
    }
    let all = of_facts(&view.facts);
    if all.is_empty() && view.facts.sites.is_empty() {
        return;
    }
    let (advice, others): (Vec<&Verdict>, Vec<&Verdict>) = all.iter().partition(|verdict| verdict.rule.advises());
    if advice.is_empty() {
        page.paragraph("TRY", &nothing(view, &others));
    }
    for (i, verdict) in advice.iter().take(MAX_ADVICE).enumerate() {
        let label = if i == 0 { "TRY" } else { "" };
        page.paragraph(label, &format!("{} {}", i + 1, told(view, verdict)));
    }
    if let Some(more) = advice.len().checked_sub(MAX_ADVICE).filter(|&more| more > 0) {
        page.paragraph("", &format!("and {more} more, with evidence, risk and code: tollbridge verdicts FILE"));
    }
    if view.facts.is_crowded() {
        page.paragraph("", CROWDED);
    }
    page.blank();
}

fn told(view: &View<'_>, verdict: &Verdict) -> String {
    let saving = verdict.saving.map(|saving| format!("; {}", saves(&saving))).unwrap_or_default();
    format!(
        "{}: {}. Try {}{saving}; confidence {}, risk: {}",
        subject(view, verdict),
        verdict.rule.title(),
        verdict.attempt,
        verdict.confidence.level.as_str(),
        verdict.risk
    )
}
