//! The tables of sites: means, which add up, and tails, which do not.

use tollbridge_report::SiteReport;
use tollbridge_report::names::{Phase, PhaseKind};

use super::page::Page;
use super::table::Table;
use crate::units;
use crate::write::phase::part;
use crate::write::view::{self, View, cell};

/// Sites beyond these are only counted.
const MAX_SITES: usize = 20;
/// Those that matter.
const MAX_BRIEF: usize = 5;
/// What else a hop waits for gets a column once it is this share of the overhead anywhere; `backlog` has one in any case.
const WAIT_SHARE: f64 = 0.05;

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    if !view.facts.sites.is_empty() {
        page.table(&means(view));
        paid_less(page, view, MAX_SITES);
        for note in view.notes() {
            page.paragraph("", &note);
        }
        page.blank();
        page.table(&tails(view));
        page.blank();
    }
    wrapped(page, view, MAX_SITES);
}

/// One row a site, over all arms.
pub(super) fn brief(page: &mut Page, view: &View<'_>) {
    if !view.facts.sites.is_empty() {
        let heads = ["hops", "run", "overhead", "p50/p99", "backlog"];
        let mut table = Table::new(&["MEAN PER HOP"], &heads);
        let floor = view.facts.floor_ns();
        for site in view.facts.sites.iter().take(MAX_BRIEF) {
            table.row(vec![
                view.label(site).to_owned(),
                units::count(site.arms.iter().map(|of_arm| of_arm.hops).fold(0, u64::saturating_add)),
                cell::mean(view::run_of(site).as_ref(), floor),
                cell::mean(Some(&site.overhead_ns), floor),
                cell::quantiles(Some(&site.overhead_ns), &[0.5, 0.99]),
                cell::mean(site.phases.get(&Phase::Backlog), floor),
            ]);
        }
        page.table(&table);
        paid_less(page, view, MAX_BRIEF);
        if let Some(note) = view.unjoined() {
            page.paragraph("", &note);
        }
        page.blank();
    }
    wrapped(page, view, MAX_BRIEF);
}

fn paid_less(page: &mut Page, view: &View<'_>, shown: usize) {
    if let Some(more) = view.facts.sites.len().checked_sub(shown).filter(|&more| more > 0) {
        page.paragraph("", &format!("and {} that paid less", units::counted(more as u64, "site", "sites")));
    }
}

fn wrapped(page: &mut Page, view: &View<'_>, most: usize) {
    if view.wrapped.is_empty() {
        return;
    }
    page.table(&view.wrapped(most).into());
    if let Some(more) = view.wrapped.len().checked_sub(most).filter(|&more| more > 0) {
        page.paragraph("", &format!("and {} that took less", units::counted(more as u64, "site", "sites")));
    }
    page.blank();
}

/// One row a site, or a site and arm: the names of the row, then its figures.
fn rows(view: &View<'_>, table: &mut Table, figures: impl Fn(&SiteReport) -> Vec<String>) {
    for site in view.facts.sites.iter().take(MAX_SITES) {
        for of_arm in &site.arms {
            let mut row = vec![view.label(site).to_owned()];
            if view.several_arms {
                row.push(of_arm.arm.to_string());
            }
            row.extend(figures(of_arm));
            table.row(row);
        }
    }
}

fn table(view: &View<'_>, title: &str, figures: &[&str]) -> Table {
    if view.several_arms { Table::new(&[title, "arm"], figures) } else { Table::new(&[title], figures) }
}

fn means(view: &View<'_>) -> Table {
    let matters = |phase: Phase| {
        view.facts.sites.iter().any(|site| {
            let length = site.phases.get(&phase).map_or(0, |lengths| lengths.sum());
            length as f64 > WAIT_SHARE * site.overhead_ns.sum() as f64
        })
    };
    let waits = Phase::of(PhaseKind::Wait).filter(|&phase| phase == Phase::Backlog || matters(phase));
    let phases: Vec<Phase> = Phase::of(PhaseKind::Overhead).chain(waits).collect();
    let parts: Vec<String> = phases.iter().map(|&phase| part(phase)).collect();
    let heads: Vec<&str> = ["hops", "run", "overhead"].into_iter().chain(parts.iter().map(String::as_str)).collect();
    let (first, last) = (parts.first(), phases.iter().rposition(|phase| phase.is_overhead()).map(|at| &parts[at]));
    let mut table = table(view, "MEAN PER HOP", &heads);
    if let (Some(first), Some(last)) = (first, last) {
        table = table.dividing(first, last, "OVERHEAD =");
    }
    let floor = view.facts.floor_ns();
    rows(view, &mut table, |site| {
        let of = |phase: Phase| cell::mean(site.phases.get(&phase), floor);
        let run = cell::mean(view::run(site), floor);
        let mut row = vec![units::count(site.hops), run, cell::mean(Some(&site.overhead_ns), floor)];
        row.extend(phases.iter().map(|&phase| of(phase)));
        row
    });
    table
}

fn tails(view: &View<'_>) -> Table {
    let heads = ["run p50/p99/p99.9", "overhead p50/p99", "backlog p50/p99"];
    let mut table = table(view, "TAILS", &heads).dividing(heads[1], heads[2], "TAILS");
    rows(view, &mut table, |site| {
        vec![
            cell::quantiles(site.phases.get(&Phase::Run), &[0.5, 0.99, 0.999]),
            cell::quantiles(Some(&site.overhead_ns), &[0.5, 0.99]),
            cell::quantiles(site.phases.get(&Phase::Backlog), &[0.5, 0.99]),
        ]
    });
    table
}
