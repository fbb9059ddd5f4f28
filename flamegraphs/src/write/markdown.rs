//! A comparison as Markdown, to be pasted into a pull request: the verdict, a table, the command.
//!
//! Names come from reports, which may be anybody's. They are in code spans, so that nothing of them is a link, a mention, HTML or another
//! column.

use tollbridge_report::Interval;

use super::screen::compared::{self as screen, MAX_SITES};
use crate::compare::{Change, Comparison, Figure, Gate, GateVerdict, Pair, Ruling};
use crate::harmless::harmless;
use crate::units;

/// Figures that have a row however little they changed; others have one if they changed for sure.
const ALWAYS: [Figure; 3] = [Figure::Overhead, Figure::Hop, Figure::HopsPerSecond];

/// A comparison and what a gate said of it, as GitHub's Markdown. `command`: what made it, shown as it is.
#[must_use]
pub fn compared_markdown(comparison: &Comparison, ruling: Option<(&Gate, &Ruling<'_>)>, command: &str) -> String {
    let labels = screen::labels(comparison);
    let site = |pair: &Pair| code(screen::label(&labels, &pair.new));
    let runs = units::counted(comparison.old_runs as u64, "run", "runs");
    let mut lines = vec![
        format!("**tollbridge compare**: {}", verdict(comparison, ruling, &site)),
        String::new(),
        format!(
            "| {runs} before, {} after | mean before | after | difference, 95 % interval | change | |",
            comparison.new_runs
        ),
        "|---|---:|---:|---:|---:|---|".to_owned(),
    ];
    for pair in comparison.pairs.iter().take(MAX_SITES) {
        lines.push(format!("| **{}** {} | | | | | |", site(pair), pair.arm));
        lines.extend(pair.changes.iter().filter(|(figure, change)| is_shown(*figure, *change, ruling)).map(
            |&(figure, change)| {
                let cells = screen::cells(figure, change, comparison.floor_ns.filter(|_| figure.is_length()));
                let name = figure.as_str();
                format!("| {name} | {} |", cells[1..].join(" | ").replace('<', "&lt;"))
            },
        ));
    }
    let more = comparison.pairs.len().saturating_sub(MAX_SITES);
    if more > 0 {
        lines.push(format!("| and {more} more | | | | | |"));
    }
    lines.push(String::new());
    for (name, sites) in [("Gone", &comparison.gone), ("New", &comparison.new)] {
        if !sites.is_empty() {
            let more = sites.len().saturating_sub(MAX_SITES);
            let mut names: Vec<String> =
                sites.iter().take(MAX_SITES).map(|site| code(screen::label(&labels, site))).collect();
            names.extend((more > 0).then(|| format!("{more} more")));
            lines.push(format!("{name}: {}.\n", names.join(", ")));
        }
    }
    if let Some(told) = screen::other_machine(comparison) {
        lines.push(format!("**Note**: {told}.\n"));
    }
    lines.push("The run is the unit; intervals are 95 % each, not jointly.\n".to_owned());
    // Indented, not fenced: no name in it can end it.
    lines.push(format!("    {}", harmless(command)));
    lines.join("\n") + "\n"
}

fn verdict(comparison: &Comparison, ruling: Option<(&Gate, &Ruling<'_>)>, site: &dyn Fn(&Pair) -> String) -> String {
    let Some((gate, ruling)) = ruling else {
        let overhead = comparison.pairs.iter().filter_map(|pair| pair.change(Figure::Overhead)?.difference);
        let (mut more, mut less, mut neither) = (0, 0, 0);
        for Interval { value, significant, .. } in overhead {
            match (significant, value > 0.0) {
                (false, _) => neither += 1,
                (true, true) => more += 1,
                (true, false) => less += 1,
            }
        }
        return format!(
            "overhead is more at {}, less at {less}, not significantly changed at {neither}.",
            units::counted(more, "site", "sites")
        );
    };
    let figure = gate.figure();
    let bound =
        format!("no site's {} may have grown by more than {} %", figure.as_str(), screen::percent(gate.allowed()));
    let unseen: Vec<String> = ruling.unseen.iter().map(|&why| screen::unseen(figure, why)).collect();
    match ruling.verdict() {
        GateVerdict::Passed => format!("✅ passed ({bound})"),
        GateVerdict::Unseen => format!("⚠️ not seen ({bound}): {}", unseen.join("; ")),
        GateVerdict::Over => {
            let over = ruling.over.iter().take(MAX_SITES).map(|pair| {
                let grown = pair.change(figure).map_or_else(String::new, |change| {
                    format!(" {}", screen::share(change.new.mean - change.old.mean, change.old.mean))
                });
                format!("{} {}{grown}", site(pair), pair.arm)
            });
            format!("❌ FAILED ({bound}): {}", over.collect::<Vec<_>>().join(", "))
        }
    }
}

fn is_shown(figure: Figure, change: Change, ruling: Option<(&Gate, &Ruling<'_>)>) -> bool {
    let asked = ruling.is_some_and(|(gate, _)| gate.figure() == figure);
    let changed = change.difference.is_some_and(|difference| difference.significant);
    let some = change.old.mean != 0.0 || change.new.mean != 0.0;
    some && (ALWAYS.contains(&figure) || asked || changed)
}

/// A name as code within a table.
fn code(name: &str) -> String {
    format!("`{}`", harmless(name).replace('`', "'").replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_code_span_or_its_column() {
        assert_eq!(code("a`b|c\n@d <img>"), "`a'b\\|c @d <img>`");
    }
}
