//! What pages list of hops is what the tables have.

use std::collections::BTreeSet;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use tollbridge_report::hop::Ticks;
use tollbridge_report::names::{Phase, PhaseKind};
use tollbridge_report::{event, event_fields, moments};
use tollbridge_testkit::golden::{between, part_of_page};
use tollbridge_testkit::hops::any_report;

macro_rules! rows {
    (
        []
        first { $(#[doc = $first_doc:literal])+ $first:ident $first_ns:ident $first_text:literal $FIRST:ident }
        between { $($(#[doc = $doc:literal])+ $moment:ident $moment_ns:ident $text:literal $MOMENT:ident;)+ }
        last { $(#[doc = $last_doc:literal])+ $last:ident $last_ns:ident $last_text:literal $LAST:ident }
    ) => {
        const MOMENTS: [(&str, &str); Ticks::COUNT] = [
            ($first_text, concat!($($first_doc),+)),
            $(($text, concat!($($doc),+)),)+
            ($last_text, concat!($($last_doc),+)),
        ];
    };
}

moments!(rows);

#[test]
fn the_format_has_every_moment() {
    let table: String = MOMENTS
        .iter()
        .map(|(name, meaning)| {
            let meaning = meaning.trim().trim_end_matches('.').replace("`None`", "null in a report, left out in a log");
            format!("| `{name}` | {meaning} |\n")
        })
        .collect();
    part_of_page("docs/reference/format.md", "moments", &format!("\n| moment | meaning |\n|---|---|\n{table}\n"));
}

#[test]
fn the_format_has_every_phase() {
    let divided = Phase::ALL.iter().filter(|phase| phase.kind() != PhaseKind::Reach);
    let names = divided.map(|phase| format!("`{phase}`")).collect::<Vec<_>>().join(", ");
    part_of_page(
        "docs/reference/format.md",
        "phases",
        &format!(
            "**Phases**, in time order ([design](../design/phases.md)): {names}. Those of joined hops add up to `hop_ns`\nexactly.\n"
        ),
    );
}

#[test]
fn the_overhead_is_told_as_what_it_is() {
    let sum = Phase::of(PhaseKind::Overhead).map(Phase::as_str).collect::<Vec<_>>().join(" + ");
    let is_beside = |phase: &&Phase| matches!(phase.kind(), PhaseKind::Run | PhaseKind::Wait);
    let beside = Phase::ALL.iter().filter(is_beside).map(|phase| format!("`{phase}`")).collect::<Vec<_>>().join(", ");
    let told = format!("**overhead** = {sum}: what the crossing cost. Not part of it: {beside}.\n");
    part_of_page("docs/design/phases.md", "overhead", &told);
    between("README.md", "| overhead | ", ":", &sum);
}

/// The arithmetic stands where it is done; the page shows it.
#[test]
fn the_arithmetic_is_that_of_the_code() {
    let code = include_str!("../src/hop/phases.rs");
    let block: String = code
        .lines()
        .skip_while(|line| *line != "//! ```text")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| format!("    {}\n", line.strip_prefix("//! ").unwrap_or_default()))
        .collect();
    assert!(!block.is_empty());
    part_of_page("docs/design/phases.md", "arithmetic", &format!("\n{block}\n"));
}

macro_rules! names {
    ($($(#[$doc:meta])* $FIELD:ident $name:literal $member:ident: $kind:ident $(($moment:ident))?;)+) => {
        const FIELDS: &[(&str, &str)] = &[$(($name, stringify!($kind)),)+];
    };
}

event_fields!(names);

#[test]
fn the_format_has_every_field_of_the_event() {
    assert!(FIELDS.iter().map(|(name, _)| name).eq(event::field::ALL));
    let page = include_str!("../../docs/reference/format.md");
    let (_, section) = page.split_once("## The hop event").expect("its section");
    let (section, _) = section.split_once("\n## ").expect("the next one");
    for (name, _) in FIELDS.iter().filter(|(_, kind)| *kind != "moment") {
        assert!(section.contains(&format!("`{name}`")), "docs/reference/format.md has no field {name}");
    }
}

/// Words that stand before a colon in a JSON text: its members, and the keys of its maps.
fn members(json: &str) -> BTreeSet<&str> {
    let parts: Vec<&str> = json.split('"').collect();
    // Runtimes have numbers.
    let is_name = |word: &str| word.starts_with(|c: char| c.is_ascii_lowercase()) && word.bytes().all(|b| b != b' ');
    let named = parts.windows(2).filter(|pair| pair[1].starts_with(':') && is_name(pair[0]));
    named.map(|pair| pair[0]).collect()
}

/// The writer's names are the reader's: both take them from the members of one struct. The page is held to what is written.
#[test]
fn the_format_has_every_member() {
    let page = include_str!("../../docs/reference/format.md");
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..50 {
        let report = any_report().new_tree(&mut runner).unwrap().current();
        let mut json = Vec::new();
        report.write_json(&mut json).unwrap();
        let json = String::from_utf8(json).unwrap();
        for name in members(&json) {
            if seen.insert(name.to_owned()) {
                assert!(page.contains(&format!("`{name}`")), "docs/reference/format.md has no member {name}");
            }
        }
    }
    assert!(seen.len() > 60, "{seen:?}");
}
