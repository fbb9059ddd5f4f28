//! All verdicts, each with its evidence, risk and code.

use tollbridge_instrument::report::Report;

use super::options::ScreenOptions;
use super::page::Page;
use super::verdicts::{place, saves};
use super::view::View;
use crate::verdict::{MIN_HOPS, Verdict, verdicts};
use crate::write::{run, units};

/// All that is to be said of a report, as text: lines ended by `\n`. Of the options the file is not looked at.
#[must_use]
pub fn verdicts_text(report: &Report, options: &ScreenOptions) -> String {
    let (view, mut page) = (View::of(report), Page::new(options));
    page.paragraph("tollbridge ", &format!(" {}", run::describe(report)));
    let all = verdicts(report);
    if all.is_empty() {
        page.blank();
        page.paragraph("", &silence(report));
    }
    for (i, verdict) in all.iter().enumerate() {
        page.blank();
        one(&mut page, &view, i + 1, verdict);
    }
    page.finish()
}

/// Why nothing is said.
fn silence(report: &Report) -> String {
    if run::is_inflated(report) || run::may_be_inflated(report) {
        return "Nothing can be said from times that contain the app's own logging; measure with TOLLBRIDGE=phases."
            .to_owned();
    }
    format!("Nothing can be said: no site has {MIN_HOPS} timed hops to judge by.")
}

fn one(page: &mut Page, view: &View<'_>, number: usize, verdict: &Verdict) {
    page.paragraph(
        &format!("{number}"),
        &format!("{}: {}", place(view, verdict).unwrap_or("all sites"), verdict.rule.title()),
    );
    let mut line = |label: &str, text: &str| page.paragraph("", &format!("{label}{text}"));
    verdict.evidence.iter().for_each(|text| line("because: ", text));
    line("try: ", &verdict.attempt);
    if let Some(saving) = &verdict.saving {
        let at_most = if verdict.rule.advises() { "" } else { "at most " };
        line(
            "",
            &format!(
                "{at_most}{}, {} of the time that all hops take",
                saves(saving),
                units::percent(saving.share, 1.0)
            ),
        );
    }
    line("confidence: ", &format!("{}: {}", verdict.confidence.level.as_str(), verdict.confidence.reason));
    if !verdict.risk.is_empty() {
        line("risk: ", &verdict.risk);
    }
    if let Some(code) = &verdict.code {
        page.blank();
        page.verbatim(code);
    }
}
