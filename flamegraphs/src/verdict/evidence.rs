//! What several rules rest on, in words.

use super::facts::{Facts, LONGEST_CROSSING_NS, Site, TypicalRun};
use crate::compare::SiteName;
use crate::harmless::harmless;
use crate::origin;
use crate::units;

/// What a site's job runs for and what crossing costs it, and which of the means these are not.
pub(super) fn run_and_crossing(facts: &Facts<'_>, site: &Site<'_>) -> Option<Vec<String>> {
    let (crossing, TypicalRun { ns, mean_ns, tailed }) = (facts.crossing(site)?, site.typical_run()?);
    let runs = if ns > facts.floor_ns().unwrap_or(0.0) {
        format!("takes {}", units::duration_spaced(ns))
    } else {
        "takes less than the clock can measure".to_owned()
    };
    let crossing = units::duration_spaced(crossing);
    if site.is_wrapped() {
        return Some(vec![
            format!("a job {runs} and begins {crossing} after the call (median)"),
            "wrap(f) and JoinSet do not show the way back, so the overhead is at least that".to_owned(),
        ]);
    }
    let mut evidence = vec![match site.overhead_ns.mean()? - facts.waited(site) {
        whole if whole > LONGEST_CROSSING_NS => format!(
            "a job {runs} and adds {} of overhead, of which {crossing} at most is crossing: the rest is a wait for a processor",
            units::duration_spaced(whole)
        ),
        _ => format!("a job {runs} and adds {crossing} of overhead"),
    }];
    if tailed {
        evidence.push(format!(
            "that is its median run: half of the jobs take no longer, and a few long ones make a mean of {}",
            units::duration_spaced(mean_ns)
        ));
    }
    if facts.is_crowded() {
        evidence.push(format!(
            "resume is not counted: with {} calls in that phase at once it is mostly queueing",
            units::mean_count(facts.resuming)
        ));
    }
    Some(evidence)
}

/// A site in a sentence: file and line, and the last named function of its job's type; what is not the app's by its own name.
pub(super) fn place(name: &SiteName) -> String {
    if let Some(name) = origin::name(&name.site, &name.job, 0) {
        return name;
    }
    let at = name.site.rsplit_once(':').map_or(name.site.as_str(), |(line, _)| line);
    let file = at.rsplit('/').next().unwrap_or(at);
    let function = name.job.split("::{{closure}}").next().unwrap_or(&name.job);
    let function = function.split('<').next().filter(|all| !all.is_empty()).unwrap_or(function);
    match function.rsplit("::").next() {
        Some(function) if !function.is_empty() => harmless(&format!("{file} {function}")),
        _ => harmless(file),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
