//! What to try: every verdict with its evidence, its risk and the code to write.

use crate::verdict::{Verdict, of_facts};
use crate::write::view::View;
use crate::write::view::verdicts::{CROWDED, gain, nothing, silence, subject};

/// Verdicts that stand open, of those that advise something, or of the others if none does; the rest is folded up.
const OPEN: usize = 3;

pub(super) struct Verdicts {
    /// Those that advise something, then all others.
    pub(super) advice: Vec<Advice>,
    pub(super) others: Vec<Advice>,
    /// Why there is nothing to try, or nothing to say.
    pub(super) nothing: Option<String>,
    /// What was left out, and why.
    pub(super) note: Option<&'static str>,
}

pub(super) struct Advice {
    /// Its word, for links.
    pub(super) rule: &'static str,
    pub(super) title: &'static str,
    /// What it speaks of: a site's label, or the process.
    pub(super) subject: String,
    pub(super) is_site: bool,
    pub(super) evidence: Vec<String>,
    pub(super) attempt: String,
    /// Whether that is something to do.
    pub(super) advises: bool,
    pub(super) gain: Option<String>,
    pub(super) confidence: &'static str,
    pub(super) reason: String,
    pub(super) risk: String,
    pub(super) code: Option<String>,
    pub(super) open: bool,
}

impl Verdicts {
    pub(super) fn of(view: &View<'_>) -> Self {
        let all = of_facts(&view.facts);
        let (advice, others): (Vec<&Verdict>, Vec<&Verdict>) = all.iter().partition(|verdict| verdict.rule.advises());
        let nothing = match (all.is_empty(), advice.is_empty()) {
            (true, _) => Some(silence(view.report)),
            (_, true) => Some(format!("Try {}.", nothing(view, &others))),
            _ => None,
        };
        let crowded = view.facts.is_crowded() && !all.is_empty();
        let in_turn = |verdicts: &[&Verdict], open: usize| {
            verdicts.iter().enumerate().map(|(i, verdict)| told(view, verdict, i < open)).collect()
        };
        Self {
            others: in_turn(&others, if advice.is_empty() { OPEN } else { 0 }),
            advice: in_turn(&advice, OPEN),
            nothing,
            note: crowded.then_some(CROWDED),
        }
    }
}

fn told(view: &View<'_>, verdict: &Verdict, open: bool) -> Advice {
    Advice {
        rule: verdict.rule.as_str(),
        title: verdict.rule.title(),
        subject: subject(view, verdict).to_owned(),
        is_site: verdict.site.is_some(),
        evidence: verdict.evidence.clone(),
        attempt: verdict.attempt.clone(),
        gain: gain(verdict),
        advises: verdict.rule.advises(),
        confidence: verdict.confidence.level.as_str(),
        reason: verdict.confidence.reason.clone(),
        risk: verdict.risk.clone(),
        code: verdict.code.clone(),
        open,
    }
}
