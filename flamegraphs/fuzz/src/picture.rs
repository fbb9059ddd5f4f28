//! Every picture: its SVG is XML of the elements that a flamegraph has, its folded stacks add up to what they are drawn from.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::Event;
use tollbridge_flamegraphs::{FlameOptions, Weight, render};
use tollbridge_report::names::{Arm, Detail, LockOp, Outcome, Phase};
use tollbridge_report::{Distribution, HopGroup, Report};

use super::export::{joined, phases_ns, stacks};
use super::whole::assert_harmless;

/// What inferno writes, its own script among them; of a name that got out of its quotes there would be more.
const ELEMENTS: [&str; 10] = ["svg", "defs", "linearGradient", "stop", "style", "script", "rect", "text", "g", "title"];

pub(crate) fn all(report: &Report) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for weight in [Weight::Counts, Weight::Ns] {
        let options = FlameOptions::default().with_weight(weight).with_backlog(true).with_unpolled(true);
        let paths = match render(report, folder.path(), &options) {
            Ok(paths) => paths,
            Err(error) => return assert!(error.is_nothing_to_draw(), "{error}"),
        };
        for path in paths {
            let text = std::fs::read_to_string(&path).expect("it was just written");
            if path.extension().is_some_and(|ending| ending == "svg") {
                assert_is_flamegraph(&text);
            } else {
                assert_harmless(&text);
                match path.file_stem().and_then(|name| name.to_str()).expect("a name of ours") {
                    "transfer" => transfers_add_up(&text, report, weight),
                    "diff" => {}
                    hops => hops_add_up(hops, &text, report),
                }
            }
        }
    }
}

fn assert_is_flamegraph(svg: &str) {
    let mut reader = Reader::from_str(svg);
    let (mut scripts, mut names) = (0, BTreeSet::new());
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(tag) | Event::Empty(tag) => {
                let name = std::str::from_utf8(tag.name().into_inner()).expect("UTF-8").to_owned();
                scripts += u32::from(name == "script");
                assert!(tag.attributes().all(|attribute| attribute.is_ok()), "{tag:?}");
                names.insert(name);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(scripts == 1 && names.iter().all(|name| ELEMENTS.contains(&name.as_str())), "{names:?}");
}

/// The hops that an arm's picture is drawn from: the detailed ones, where there are some.
fn drawn(report: &Report, arm: Arm) -> Vec<&HopGroup> {
    let (detailed, coarse): (Vec<_>, Vec<_>) =
        joined(report).filter(|group| group.key.arm == arm).partition(|group| group.key.detail == Detail::Locks);
    if detailed.is_empty() { coarse } else { detailed }
}

fn hops_add_up(name: &str, text: &str, report: &Report) {
    let arm: Arm = name.strip_prefix("hop-").and_then(|arm| arm.parse().ok()).expect("an arm");
    // `reach` is of jobs that no arm carries.
    if let Some(ns) = phases_ns(drawn(report, arm).into_iter(), |phase| phase != Phase::Reach) {
        assert_eq!(stacks(text).values().sum::<u64>(), ns, "{name}");
    }
}

/// Each arm's locks and copies, per 1,000 of its detailed transfers.
fn transfers_add_up(text: &str, report: &Report, weight: Weight) {
    let stacks = stacks(text);
    // What is more than a number takes is cut.
    if stacks.values().try_fold(0, |sum: u64, &value| sum.checked_add(value)).is_none_or(|sum| sum == u64::MAX) {
        return;
    }
    for &arm in Arm::ALL {
        let of_arm = |group: &&HopGroup| group.key.arm == arm && group.key.detail == Detail::Locks;
        let groups = || report.groups.iter().filter(of_arm).filter(|group| group.key.outcome != Outcome::Detached);
        let transfers: u128 = groups().map(|group| u128::from(group.hop_ns.count())).sum();
        let copies = ("copy".to_owned(), groups().map(|group| &group.copies).collect::<Vec<_>>());
        let locks = LockOp::ALL.iter().filter(|op| op.is_transfer()).map(|op| {
            (format!("lock {op}"), groups().filter_map(|group| Some(&group.locks.get(op)?.ns)).collect::<Vec<_>>())
        });
        for (frame, lengths) in locks.chain([copies]) {
            let sum =
                |of: fn(&Distribution) -> u64| lengths.iter().map(|&lengths| u128::from(of(lengths))).sum::<u128>();
            let Some(&told) = stacks.get(format!("transfer;{arm};{frame}").as_str()) else {
                assert!(transfers == 0 || arm == Arm::Wrapped || sum(Distribution::count) == 0, "{frame} is missing");
                continue;
            };
            let weighs = sum(if weight == Weight::Counts { Distribution::count } else { Distribution::sum });
            let expected = (weighs * 1_000 + transfers / 2) / transfers;
            assert!(u128::from(told) == expected || weighs > u64::MAX.into(), "{frame}: {told}, {expected}");
        }
    }
}
