//! The table of `docs/reference/cost.md`.

use std::fmt::Write as _;

use crate::drive::{Plan, Row};
use crate::interval::{median, median_interval};
use crate::measure::Figures;

pub(crate) fn markdown(rows: &[Row], plan: &Plan) -> String {
    let mut out = String::new();
    write(&mut out, rows, plan).expect("a string takes everything");
    out
}

fn write(out: &mut String, rows: &[Row], plan: &Plan) -> std::fmt::Result {
    let bare: Vec<f64> = rows.iter().flat_map(|row| &row.paired).map(|figures| figures.bare_ns).collect();
    if bare.is_empty() {
        return writeln!(out, "No arm gave figures.");
    }
    writeln!(
        out,
        "{} processes per arm. Each makes {} of the arm's hops and as many of tokio's own, which took {:.0} ns (median).\n",
        plan.rounds,
        plan.hops,
        median(&bare)
    )?;
    writeln!(
        out,
        "| arm | spans per hop | ns added per hop | 95 % interval | ns per span | tokio's own hop | added, across processes |"
    )?;
    writeln!(out, "|---|---:|---:|---:|---:|---:|---:|")?;
    for row in rows.iter().filter(|row| !row.paired.is_empty()) {
        let added = added(row);
        let (low, high) = median_interval(&added);
        let a_span = if row.spans == 0 { "-".to_owned() } else { format!("{:.1}", median(&added) / row.spans as f64) };
        let beside: Vec<f64> = row.paired.iter().map(|figures| figures.bare_ns).collect();
        let across = across(rows, row);
        let apart = if across.is_empty() {
            "-".to_owned()
        } else {
            let (low, high) = median_interval(&across);
            format!("{:.0} [{low:.0}, {high:.0}]", median(&across))
        };
        write!(out, "| {} | {} | {:.0} | [{low:.0}, {high:.0}] | {a_span} ", row.name, row.spans, median(&added))?;
        writeln!(out, "| {:.0} | {apart} |", median(&beside))?;
    }
    for &hops in &plan.runs {
        let of = |row: &Row| row.alone.iter().find(|(length, _)| *length == hops).map(|(_, figures)| figures.clone());
        let base: Option<Figures> = rows.iter().find(|row| row.name == "nothing").and_then(of);
        writeln!(out, "\nOne process per arm, of {hops} hops:\n")?;
        writeln!(
            out,
            "| arm | CPU ns added per hop | peak memory added, KiB | bytes on disk per hop | ms to end the capture | recorded |"
        )?;
        writeln!(out, "|---|---:|---:|---:|---:|---|")?;
        for row in rows {
            let Some(figures) = of(row) else { continue };
            let cpu =
                base.as_ref().map_or_else(|| "-".to_owned(), |base| format!("{:.0}", figures.cpu_ns - base.cpu_ns));
            let disk = figures.disk_bytes as f64 / figures.hops as f64;
            let memory = figures.grown_bytes / 1024;
            writeln!(
                out,
                "| {} | {cpu} | {memory} | {disk:.2} | {:.1} | {} |",
                row.name, figures.flush_ms, figures.evidence
            )?;
        }
    }
    for row in rows {
        if let Some(why) = &row.failure {
            writeln!(out, "\n`{}` did not finish: {why}", row.name)?;
        }
    }
    writeln!(out)?;
    for (peer, times) in [("hotpath", 2.5), ("tracing-flame", 40.0)] {
        ratio(out, rows, peer, times)?;
    }
    Ok(())
}

/// Against `tollbridge-naive`, which records as many spans as a peer.
fn ratio(out: &mut String, rows: &[Row], peer: &str, times: f64) -> std::fmt::Result {
    let find = |name: &str| rows.iter().find(|row| row.name == name && !row.paired.is_empty());
    let (Some(ours), Some(theirs)) = (find("tollbridge-naive"), find(peer)) else {
        return Ok(());
    };
    for (way, ours, theirs) in [
        ("inside one process", added(ours), added(theirs)),
        ("across processes", across(rows, ours), across(rows, theirs)),
    ] {
        if ours.is_empty() || theirs.is_empty() {
            continue;
        }
        let ratio = median(&theirs) / median(&ours);
        let word = if ratio >= times { "holds" } else { "does not hold" };
        writeln!(
            out,
            "- {peer} adds {ratio:.1} times what tollbridge-naive adds, {way} (expected: {times} or more; {word})"
        )?;
    }
    Ok(())
}

/// Differences to tokio's own hops of the same process.
fn added(row: &Row) -> Vec<f64> {
    row.paired.iter().map(|figures| figures.hop_ns - figures.bare_ns).collect()
}

/// Differences to tokio's own hops in the process `nothing` of the same round: noisier, but what an arm's own threads do
/// meanwhile slows the hop only, not what it is held against.
fn across(rows: &[Row], row: &Row) -> Vec<f64> {
    let nothing = rows.iter().find(|row| row.name == "nothing").map_or(&[][..], |row| &row.paired);
    row.paired.iter().zip(nothing).map(|(figures, nothing)| figures.hop_ns - nothing.bare_ns).collect()
}
