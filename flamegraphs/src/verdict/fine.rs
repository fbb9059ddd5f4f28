//! *Fine as it is*: a site of which nothing else is to be said.
//!
//! It speaks where there are hops enough and no rule that would save something does, neither of the site nor of the process.

use super::evidence;
use super::facts::{Facts, Site};
use super::model::{Confidence, Level, Rule, Verdict};
use crate::units;

pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>) -> Option<Verdict> {
    Some(Verdict {
        rule: Rule::Fine,
        site: Some(site.name()),
        evidence: evidence::run_and_crossing(facts, site)?,
        saving: None,
        confidence: Confidence::new(Level::High, format!("seen in {}", units::counted(site.timed(), "hop", "hops"))),
        risk: String::new(),
        attempt: "nothing: leave it".to_owned(),
        code: None,
    })
}
