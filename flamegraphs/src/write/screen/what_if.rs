//! What another way of carrying the result across takes: exact counts, then differences with their intervals.

use tollbridge_instrument::names::{Arm, Detail, LockOp};
use tollbridge_instrument::report::{ArmReport, Contrast, Interval, Report};

use super::cell;
use super::page::{Page, unbroken};
use super::table::Table;
use crate::write::units;

/// In the order of what they take.
const ARMS: [Arm; 3] = [Arm::Naive, Arm::Snapshot, Arm::Native];

pub(super) fn write(page: &mut Page, report: &Report) {
    let arms: Vec<(Arm, &ArmReport)> = ARMS.iter().filter_map(|arm| Some((*arm, report.arms.get(arm)?))).collect();
    if arms.is_empty() {
        return;
    }
    page.paragraph("WHAT IF", &format!(" the result crossed ...  {}", counts(&arms)));
    if let Some(publishing) = publishing(&arms) {
        page.paragraph("", &publishing);
    }
    for contrast in &report.contrast {
        page.paragraph("", &difference(contrast));
    }
    if let Some(basis) = basis(report) {
        page.paragraph("", basis);
    }
    if arms.len() == 1 {
        page.paragraph("", "TOLLBRIDGE_COMPARE=native,snapshot,naive measures the other ways beside it");
    }
    if arms.iter().all(|(_, arm)| arm.detailed_transfers == 0) {
        page.paragraph("", "TOLLBRIDGE=locks counts bridge locks and copies");
    }
    page.blank();
    spans(page, report, &arms);
}

/// Of the transfer alone, per transfer; only those of detailed hops are known. The words stand with the first arm.
fn counts(arms: &[(Arm, &ArmReport)]) -> String {
    let mut words = (" bridge locks", " copies");
    let told = arms.iter().map(|(name, arm)| match (arm.locks_per_transfer, arm.copies_per_transfer) {
        (Some(locks), Some(copies)) => {
            let (of_locks, of_copies) = std::mem::take(&mut words);
            let of_locks = if locks == 1.0 { of_locks.trim_end_matches('s') } else { of_locks };
            let of_copies = if copies == 1.0 && !of_copies.is_empty() { " copy" } else { of_copies };
            unbroken(&format!("{name} {}{of_locks}, {}{of_copies}", units::per(locks), units::per(copies)))
        }
        _ => unbroken(&format!("{name} not counted")),
    });
    let told = told.collect::<Vec<_>>().join(" | ");
    if words.0.is_empty() { format!("{told}  per transfer") } else { told }
}

/// Bridge locks of the publishing side stand apart: a transfer does not wait for them.
fn publishing(arms: &[(Arm, &ArmReport)]) -> Option<String> {
    let counts = arms.iter().filter_map(|(name, arm)| Some((name, arm.publish_locks_per_transfer?)));
    let told: Vec<String> = counts.map(|(name, locks)| unbroken(&format!("{name} {}", units::per(locks)))).collect();
    (!told.is_empty()).then(|| format!("bridge locks to publish the outcome: {}", told.join(" | ")))
}

fn difference(contrast: &Contrast) -> String {
    let ratio = contrast.transfer_ratio.map_or_else(String::new, |ratio| {
        let [value, low, high] = [ratio.value, ratio.low, ratio.high].map(units::significant);
        format!(" {}", unbroken(&format!("({value}x [{low}, {high}])")))
    });
    format!(
        "{} - {}: transfer {}{ratio}; whole hop {}",
        contrast.a,
        contrast.b,
        interval(contrast.transfer_difference_ns),
        interval(contrast.hop_difference_ns)
    )
}

fn interval(interval: Option<Interval>) -> String {
    let Some(Interval { value, low, high, significant }) = interval else {
        return "too few to tell".to_owned();
    };
    let verdict = if significant { "" } else { ", not\u{a0}significant" };
    format!("{}{verdict}", unbroken(&units::difference(value, low, high)))
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

/// How long bridge locks and copies took: means, with a line that says how they are meant.
fn spans(page: &mut Page, report: &Report, arms: &[(Arm, &ArmReport)]) {
    let shown = |arm: &ArmReport| !arm.lock_mean_ns.is_empty() || arm.copy_mean_ns.is_some();
    let arms: Vec<&(Arm, &ArmReport)> = arms.iter().filter(|(_, arm)| shown(arm)).collect();
    if arms.is_empty() {
        return;
    }
    let seen = |op: LockOp| arms.iter().any(|(_, arm)| arm.lock_mean_ns.contains_key(&op));
    let ops: Vec<LockOp> = LockOp::ALL.iter().copied().filter(|&op| seen(op)).collect();
    let heads: Vec<&str> = ops.iter().map(|op| op.as_str()).chain(["copy", "contended"]).collect();
    let half = heads[heads.len() / 2];
    let mut table = Table::new(&["arm"], &heads).dividing(half, "contended", "arm");
    for (name, arm) in arms {
        let mean = |mean| cell::corrected(mean, report.clock.is_some());
        let mut row = vec![name.to_string()];
        row.extend(ops.iter().map(|op| mean(arm.lock_mean_ns.get(op))));
        row.push(mean(arm.copy_mean_ns.as_ref()));
        row.push(units::count(arm.contended));
        table.row(row);
    }
    let meant = match &report.clock {
        Some(clock) => format!("(mean, less an empty span's {})", units::duration(clock.ordered_floor_ns)),
        None => "(mean as measured; an empty span's share is not known)".to_owned(),
    };
    page.paragraph("BRIDGE LOCKS ", &meant);
    page.table(&table);
    page.blank();
}
