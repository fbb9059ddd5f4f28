//! *Bridge locks do not matter here*: what they take of a hop is too little to notice.
//!
//! It applies to naive transfers, the only ones that take locks, where those of [`MIN_HOPS`] were recorded. Their mean durations, less an empty span's,
//! are added up for one transfer, twice, since a free lock takes about as long to give back as to take; checked against the mean hop, it applies
//! below [`MATTERS`]. Where the report compares the two bridges, the measured difference of their transfers is taken instead, and is what
//! the snapshot bridge would save; without that no saving is given, since how far giving back overlaps with what follows depends on the processor.
//!
//! There is no rule for bridge locks that do matter, because no hop was found that it could be checked against: the locks of
//! a hop are its own, and never contended (`docs/guide/verdicts.md`).

use tollbridge_report::ArmReport;
use tollbridge_report::names::Arm;

use super::facts::{Facts, MIN_HOPS};
use super::model::{Confidence, Level, Per, Rule, Verdict};
use crate::units;

/// The share of a mean hop from which locks are worth a thought.
pub(crate) const MATTERS: f64 = 0.01;

pub(super) fn speak(facts: &Facts<'_>) -> Option<Verdict> {
    let arm = facts.report.arms.get(&Arm::Naive).filter(|arm| arm.detailed_transfers >= MIN_HOPS)?;
    let (locks, hop) = (locks_ns(arm), arm.hop_ns.mean()?);
    let mut contrasts = facts.report.contrast.iter().filter(|of| (of.a, of.b) == (Arm::Naive, Arm::Snapshot));
    let measured = contrasts.find_map(|of| of.transfer_difference_ns).filter(|ns| ns.significant && ns.value > 0.0);
    let measured = measured.map(|difference| difference.value);
    if measured.unwrap_or(2.0 * locks) >= MATTERS * hop {
        return None;
    }
    Some(Verdict {
        rule: Rule::IdleBridgeLocks,
        site: None,
        evidence: vec![format!(
            "the locks of a naive transfer take {} of a hop of {} ({}); {} of {} were contended",
            units::duration_spaced(locks),
            units::duration_spaced(hop),
            units::percent(locks, hop),
            units::count(arm.contended),
            units::count(arm.bridge_locks.values().sum())
        )],
        saving: measured.map(|ns| facts.saving("transfer", Per::Hop, ns, hop, arm.outcomes.joined)),
        confidence: match measured {
            Some(_) => Confidence::new(Level::High, "the difference between the two bridges was measured in this run"),
            None => Confidence::new(
                Level::High,
                "many times that would still be too little; TOLLBRIDGE_COMPARE=snapshot,naive measures it",
            ),
        },
        risk: String::new(),
        attempt: "nothing: another bridge would not be noticed".to_owned(),
        code: None,
    })
}

/// What the bridge locks of one transfer take.
fn locks_ns(arm: &ArmReport) -> f64 {
    let of_transfer = arm.bridge_locks.iter().filter(|(op, _)| op.is_transfer());
    let taken = of_transfer.map(|(op, &count)| {
        let mean = arm.lock_mean_ns.get(op).and_then(|mean| mean.corrected).unwrap_or(0.0);
        mean * count as f64
    });
    taken.sum::<f64>() / arm.detailed_transfers as f64
}
