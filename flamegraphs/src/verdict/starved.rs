//! *Calls never begin*: they are queued, and have been for long.
//!
//! It applies to a site with calls that have been queued for [`OLD_NS`] and for [`TIMES`] of its mean hops or longer, when fewer than
//! [`MIN_HOPS`] of its hops have ended; a site with more has the rules of durations. It does not apply where `deadlock`, `leak` or `stuck` do: these name it
//! as the one that waits.

use super::facts::{Facts, MIN_HOPS, OLD_NS, Site};
use super::model::{Confidence, Level, Rule, Verdict};
use crate::units;

/// A queued call is not late before it is this many mean hops old.
const TIMES: f64 = 2.0;

pub(super) fn speak(facts: &Facts<'_>) -> Vec<Verdict> {
    let live = facts.report.live.iter().flat_map(|live| &live.sites);
    live.filter_map(|live| {
        let key = (live.site.as_str(), live.job.as_str());
        let site: Option<&Site<'_>> = facts.named().find(|site| site.key == key);
        let hop = site.and_then(|site| site.hop_ns.mean()).unwrap_or(0.0);
        let ended = site.map_or(0, |site| site.joined);
        let old = live.queued.oldest_ns >= OLD_NS && live.queued.oldest_ns as f64 >= TIMES * hop;
        if live.queued.count == 0 || !old || ended >= MIN_HOPS || live.site == "<other>" {
            return None;
        }
        let place = super::evidence::place(&super::facts::name(&live.site, &live.job));
        let mut evidence = vec![format!(
            "{} for a thread, the oldest for {}; {} ended",
            units::counted(live.queued.count, "call waits", "calls wait").replacen(
                " wait",
                &format!(" of {place} wait"),
                1
            ),
            units::duration_spaced(live.queued.oldest_ns as f64),
            units::counted(ended, "call has", "calls have")
        )];
        let pool = &facts.report.pool;
        if let Some(busy) = pool.busy_ns.filter(|_| pool.thread_ns > 0) {
            evidence.push(format!(
                "jobs that go through tollbridge keep {} busy for {} of the time",
                units::counted(pool.threads_seen, "thread seen", "threads seen"),
                units::percent(busy as f64, pool.thread_ns as f64)
            ));
        }
        Some(Verdict {
            rule: Rule::Starved,
            site: Some(super::facts::name(&live.site, &live.job)),
            evidence,
            saving: None,
            confidence: Confidence::new(
                Level::Medium,
                "the wait was seen; what holds the threads may go past tollbridge",
            ),
            risk: "more threads help only if whatever holds them waits and does not compute".to_owned(),
            attempt: "finding what holds the threads: other jobs, block_in_place, tokio::fs, DNS, dependencies"
                .to_owned(),
            code: None,
        })
    })
    .collect()
}
