//! *Fine as it is*: a site of which nothing else is to be said.
//!
//! It speaks where there are hops enough and no rule that would save something does, neither of the site nor of the process.

use tollbridge_instrument::names::Phase;

use super::facts::Site;
use super::model::{Confidence, Level, Rule, Verdict};
use crate::units;

pub(super) fn speak(site: &Site<'_>) -> Option<Verdict> {
    let (run, overhead) = (site.mean(Phase::Run)?, site.overhead_ns.mean()?);
    Some(Verdict {
        rule: Rule::Fine,
        site: Some(site.name()),
        evidence: vec![format!(
            "a job runs {} and pays {} to cross",
            units::duration_spaced(run),
            units::duration_spaced(overhead)
        )],
        saving: None,
        confidence: Confidence::new(Level::High, format!("seen in {}", units::counted(site.timed(), "hop", "hops"))),
        risk: String::new(),
        attempt: "nothing: leave it".to_owned(),
        code: None,
    })
}
