//! What to try. Only what follows from plain facts; every figure is an estimate and says so.

use tollbridge_instrument::names::Phase;

use super::page::Page;
use crate::write::run;
use crate::write::view::{Site, View};

/// Fewer hops than this are no ground for advice.
const MIN_HOPS: u64 = 100;
/// A site that pays less than this share of all overhead is not worth the work.
const MIN_SHARE: f64 = 0.05;
/// More advice than this is not read.
const MAX_ADVICE: usize = 3;

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    if view.sites.is_empty() {
        return;
    }
    if run::is_inflated(view.report) {
        page.paragraph("TRY", "nothing can be said from times that contain the app's own logging");
        page.blank();
        return;
    }
    let crowded = view.is_crowded();
    let paid = |site: &Site<'_>| crossing(site, crowded).unwrap_or_default() * site.joined as f64;
    let whole: f64 = view.sites.iter().map(paid).sum();
    let worth = |site: &&Site<'_>| site.overhead_ns.count() >= MIN_HOPS && paid(site) >= MIN_SHARE * whole;
    let advice: Vec<String> = view
        .sites
        .iter()
        .filter(worth)
        .filter_map(|site| batch(site, crossing(site, crowded)?, view.floor_ns()))
        .take(MAX_ADVICE)
        .collect();
    if advice.is_empty() {
        page.paragraph("TRY", "nothing: no site with enough hops pays more to cross than its job takes");
    }
    for (i, text) in advice.iter().enumerate() {
        let label = if i == 0 { "TRY" } else { "" };
        page.paragraph(label, &format!("{} {text}", i + 1));
    }
    if crowded {
        page.paragraph("", "resume is left out: with so many hops in it, it holds their wait for each other");
    }
    page.blank();
}

/// Mean overhead of a hop; in a crowd without `resume`, most of which may be hops waiting for each other.
fn crossing(site: &Site<'_>, crowded: bool) -> Option<f64> {
    let resume = site.mean(Phase::Resume).filter(|_| crowded).unwrap_or_default();
    site.overhead_ns.mean().map(|overhead| overhead - resume)
}

/// A job shorter than its crossing: how many would have to share a hop for the crossing to be the smaller part.
fn batch(site: &Site<'_>, crossing: f64, floor_ns: Option<f64>) -> Option<String> {
    let run = site.mean(Phase::Run)?;
    if crossing <= run {
        return None;
    }
    if run <= floor_ns.unwrap_or(0.0) {
        return Some(format!(
            "{}: the job is shorter than the clock can tell; call it without a hop, or many in one hop (estimate)",
            site.label
        ));
    }
    let jobs = up_to_two_digits(crossing / run);
    Some(format!(
        "{}: {jobs:.0} or more jobs in one hop, so that crossing costs less than the work (estimate)",
        site.label
    ))
}

/// The next whole number of at most two digits and noughts: an estimate has no more.
fn up_to_two_digits(x: f64) -> f64 {
    let unit = 10f64.powf((x.log10().floor() - 1.0).max(0.0));
    (x / unit).ceil() * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_rounded_up() {
        for (x, expected) in [(1.01, 2.0), (10.6, 11.0), (99.5, 100.0), (206.1, 210.0), (946_000.0, 950_000.0)] {
            assert!((up_to_two_digits(x) - expected).abs() < 1e-6, "{x}");
        }
    }
}
