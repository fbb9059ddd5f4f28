//! What several rules rest on, in words.

use super::facts::{Facts, Site, TypicalRun};
use crate::units;

/// What a site's job runs for and what crossing costs it, and which of the means these are not.
pub(super) fn run_and_crossing(facts: &Facts<'_>, site: &Site<'_>) -> Option<Vec<String>> {
    let (crossing, TypicalRun { ns, mean_ns, tailed }) = (facts.crossing(site)?, site.typical_run()?);
    let runs = if ns > facts.floor_ns().unwrap_or(0.0) {
        units::duration_spaced(ns)
    } else {
        "less than the clock can tell".to_owned()
    };
    let mut evidence = vec![format!("a job runs {runs} and pays {} to cross", units::duration_spaced(crossing))];
    if tailed {
        evidence.push(format!(
            "that is its median run: half of the jobs take no longer, and a few long ones make a mean of {}",
            units::duration_spaced(mean_ns)
        ));
    }
    if facts.is_crowded() {
        evidence.push(format!(
            "that is the mean crossing without resume, where {} hops at a time wait for each other; what fewer hops save of that comes on top",
            units::mean_count(facts.resuming)
        ));
    }
    Some(evidence)
}
