//! What to try: the first verdicts, shortly. `tollbridge verdicts` tells all of each, and of all.

use super::page::Page;
use crate::run;
use crate::verdict::{Verdict, of_facts};
use crate::write::view::View;
use crate::write::view::verdicts::{CROWDED, nothing, saves, subject};

/// More advice than this is not read.
const MAX_ADVICE: usize = 3;

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    let Some(advice) = advice(page, view) else { return };
    for (i, verdict) in advice.iter().take(MAX_ADVICE).enumerate() {
        let label = if i == 0 { "TRY" } else { "" };
        page.paragraph(label, &format!("{} {}", i + 1, told(view, verdict)));
    }
    more(page, &advice);
    if view.facts.is_crowded() {
        page.paragraph("", CROWDED);
    }
    page.blank();
}

/// The first piece of advice in full, of the next ones what they are about.
pub(super) fn brief(page: &mut Page, view: &View<'_>) {
    let Some(advice) = advice(page, view) else { return };
    if let Some((first, others)) = advice.split_first() {
        page.paragraph("TRY", &format!("1 {}", told(view, first)));
        for (i, verdict) in others.iter().take(MAX_ADVICE - 1).enumerate() {
            page.paragraph("", &format!("{} {}", i + 2, what(view, verdict)));
        }
    }
    more(page, &advice);
    page.blank();
}

/// What advises; `None` where nothing is to be said, or all is.
fn advice(page: &mut Page, view: &View<'_>) -> Option<Vec<Verdict>> {
    if let Some(why) = run::why_untimed(view.report) {
        page.paragraph("TRY", why);
        page.blank();
        return None;
    }
    let all = of_facts(&view.facts);
    if all.is_empty() && view.facts.sites.is_empty() {
        return None;
    }
    let (advice, others): (Vec<Verdict>, Vec<Verdict>) = all.into_iter().partition(|verdict| verdict.rule.advises());
    if advice.is_empty() {
        page.paragraph("TRY", &nothing(view, &others.iter().collect::<Vec<_>>()));
    }
    Some(advice)
}

fn more(page: &mut Page, advice: &[Verdict]) {
    if let Some(more) = advice.len().checked_sub(MAX_ADVICE).filter(|&more| more > 0) {
        page.paragraph("", &format!("and {more} more, with evidence, risk and code: tollbridge verdicts FILE"));
    }
}

fn what(view: &View<'_>, verdict: &Verdict) -> String {
    let saving = verdict.saving.map(|saving| format!("; {}", saves(&saving))).unwrap_or_default();
    format!("{}: {}. Try {}{saving}", subject(view, verdict), verdict.rule.title(), verdict.attempt)
}

fn told(view: &View<'_>, verdict: &Verdict) -> String {
    format!("{}; confidence {}, risk: {}", what(view, verdict), verdict.confidence.level.as_str(), verdict.risk)
}
