//! What another way of carrying the result across takes: exact counts, then differences with their intervals.

use tollbridge_report::names::{Arm, Detail, LockOp};
use tollbridge_report::{ArmReport, Contrast, Interval, Report};

use super::{Grid, cell};
use crate::units::{self, unbroken};

/// In the order of what they take.
const ARMS: [Arm; 3] = [Arm::Naive, Arm::Snapshot, Arm::Native];

/// Those that there are.
pub(in crate::write) fn arms(report: &Report) -> Vec<(Arm, &ArmReport)> {
    ARMS.iter().filter_map(|arm| Some((*arm, report.arms.get(arm)?))).collect()
}

/// All that is to be said beside the counts, a sentence each.
pub(in crate::write) fn told(report: &Report, arms: &[(Arm, &ArmReport)]) -> Vec<String> {
    let differences = report.contrast.iter().map(difference);
    publishing(arms).into_iter().chain(differences).chain(worth(report)).chain(notes(report, arms)).collect()
}

/// How the differences are meant, and what would tell more.
pub(in crate::write) fn notes(report: &Report, arms: &[(Arm, &ArmReport)]) -> Vec<String> {
    let alone = arms.len() == 1;
    let uncounted = arms.iter().all(|(_, arm)| arm.detailed_transfers == 0);
    let notes = [
        basis(report),
        alone.then_some("TOLLBRIDGE_COMPARE=native,snapshot,naive measures the other ways beside it"),
        uncounted.then_some("TOLLBRIDGE=locks counts bridge locks and copies"),
    ];
    notes.into_iter().flatten().map(str::to_owned).collect()
}

/// Of the transfer alone; only those of detailed hops are known. The words stand with the first arm.
pub(in crate::write) fn counts(arms: &[(Arm, &ArmReport)]) -> String {
    let mut is_first = true;
    let told = arms.iter().map(|(name, arm)| match (arm.locks_per_transfer, arm.copies_per_transfer) {
        (Some(locks), Some(copies)) => {
            let [of_locks, of_copies] = match std::mem::take(&mut is_first) {
                true => {
                    [if locks == 1.0 { " lock" } else { " locks" }, if copies == 1.0 { " copy" } else { " copies" }]
                }
                false => [""; 2],
            };
            unbroken(&format!("{name} {}{of_locks} + {}{of_copies}", units::per(locks), units::per(copies)))
        }
        _ => unbroken(&format!("{name} not counted")),
    });
    told.collect::<Vec<_>>().join(", ")
}

/// What carries a result across, and what the first two bridges differ by; `None` unless bridges were compared.
pub(in crate::write) fn brief(report: &Report) -> Option<Vec<String>> {
    let first = report.contrast.first()?;
    let counts = format!("per result: {}", counts(&arms(report)));
    let hop_ns = report.arms.get(&first.a).and_then(|arm| arm.hop_ns.mean()).filter(|&ns| ns > 0.0);
    let difference = match (first.transfer_difference_ns, hop_ns) {
        (Some(Interval { value, significant: true, .. }), Some(hop_ns)) => {
            let sign = if value < 0.0 { "-" } else { "+" };
            let (value, share) = (units::duration_spaced(value.abs()), units::percent(value.abs(), hop_ns));
            format!("{} ({} of a hop)", unbroken(&format!("{sign}{value}")), unbroken(&share))
        }
        (Some(_), _) => "not significant".to_owned(),
        (None, _) => "too few to say".to_owned(),
    };
    Some(vec![counts, format!("{} - {} {difference}", first.a, first.b)])
}

/// Bridge locks of the publishing side stand apart: a transfer does not wait for them.
fn publishing(arms: &[(Arm, &ArmReport)]) -> Option<String> {
    let counts = arms.iter().filter_map(|(name, arm)| Some((name, arm.publish_locks_per_transfer?)));
    let told: Vec<String> = counts.map(|(name, locks)| unbroken(&format!("{name} {}", units::per(locks)))).collect();
    (!told.is_empty()).then(|| format!("bridge locks to publish the outcome: {}", told.join(" | ")))
}

fn difference(contrast: &Contrast) -> String {
    format!(
        "{} - {}: transfer {}{}; whole hop {}",
        contrast.a,
        contrast.b,
        interval(contrast.transfer_difference_ns),
        ratio(contrast).map_or_else(String::new, |ratio| format!(" ({ratio})")),
        interval(contrast.hop_difference_ns)
    )
}

/// How many times as long the transfer takes, with its interval; where that can be said.
pub(in crate::write) fn ratio(contrast: &Contrast) -> Option<String> {
    let ratio = contrast.transfer_ratio?;
    let [value, low, high] = [ratio.value, ratio.low, ratio.high].map(units::significant);
    Some(unbroken(&format!("{value}x [{low}, {high}]")))
}

/// A difference with its interval, and whether it is one.
pub(in crate::write) fn interval(interval: Option<Interval>) -> String {
    let Some(Interval { value, low, high, significant }) = interval else {
        return "too few to say".to_owned();
    };
    let verdict = if significant { "" } else { ", not\u{a0}significant" };
    format!("{}{verdict}", unbroken(&units::difference(value, low, high)))
}

/// What the change that CPython made, one snapshot in place of four locked calls, is worth in this app. `None` if the two were
/// not compared.
pub(in crate::write) fn worth(report: &Report) -> Option<String> {
    let contrast = report.contrast.iter().find(|contrast| (contrast.a, contrast.b) == (Arm::Naive, Arm::Snapshot))?;
    let saved = contrast.transfer_difference_ns?;
    let change = "one snapshot in place of four locked calls, the change that CPython made,";
    if !saved.significant {
        return Some(format!("{change} makes no difference here that can be told from none"));
    }
    let hop_ns = report.arms.get(&Arm::Naive)?.hop_ns.mean().filter(|&ns| ns > 0.0)?;
    let [value, hop] = [saved.value.abs(), hop_ns].map(|ns| unbroken(&units::duration_spaced(ns)));
    let share = unbroken(&units::percent(saved.value.abs(), hop_ns));
    let verb = if saved.value > 0.0 { "saves" } else { "costs" };
    Some(format!("{change} {verb} {value} of a naive hop of {hop} here ({share})"))
}

/// Which hops the differences compare.
fn basis(report: &Report) -> Option<&'static str> {
    let arms: Vec<Arm> = report.contrast.iter().flat_map(|contrast| [contrast.a, contrast.b]).collect();
    if arms.is_empty() {
        return None;
    }
    let coarse = |arm: &Arm| {
        let mut series = report.blocks.iter().flat_map(|blocks| &blocks.series);
        series.any(|s| s.arm == *arm && s.detail == Detail::Phases && !s.blocks.is_empty())
    };
    Some(if arms.iter().all(coarse) {
        "95 % intervals; compared on hops whose bridge locks were not recorded, since recording costs time too"
    } else {
        "95 % intervals; these hops' bridge locks were recorded, which costs the arm with more of them more time"
    })
}

/// How long bridge locks and copies took: how the means are meant, and the means.
pub(in crate::write) fn spans(report: &Report, arms: &[(Arm, &ArmReport)]) -> Option<(String, Grid)> {
    let shown = |arm: &ArmReport| !arm.lock_mean_ns.is_empty() || arm.copy_mean_ns.is_some();
    let arms: Vec<&(Arm, &ArmReport)> = arms.iter().filter(|(_, arm)| shown(arm)).collect();
    if arms.is_empty() {
        return None;
    }
    let seen = |op: LockOp| arms.iter().any(|(_, arm)| arm.lock_mean_ns.contains_key(&op));
    let ops: Vec<LockOp> = LockOp::ALL.iter().copied().filter(|&op| seen(op)).collect();
    let heads: Vec<&str> = ops.iter().map(|op| op.as_str()).chain(["copy", "contended"]).collect();
    let mut grid = Grid::new(&["arm"], &heads);
    for (name, arm) in arms {
        let mean = |mean| cell::corrected(mean, report.clock.is_some());
        let mut row = vec![name.to_string()];
        row.extend(ops.iter().map(|op| mean(arm.lock_mean_ns.get(op))));
        row.push(mean(arm.copy_mean_ns.as_ref()));
        row.push(units::count(arm.contended));
        grid.row(row);
    }
    let meant = match &report.clock {
        Some(clock) => format!("(mean, less an empty span's {})", units::duration(clock.ordered_floor_ns)),
        None => "(mean as measured; an empty span's share is not known)".to_owned(),
    };
    Some((meant, grid))
}
