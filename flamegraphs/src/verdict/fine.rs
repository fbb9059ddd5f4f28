//! *Fine as it is*: a site of which nothing else is to be said.
//!
//! It applies where there are hops enough and no rule that would save something, neither of the site nor of the process. Not where jobs compute
//! on more threads than there are processors, or may do so, nor where it waits for
//! threads that nothing can be advised about, nor where a job is about as long as its crossing and other processes took part of the machine.

use super::backlog;
use super::evidence;
use super::facts::{Facts, Site};
use super::jobs_compute;
use super::late_awaiter;
use super::model::{Confidence, Level, Rule, Verdict};
use super::small_work::{Size, size};
use crate::units;

pub(super) fn speak(facts: &Facts<'_>, site: &Site<'_>) -> Option<Verdict> {
    let (crossing, run) = (facts.crossing(site)?, site.typical_run()?.ns);
    if size(facts, crossing, run) == Size::Doubtful || jobs_compute::of(facts, site).is_some() {
        return None;
    }
    let computes = jobs_compute::only_computes(facts, site);
    if computes.is_none() && jobs_compute::may_be(facts, site) {
        return None;
    }
    // It waits, and not for processors: nothing can be advised, but that is not fine.
    if computes.is_none() && backlog::waits(site).is_some() && site.typical_run()?.ns >= backlog::SHORT_NS {
        return None;
    }
    let mut evidence = evidence::run_and_crossing(facts, site)?;
    evidence.extend(late_awaiter::short_of_processors(facts, site));
    evidence.extend(computes);
    Some(Verdict {
        rule: Rule::Fine,
        site: Some(site.name()),
        evidence,
        saving: None,
        confidence: Confidence::new(Level::High, format!("seen in {}", units::counted(site.timed(), "hop", "hops"))),
        risk: String::new(),
        attempt: "nothing: leave it".to_owned(),
        code: None,
    })
}
