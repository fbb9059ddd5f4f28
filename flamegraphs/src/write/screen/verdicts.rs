//! What to try: the first verdicts, shortly. `tollbridge verdicts` tells all of each, and of all.

use super::page::{Page, unbroken};
use super::view::View;
use crate::verdict::{MIN_HOPS, Rule, Saving, Verdict, verdicts};
use crate::write::{run, units};

/// More advice than this is not read.
const MAX_ADVICE: usize = 3;

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    if view.facts.sites.is_empty() {
        return;
    }
    if run::is_inflated(view.report) || run::may_be_inflated(view.report) {
        page.paragraph("TRY", "nothing can be said from times that contain the app's own logging");
        page.blank();
        return;
    }
    let all = verdicts(view.report);
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
        page.paragraph("", "resume is left out: with so many hops in it, it holds their wait for each other");
    }
    page.blank();
}

/// Why there is nothing to try.
fn nothing(view: &View<'_>, others: &[&Verdict]) -> String {
    let fine: Vec<&str> =
        others.iter().filter(|verdict| verdict.rule == Rule::Fine).filter_map(|verdict| place(view, verdict)).collect();
    match fine[..] {
        [] => format!("nothing: no site has {MIN_HOPS} timed hops to judge by"),
        [one] => format!("nothing: {one} is fine as it is"),
        [one, ref more @ ..] => {
            format!("nothing: {one} and {} are fine as they are", units::counted(more.len() as u64, "other", "others"))
        }
    }
}

/// The site's label.
pub(super) fn place<'v>(view: &'v View<'_>, verdict: &'v Verdict) -> Option<&'v str> {
    let name = verdict.site.as_ref()?;
    view.find_label(&name.site, &name.job)
}

fn told(view: &View<'_>, verdict: &Verdict) -> String {
    let saving = verdict.saving.map(|saving| format!("; {}", saves(&saving))).unwrap_or_default();
    format!(
        "{}: {}. Try {}{saving}; confidence {}, risk: {}",
        place(view, verdict).unwrap_or("all sites"),
        verdict.rule.title(),
        verdict.attempt,
        verdict.confidence.level.as_str(),
        verdict.risk
    )
}

/// `saves some 19.3 us a job of crossing (12.9 us to 21.2 us)`
pub(super) fn saves(saving: &Saving) -> String {
    let shown = |ns: f64| unbroken(&units::duration_spaced(ns));
    format!(
        "saves some {} a {} of {} ({} to {})",
        shown(saving.ns),
        saving.per.as_str(),
        saving.what,
        shown(saving.low_ns),
        shown(saving.high_ns)
    )
}
