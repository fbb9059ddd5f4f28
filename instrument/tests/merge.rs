//! Merging: associative, commutative, with the empty report as identity, on random reports. Their lengths are short enough for sums of squares
//! to be whole numbers that a float holds, so equal means equal.

mod common;

use common::{Drawn, add, drawn, report};
use proptest::prelude::*;
use tollbridge_instrument::ledger::Tally;
use tollbridge_instrument::names::{Arm, Detail, SpanKind};
use tollbridge_instrument::report::{Clock, Merger, Process, Report, Settings, SpanReport};

/// All that two reports may or may not have in common.
#[derive(Clone, Debug)]
struct Kind {
    tool: u8,
    pid: u32,
    detail: Option<usize>,
    clock: Option<(bool, u8)>,
    span_ns: Option<u8>,
    spans: Vec<(u8, u64)>,
    dropped: u64,
}

fn kind() -> impl Strategy<Value = Kind> {
    let clock = prop::option::weighted(0.9, (prop::bool::weighted(0.9), 1u8..30));
    let spans = prop::collection::vec((0u8..4, 0u64..10_000), 0..6);
    let detail = prop::option::weighted(0.9, 0usize..2);
    (0u8..2, 1u32..4, detail, clock, prop::option::weighted(0.9, 1u8..60), spans, 0u64..3).prop_map(
        |(tool, pid, detail, clock, span_ns, spans, dropped)| Kind {
            tool,
            pid,
            detail,
            clock,
            span_ns,
            spans,
            dropped,
        },
    )
}

fn of(hops: &[Drawn], kind: Kind) -> Report {
    let (mut tally, mut now) = (Tally::default(), 0);
    hops.iter().for_each(|drawn| add(&mut tally, &mut now, drawn));
    let mut report = report(&tally);
    report.tool = format!("tollbridge {}", kind.tool);
    report.processes = vec![Process { pid: kind.pid, ..report.processes[0].clone() }];
    report.settings =
        kind.detail.map(|at| Settings { detail: Detail::ALL[at], arms: vec![Arm::Snapshot], visible: false });
    report.clock = kind.clock.map(|(tsc, floor)| Clock {
        source: if tsc { "tsc" } else { "instant" }.to_owned(),
        ticks_per_ns: f64::from(floor) / 4.0,
        grain_ns: f64::from(30 - floor),
        floor_ns: f64::from(floor),
        ordered_floor_ns: f64::from(2 * floor),
        corrected: u64::from(floor),
    });
    report.observer.span_ns = kind.span_ns.map(f64::from);
    let mut spans = std::collections::BTreeMap::new();
    for (name, ns) in kind.spans {
        let path = vec![format!("span {name}")];
        let span = spans.entry(name).or_insert_with(|| SpanReport {
            path,
            kind: SpanKind::Entered,
            ns: Default::default(),
            contended: 0,
        });
        span.ns.add(ns);
        span.contended += ns % 2;
    }
    report.spans = spans.into_values().collect();
    report.dropped.spans = kind.dropped;
    report.derive();
    report
}

fn any_report() -> impl Strategy<Value = Report> {
    (prop::collection::vec(drawn(), 0..15), kind()).prop_map(|(hops, kind)| of(&hops, kind))
}

fn both(a: &Report, b: &Report) -> Report {
    let mut sum = a.clone();
    sum.merge(b);
    sum
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_is_commutative(a in any_report(), b in any_report()) {
        prop_assert_eq!(both(&a, &b), both(&b, &a));
    }

    #[test]
    fn it_is_associative(a in any_report(), b in any_report(), c in any_report()) {
        prop_assert_eq!(both(&both(&a, &b), &c), both(&a, &both(&b, &c)));
    }

    #[test]
    fn the_empty_report_is_its_identity(a in any_report()) {
        prop_assert_eq!(&both(&a, &Report::default()), &a);
        prop_assert_eq!(&both(&Report::default(), &a), &a);
    }

    #[test]
    fn one_by_one_is_two_by_two(reports in prop::collection::vec(any_report(), 0..6), turned in 0usize..6) {
        let mut merger = Merger::default();
        reports.iter().cloned().for_each(|report| merger.add(report));
        let sum = merger.finish();
        prop_assert_eq!(&sum, &reports.iter().fold(Report::default(), |sum, report| both(&sum, report)));
        let mut other_order = Merger::default();
        let (first, last) = reports.split_at(turned.min(reports.len()));
        last.iter().chain(first).cloned().for_each(|report| other_order.add(report));
        prop_assert_eq!(&sum, &other_order.finish());
    }

    #[test]
    fn sums_of_parts_are_the_whole(hops in prop::collection::vec(drawn(), 0..30), at in 0usize..30, kind in kind()) {
        // The parts of one list of hops, each at its own time: all that adds up is that of the whole.
        let (first, last) = hops.split_at(at.min(hops.len()));
        let whole = of(&hops, kind.clone());
        let sum = both(&of(first, kind.clone()), &of(last, Kind { spans: Vec::new(), dropped: 0, ..kind }));
        prop_assert_eq!(&sum.groups, &whole.groups);
        prop_assert_eq!(&sum.spans, &whole.spans);
        prop_assert_eq!(sum.outcomes, whole.outcomes);
        prop_assert_eq!(&sum.dropped, &whole.dropped);
        prop_assert_eq!(&sum.settings, &whole.settings);
    }

    #[cfg(feature = "read")]
    #[test]
    fn what_is_read_for_merging_has_all_that_merging_looks_at(a in any_report()) {
        let mut a = a;
        a.format = tollbridge_instrument::report::FORMAT;
        let mut text = Vec::new();
        a.write_json(&mut text).expect("memory takes it");
        let mut primary = Report::primary_from_json(&text).expect("it was just written");
        prop_assert!(primary.sites.is_empty() && primary.arms.is_empty());
        prop_assert_eq!(&primary.groups, &a.groups);
        primary.derive();
        prop_assert_eq!(&primary, &a);
        prop_assert_eq!(&Report::from_json(&text).expect("it was just written"), &a);
        // The same with its members in another order, where nothing can be cut out.
        let sorted: serde_json::Value = serde_json::from_slice(&text).expect("it was just written");
        let sorted = serde_json::to_vec(&sorted).expect("memory takes it");
        prop_assert_eq!(&Report::from_json(&sorted).expect("its order does not matter"), &a);
    }
}
