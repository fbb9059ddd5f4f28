//! The screen of a comparison: per site what changed and whether that can be known, then the gate's ruling.

use tollbridge_report::Interval;
use tollbridge_report::names::Arm;

use super::options::ScreenOptions;
use super::page::Page;
use super::table::Table;
use super::tone::Tone;
use crate::compare::{Change, Comparison, FALSE_ALARMS, Figure, Gate, GateVerdict, Pair, Ruling, SiteName, Unseen};
use crate::harmless::harmless;
use crate::units::{self, unbroken};
use crate::write::label::Labels;
use crate::write::phase::part;
use crate::write::view::cell::{BELOW_FLOOR, UNKNOWN};

/// Sites beyond these are only counted, here and in lists.
pub(in crate::write) const MAX_SITES: usize = 20;

/// The screen of a comparison: lines ended by `\n`. What stayed 0 on both sides is left out, and a mean below the clock's floor
/// is shown as `<floor`. Of the options the file is not looked at.
#[must_use]
pub fn compared(comparison: &Comparison, ruling: Option<(&Gate, &Ruling<'_>)>, options: &ScreenOptions) -> String {
    let labels = labels(comparison);
    let mut page = Page::new(options);
    let runs = |count: usize| units::counted(count as u64, "run", "runs");
    page.paragraph(
        "tollbridge ",
        &format!(" compare  {} before, {} after; the run is the unit", runs(comparison.old_runs), comparison.new_runs),
    );
    page.blank();
    if !comparison.pairs.is_empty() {
        page.table(&table(comparison, &labels));
        if let Some(more) = comparison.pairs.len().checked_sub(MAX_SITES).filter(|&more| more > 0) {
            page.paragraph("", &format!("and {more} that took less time; --json has them all"));
        }
        page.blank();
    }
    page.paragraph("ALL  ", &format!("hops/s {}", sentence(comparison.hops_per_second)));
    list(&mut page, "GONE ", comparison.gone.iter().map(|site| label(&labels, site).to_owned()).collect());
    list(&mut page, "NEW  ", comparison.new.iter().map(|site| label(&labels, site).to_owned()).collect());
    list(&mut page, "MOVED", moved(comparison));
    notes(&mut page, comparison);
    if let Some((gate, ruling)) = ruling {
        rule(&mut page, &labels, gate, ruling);
    }
    page.finish()
}

pub(in crate::write) fn labels(comparison: &Comparison) -> Labels<'_> {
    let pairs = comparison.pairs.iter().flat_map(|pair| [&pair.old, &pair.new]);
    let sites = pairs.chain(&comparison.gone).chain(&comparison.new);
    Labels::of_keys(sites.map(|site| (site.site.as_str(), site.job.as_str())))
}

pub(in crate::write) fn label<'a>(labels: &'a Labels<'_>, site: &'a SiteName) -> &'a str {
    labels.get((&site.site, &site.job))
}

/// A line a figure, below a line a site.
fn table(comparison: &Comparison, labels: &Labels<'_>) -> Table {
    let mut table =
        Table::new(&["MEAN PER HOP"], &["before", "after", "difference, 95 % interval", "change", "verdict"]);
    let several_arms = comparison.pairs.iter().any(|pair| pair.arm != comparison.pairs[0].arm);
    for pair in comparison.pairs.iter().take(MAX_SITES) {
        let arm = if several_arms || pair.arm == Arm::Wrapped { format!(" {}", pair.arm) } else { String::new() };
        table.row([vec![format!("{}{arm}", label(labels, &pair.new))], vec![String::new(); 5]].concat());
        for &(figure, change) in &pair.changes {
            if change.old.mean != 0.0 || change.new.mean != 0.0 {
                let (row, tone) = row(figure, change, comparison.floor_ns.filter(|_| figure.is_length()));
                table.row_told(row, tone);
            }
        }
    }
    table
}

/// A figure's cells: its name, before, after, difference, change, verdict.
pub(in crate::write) fn cells(figure: Figure, change: Change, floor_ns: Option<f64>) -> Vec<String> {
    row(figure, change, floor_ns).0
}

/// The cells, and the tone of the last one.
fn row(figure: Figure, change: Change, floor_ns: Option<f64>) -> (Vec<String>, Tone) {
    let below = |mean: f64| floor_ns.is_some_and(|floor| mean < floor);
    let mean = |side: f64| {
        if side > 0.0 && below(side) { BELOW_FLOOR.to_owned() } else { value(figure, side) }
    };
    let lost = below(change.old.mean.max(change.new.mean));
    let (difference, share) = match change.difference {
        Some(interval) if !lost => (difference(figure, interval), share(interval.value, change.old.mean)),
        _ => (UNKNOWN.to_owned(), UNKNOWN.to_owned()),
    };
    let (verdict, tone) = match change.difference {
        _ if lost => ("below the floor", Tone::Plain),
        None => ("too few runs", Tone::Plain),
        Some(Interval { significant: false, .. }) => ("not significant", Tone::Plain),
        Some(Interval { value, .. }) if value > 0.0 => ("more", tone(figure, true)),
        Some(_) => ("less", tone(figure, false)),
    };
    let name = match figure {
        Figure::Phase(phase) => format!("  {}", part(phase)),
        _ => format!("  {}", figure.as_str()),
    };
    (vec![name, mean(change.old.mean), mean(change.new.mean), difference, share, verdict.to_owned()], tone)
}

/// More of a cost is bad news. More hops a second may be either: batching makes them fewer.
fn tone(figure: Figure, is_more: bool) -> Tone {
    match (figure, is_more) {
        (Figure::HopsPerSecond, _) => Tone::Plain,
        (_, true) => Tone::Bad,
        (_, false) => Tone::Good,
    }
}

fn value(figure: Figure, value: f64) -> String {
    match figure {
        _ if figure.is_length() => units::duration(value),
        Figure::HopsPerSecond => units::rate(value),
        _ => units::significant(value),
    }
}

fn difference(figure: Figure, Interval { value, low, high, .. }: Interval) -> String {
    if figure.is_length() {
        return units::difference(value, low, high);
    }
    let [value, low, high] = [value, low, high].map(|x| {
        let sign = if x > 0.0 { "+" } else { "" };
        format!("{sign}{}", if figure == Figure::HopsPerSecond { units::rate(x) } else { units::significant(x) })
    });
    format!("{value} [{low}, {high}]")
}

/// A difference as a share of what was before.
pub(in crate::write) fn share(difference: f64, before: f64) -> String {
    if before == 0.0 {
        return UNKNOWN.to_owned();
    }
    let percent = 100.0 * difference / before;
    if percent == 0.0 {
        return "0 %".to_owned();
    }
    let places = usize::from(percent.abs() < 9.95);
    format!("{percent:+.places$} %")
}

/// A share that somebody chose, as it was written: `5`, `12.5`.
pub(in crate::write) fn percent(share: f64) -> f64 {
    (share * 1e5).round() / 1e3
}

fn sentence(change: Change) -> String {
    let figure = Figure::HopsPerSecond;
    let sides = match (change.old.runs, change.new.runs) {
        (0, _) | (_, 0) => return "not known: no run says how long it took".to_owned(),
        _ => format!("{} before, {} after", value(figure, change.old.mean), value(figure, change.new.mean)),
    };
    let told = match change.difference {
        None => "too few runs".to_owned(),
        Some(interval) => {
            let verdict = if interval.significant { "" } else { ", not\u{a0}significant" };
            let told = format!("{}, {}", difference(figure, interval), share(interval.value, change.old.mean));
            format!("{}{verdict}", unbroken(&told))
        }
    };
    format!("{sides}: {told}")
}

fn list(page: &mut Page, name: &str, sites: Vec<String>) {
    if sites.is_empty() {
        return;
    }
    let more = sites.len().saturating_sub(MAX_SITES);
    let mut shown: Vec<String> = sites.into_iter().take(MAX_SITES).map(|site| unbroken(&site)).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    page.paragraph(name, &shown.join(", "));
}

/// The sites whose lines have shifted, each once.
fn moved(comparison: &Comparison) -> Vec<String> {
    let mut moved: Vec<String> = comparison
        .pairs
        .iter()
        .filter(|pair| pair.has_moved())
        .map(|pair| format!("{} -> {}", harmless(&pair.old.site), harmless(&pair.new.site)))
        .collect();
    moved.sort();
    moved.dedup();
    if !moved.is_empty() {
        moved.push("paired as the same job in the same file, in the order of lines".to_owned());
    }
    moved
}

fn notes(page: &mut Page, comparison: &Comparison) {
    let told = comparison.pairs.iter().flat_map(|pair| &pair.changes).filter(|(_, change)| change.difference.is_some());
    let told = told.count();
    if told > 0 {
        page.toned(
            "NOTE ",
            &[(
                &format!(
                    "intervals are 95 % each, not jointly: of the {told} differences one in 20 is significant where nothing changed"
                ),
                Tone::Note,
            )],
        );
    } else {
        page.toned(
            "NOTE ",
            &[("one run per side does not show how much runs vary: you need at least two, better five", Tone::Note)],
        );
    }
    if let Some(told) = other_machine(comparison) {
        page.toned("", &[(&told, Tone::Note)]);
    }
}

/// Said of runs whose clocks cannot be of one machine.
pub(in crate::write) fn other_machine(comparison: &Comparison) -> Option<String> {
    if comparison.clocks.len() > 1 {
        let clocks = comparison.clocks.join(", ");
        return Some(format!("the runs had different clocks ({clocks}); what these cost is in the differences"));
    }
    let [slowest, fastest] = comparison.ticks_per_ns.filter(|_| !comparison.is_of_one_machine())?;
    Some(format!(
        "the runs are of different machines (their clocks make {slowest:.4} to {fastest:.4} ticks a ns); how these differ is in the \
         differences"
    ))
}

/// Why a gate may have missed something, and what can be done.
pub(in crate::write) fn unseen(figure: Figure, why: Unseen) -> String {
    let sites = |count: usize| units::counted(count as u64, "site", "sites");
    let share = |share: f64| format!("{}\u{a0}%", units::significant(100.0 * share));
    match why {
        Unseen::OtherMachine => "the runs are of different machines; measure both sides on one".to_owned(),
        Unseen::Undecided(count) => format!(
            "{} not decided (too few runs, below the clock's floor, or without {}); measure for longer, or look at another \
             figure with --on",
            sites(count),
            figure.as_str()
        ),
        Unseen::Unpaired(count) => format!("{} on one side alone (GONE, NEW)", sites(count)),
        Unseen::Coarse { sees, asked } => format!(
            "at some site these runs see a growth of {} or more, not of {}; give more runs",
            share(sees),
            share(asked)
        ),
    }
}

fn rule(page: &mut Page, labels: &Labels<'_>, gate: &Gate, ruling: &Ruling<'_>) {
    let (figure, allowed) = (gate.figure().as_str(), percent(gate.allowed()));
    let over = |pair: &&Pair| {
        let grown = pair.change(gate.figure()).map_or_else(String::new, |change| {
            format!(" {}", share(change.new.mean - change.old.mean, change.old.mean))
        });
        unbroken(&format!("{} {}{grown}", label(labels, &pair.new), pair.arm))
    };
    let which: Vec<String> = ruling.over.iter().map(over).collect();
    let allowed = format!("no site's {figure} may have grown by more than {allowed}\u{a0}%:");
    let unseen: Vec<String> = ruling.unseen.iter().map(|&why| self::unseen(gate.figure(), why)).collect();
    let unseen = unseen.join("; ");
    let (verdict, tone, rest) = match ruling.verdict() {
        GateVerdict::Passed => ("passed", Tone::Good, String::new()),
        GateVerdict::Over => ("FAILED:", Tone::Bad, which.join(", ")),
        GateVerdict::Unseen => ("NOT SEEN:", Tone::Bad, unseen.clone()),
    };
    let texts = [(allowed.as_str(), Tone::Plain), (verdict, tone), (rest.as_str(), Tone::Plain)];
    page.toned("GATE ", &texts[..if rest.is_empty() { 2 } else { 3 }]);
    if ruling.verdict() == GateVerdict::Over && !unseen.is_empty() {
        page.paragraph("", &format!("nor is all seen: {unseen}"));
    }
    let undecided = match ruling.undecided {
        0 => String::new(),
        undecided => format!(", {undecided} not (too few runs, below the clock's floor, or without that figure)"),
    };
    let decided = units::counted(ruling.decided as u64, "site", "sites");
    let (alarms, sees) = (percent(FALSE_ALARMS), units::significant(100.0 * ruling.sees));
    page.paragraph(
        "",
        &format!("{decided} decided{undecided}; false alarms at most {alarms}\u{a0}% over all of them (Holm). With this many runs, \
             the gate can detect growth of {sees}\u{a0}% or more at the median site"),
    );
}
