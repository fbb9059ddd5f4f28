//! Every export, read back in its own format by a small reader that shares nothing with the writer, and held to the report's counts
//! and sums.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tollbridge_flamegraphs::{Format, export};
use tollbridge_report::names::{Outcome, Phase};
use tollbridge_report::{HopGroup, Report};

use super::pprof;
use super::whole::assert_harmless;

pub(crate) fn all(report: &Report) {
    for &format in Format::ALL {
        let bytes = match export(report, format) {
            Ok(bytes) => bytes,
            Err(error) => {
                assert!(error.is_nothing_to_draw(), "{error}");
                continue;
            }
        };
        if format.is_binary() {
            pprof::hold(&bytes, report);
            continue;
        }
        let text = String::from_utf8(bytes).expect("all others are text");
        assert_harmless(&text);
        match format {
            Format::Folded => folded(&text, report),
            Format::Speedscope => speedscope(&text, report),
            Format::Chrome => chrome(&text, report),
            Format::Csv => table(&text, report),
            Format::Openmetrics => {
                assert!(text.ends_with("# EOF\n"));
                exposition(&text, report);
            }
            Format::Prometheus => exposition(&text, report),
            _ => unreachable!("{format:?} has no reader here"),
        }
    }
}

pub(crate) fn joined(report: &Report) -> impl Iterator<Item = &HopGroup> {
    report.groups.iter().filter(|group| group.key.outcome == Outcome::Joined)
}

/// The lengths of phases, added up; `None` if they are more than a number takes, and then no sum is held to them.
pub(crate) fn phases_ns<'a>(groups: impl Iterator<Item = &'a HopGroup>, shown: fn(Phase) -> bool) -> Option<u64> {
    let phases = groups.flat_map(|group| &group.phases).filter(|(phase, _)| shown(**phase));
    phases.map(|(_, ns)| ns.sum()).try_fold(0, u64::checked_add)
}

/// Stack and value of each line.
pub(crate) fn stacks(text: &str) -> BTreeMap<&str, u64> {
    let mut stacks = BTreeMap::new();
    for line in text.lines() {
        let (stack, value) = line.rsplit_once(' ').expect("a value behind the last space");
        let value = value.parse().expect("a whole number");
        assert!(!stack.split(';').any(str::is_empty), "{line}");
        assert!(stacks.insert(stack, value).is_none(), "{stack} stands there twice");
    }
    stacks
}

fn folded(text: &str, report: &Report) {
    if let Some(ns) = phases_ns(joined(report), |_| true) {
        assert_eq!(stacks(text).values().sum::<u64>(), ns);
    }
}

fn speedscope(text: &str, report: &Report) {
    let file: Value = serde_json::from_str(text).expect("JSON");
    let frames = file["shared"]["frames"].as_array().expect("frames").len() as u64;
    let mut ends = BTreeMap::new();
    for profile in file["profiles"].as_array().expect("profiles") {
        let list = |of: &Value| of.as_array().expect("a list").clone();
        let number = |of: &Value| of.as_u64().expect("a whole number");
        let (samples, weights) = (list(&profile["samples"]), list(&profile["weights"]));
        assert_eq!(samples.len(), weights.len());
        assert!(samples.iter().flat_map(list).all(|frame| number(&frame) < frames));
        let end = number(&profile["endValue"]);
        assert_eq!(weights.iter().map(number).fold(0, u64::saturating_add), end);
        ends.insert(profile["name"].as_str().expect("a name").to_owned(), end);
    }
    assert_eq!(ends.get("hops").copied().unwrap_or(0), report.hops());
    if let Some(ns) = phases_ns(joined(report), |_| true) {
        assert_eq!(ends.get("time").copied().unwrap_or(0), ns);
    }
}

/// Whatever begins ends, and every hop is there.
fn chrome(text: &str, report: &Report) {
    let file: Value = serde_json::from_str(text).expect("JSON");
    let mut open: BTreeMap<&str, i64> = BTreeMap::new();
    for event in file["traceEvents"].as_array().expect("events") {
        let id = event["id"].as_str().unwrap_or_default();
        match event["ph"].as_str().expect("a kind") {
            "b" => *open.entry(id).or_default() += 1,
            "e" => *open.entry(id).or_default() -= 1,
            "X" => assert!(event["dur"].as_f64().is_some_and(|us| us >= 0.0), "{event}"),
            "M" | "s" | "t" | "f" => {}
            kind => panic!("an event of no known kind: {kind}"),
        }
    }
    let hops = report.timeline.as_ref().map_or(0, |timeline| timeline.hops.len());
    assert_eq!(open.len(), hops);
    assert!(open.values().all(|&open| open == 0), "{open:?}");
}

fn table(text: &str, report: &Report) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let at = |name: &str| header.iter().position(|column| column == name).expect("a column");
    let (length, count, sum) = (at("length"), at("count"), at("sum_ns"));
    let (mut hops, mut lengths) = (0, BTreeSet::new());
    for row in reader.records() {
        let row = row.expect("as many cells as the header has");
        let number = |column: usize| row[column].parse::<u64>().expect("a whole number");
        assert!(!row.iter().any(|cell| cell.trim_start().starts_with(['=', '+', '-', '@'])), "{row:?}");
        if &row[length] == "hop" {
            hops += number(count);
        }
        lengths.insert((row[length].to_owned(), number(count), number(sum)));
    }
    assert_eq!(hops, report.hops());
    for (phase, ns) in report.groups.iter().flat_map(|group| &group.phases).filter(|(_, ns)| ns.count() > 0) {
        assert!(lengths.contains(&(phase.to_string(), ns.count(), ns.sum())), "{phase}");
    }
}

/// Name, labels and value of a sample.
fn sample(line: &str) -> (&str, BTreeMap<&str, String>, &str) {
    let (name, mut rest) = line.split_at(line.find(['{', ' ']).expect("a value behind the name"));
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            let (label, value) = rest.split_once("=\"").expect("a quoted value");
            let mut text = String::new();
            let mut chars = value.char_indices();
            let end = loop {
                match chars.next().expect("a closing quote") {
                    (at, '"') => break at,
                    (_, '\\') => text.push(match chars.next().expect("what is escaped").1 {
                        'n' => '\n',
                        c @ ('\\' | '"') => c,
                        c => panic!("{c} is escaped in {line}"),
                    }),
                    (_, c) => text.push(c),
                }
            };
            assert!(labels.insert(label.trim_start_matches(','), text).is_none(), "{line}");
            rest = &value[end + 1..];
        }
        rest = &rest[1..];
    }
    (name, labels, rest.strip_prefix(' ').expect("a space before the value"))
}

fn exposition(text: &str, report: &Report) {
    let (mut hops, mut infinite, mut counts, mut seen) = (0, 0, 0, BTreeSet::new());
    let mut before: Option<(BTreeMap<&str, String>, u64)> = None;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, mut labels, value) = sample(line);
        assert!(seen.insert((name, labels.clone())), "{line} stands there twice");
        value.parse::<f64>().expect("a number");
        let whole = || value.parse::<u64>().expect("a whole number");
        match name {
            "tollbridge_hops_total" => hops += whole(),
            "tollbridge_phase_seconds_count" => counts += u128::from(whole()),
            "tollbridge_phase_seconds_bucket" => {
                let end = labels.remove("le").expect("a bucket has an end");
                infinite += if end == "+Inf" { u128::from(whole()) } else { 0 };
                if let Some((_, count)) = before.filter(|(before, _)| *before == labels) {
                    assert!(count <= whole(), "{line} after {count}");
                }
                before = Some((labels, whole()));
            }
            _ => {}
        }
    }
    let phases = joined(report).flat_map(|group| group.phases.values());
    assert_eq!(hops, report.hops());
    assert_eq!((counts, infinite), (phases.map(|ns| u128::from(ns.count())).sum(), counts));
    let ns: u128 =
        joined(report).filter_map(|group| group.phases.get(&Phase::Run)).map(|ns| u128::from(ns.sum())).sum();
    let told = seconds(text, "tollbridge_phase_seconds_sum", "phase=\"run\"");
    assert!(ns > u128::from(u64::MAX) || told == ns, "{told} of {ns}");
}

/// The sum of samples in ns, exactly: their last nine digits are decimals.
fn seconds(text: &str, name: &str, label: &str) -> u128 {
    let mine = text.lines().filter(|line| line.starts_with(name) && line.contains(label));
    let values = mine.filter_map(|line| line.rsplit_once(' '));
    values.map(|(_, value)| value.replace('.', "").parse::<u128>().expect("digits")).sum()
}
