//! All verdicts, each with its evidence, risk and code.

use tollbridge_report::Report;

use super::options::ScreenOptions;
use super::page::Page;
use crate::run;
use crate::verdict::{Verdict, of_facts};
use crate::write::view::View;
use crate::write::view::verdicts::{gain, silence, subject};

/// All that is to be said of a report, as text: lines ended by `\n`. Of the options the file is not looked at.
#[must_use]
pub fn verdicts_text(report: &Report, options: &ScreenOptions) -> String {
    let (view, mut page) = (View::of(report), Page::new(options));
    page.paragraph("tollbridge ", &format!(" {}", run::describe(report)));
    let all = of_facts(&view.facts);
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

fn one(page: &mut Page, view: &View<'_>, number: usize, verdict: &Verdict) {
    page.paragraph(&format!("{number}"), &format!("{}: {}", subject(view, verdict), verdict.rule.title()));
    let mut line = |label: &str, text: &str| page.paragraph("", &format!("{label}{text}"));
    verdict.evidence.iter().for_each(|text| line("because: ", text));
    line("try: ", &verdict.attempt);
    if let Some(gain) = gain(verdict) {
        line("", &gain);
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
