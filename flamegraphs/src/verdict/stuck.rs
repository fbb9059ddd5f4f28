//! *Jobs do not end*: they have held threads for most of the capture.
//!
//! It applies to a site whose running jobs are on the mean older than half of the capture and than a second, and than 20 mean runs of the site,
//! if they hold [`MATTERS`] of the threads seen, two at least, or if calls of other sites wait for a thread. A single watcher in a wide pool harms
//! nobody. Jobs that wait for hops of their own are `deadlock`'s, those that were given up are `leak`'s.

use super::evidence;
use super::facts::Facts;
use super::held::{self, Endless, MATTERS};
use super::model::{Confidence, Level, Rule, Verdict};
use super::remedy::{self, Remedy};
use crate::units;

/// Fewer than this matter only if somebody waits.
const LEAST: u64 = 2;

pub(super) fn speak(facts: &Facts<'_>) -> Vec<Verdict> {
    held::endless(facts).into_iter().filter_map(|of| verdict(facts, &of)).collect()
}

fn verdict(facts: &Facts<'_>, of: &Endless) -> Option<Verdict> {
    let threads = facts.report.pool.threads_seen;
    let victims = held::victims(facts, &of.site);
    let many = of.running >= LEAST && of.running as f64 >= MATTERS * threads as f64;
    if !many && victims.is_none() {
        return None;
    }
    let ended = match of.ended {
        0 => "none of this site has ended".to_owned(),
        ended => format!("{} of this site have ended", units::count(ended)),
    };
    let mut evidence = vec![
        format!(
            "{} of {} run, the oldest for {}; {ended}",
            units::counted(of.running, "job", "jobs"),
            evidence::place(&of.site),
            units::duration_spaced(of.oldest_ns as f64)
        ),
        format!("they hold {} of {}", units::count(of.running), units::counted(threads, "thread seen", "threads seen")),
    ];
    let confidence = match victims.is_some() {
        true => Confidence::new(Level::High, "these jobs run now, and others wait for threads"),
        false => Confidence::new(
            Level::Medium,
            "nobody waits for a thread yet; the report does not show how many the pool may have",
        ),
    };
    evidence.extend(victims);
    evidence.extend(remedy::whose(facts, &of.site));
    let Remedy { attempt, code, risk } = remedy::of_endless(&of.site).unwrap_or_else(|| Remedy {
        attempt: format!("dedicated threads for jobs that do not end ({})", evidence::place(&of.site)),
        code: Some("std::thread::spawn(move || consume(receiver));".to_owned()),
        risk: "a dedicated thread is not stopped when the runtime shuts down; give the job a way to end".to_owned(),
    });
    Some(Verdict {
        rule: Rule::Stuck,
        site: Some(of.site.clone()),
        evidence,
        saving: None,
        confidence,
        risk,
        attempt,
        code,
    })
}
