//! *Threads keep being born*: idle threads end after tokio's keep-alive, and the next jobs have to start new ones.
//!
//! It speaks where [`MIN_HOPS`] starts, and [`SHARE`] of them or more, were on a thread of which no job was known, not all of them, and there were
//! more than [`TIMES`] as many threads as hops under way: a pool that only filled once had use for its threads side by side. So did
//! one that was captured while it filled, or from some moment on; hence the confidence. A thread that is started costs its first hop a
//! longer call and a longer start than one that is woken. The starts are known by kind; of the calls, as many of the longest as there were
//! births are taken for theirs.

use tollbridge_instrument::names::{Phase, StartKind};

use super::facts::{Facts, buckets, sum};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use super::rank::MIN_HOPS;
use crate::write::units;

/// The share of starts from which on births matter, and up to which there is something to hold them against.
const SHARE: f64 = 0.05;
/// How many threads for each hop under way.
const TIMES: f64 = 4.0;

pub(super) fn speak(facts: &Facts<'_>) -> Option<Verdict> {
    let born = facts.starts(StartKind::NewThread);
    let others = sum([facts.starts(StartKind::Pickup), facts.starts(StartKind::Handoff)].iter());
    let starts = born.count() + others.count();
    let share = born.count() as f64 / (starts as f64).max(1.0);
    let threads = facts.threads();
    if born.count() < MIN_HOPS
        || !(SHARE..=1.0 - SHARE).contains(&share)
        || (threads as f64) < TIMES * facts.under_way?.max(1.0)
    {
        return None;
    }
    let start = born.mean()? - others.mean()?;
    let submit = facts.all(Phase::Submit);
    let (mut left, mut longest) = (born.count(), 0.0);
    for (length, count) in buckets(&submit).collect::<Vec<_>>().into_iter().rev() {
        let taken = count.min(left);
        longest += length * taken as f64;
        left -= taken;
    }
    let rest = (submit.sum() as f64 - longest).max(0.0) / others.count() as f64;
    let call = longest / born.count() as f64 - rest;
    let saved = share * (start + call);
    if saved <= 0.0 {
        return None;
    }
    Some(Verdict {
        rule: Rule::Births,
        site: None,
        evidence: vec![
            format!(
                "{} of {} starts were on a new thread, with {} hops under way (mean)",
                units::count(born.count()),
                units::count(starts),
                units::mean_count(facts.under_way?)
            ),
            format!(
                "a new thread starts {} after the call, another one {}",
                units::duration_spaced(born.mean()?),
                units::duration_spaced(others.mean()?)
            ),
        ],
        saving: Some(facts.saving(
            "submit and start",
            Per::Hop,
            saved,
            share * (born.mean()? + longest / born.count() as f64),
            facts.joined(),
        )),
        confidence: Confidence::new(
            Level::Medium,
            "a pool that was filling meanwhile looks the same: see if a later part of the run (--since) says so too",
        ),
        risk: "idle threads keep their stacks".to_owned(),
        attempt: "a keep-alive longer than the pauses between bursts (tokio's default is 10 s)".to_owned(),
        code: Some("tokio::runtime::Builder::new_multi_thread().thread_keep_alive(Duration::from_secs(60))".to_owned()),
    })
}
