//! What the tests of reports share: random hops, and the reports of them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tollbridge_report::aggregate::Tally;
use tollbridge_report::hop::{Circumstances, HopRecord, Op, OpKind, Ops, Site, Stamps};
use tollbridge_report::names::{Arm, Detail, LockOp, Outcome, Spacing, SpanKind};
use tollbridge_report::{Clock, Process, Report, Settings, SpanReport};

/// What is random of a hop.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Which of three sites.
    pub site: usize,
    /// Index into [`Arm::ALL`].
    pub arm: usize,
    /// Index into [`Detail::ALL`].
    pub detail: usize,
    /// Index into [`Outcome::ALL`].
    pub outcome: usize,
    /// Time since the one before, in ns.
    pub gap: u64,
    /// How long its phases last, in ns.
    pub lengths: [u64; 7],
}

/// Hops of any kind.
pub fn drawn() -> impl Strategy<Value = Drawn> {
    let length = || prop_oneof![Just(0u64), 0u64..200, 0u64..5_000_000];
    (0usize..3, 0usize..3, 0usize..2, 0usize..4, 0u64..400_000_000, prop::array::uniform7(length()))
        .prop_map(|(site, arm, detail, outcome, gap, lengths)| Drawn { site, arm, detail, outcome, gap, lengths })
}

/// Returns what was tallied, as the report of a capture that lasted as long.
pub fn report(tally: &Tally) -> Report {
    let mut report = tally.report();
    let process = &mut report.processes[0];
    (process.exe, process.pid, process.started_unix_ms) = ("app".to_owned(), 7, 1_000);
    report
}

/// Tallies the hop that was drawn.
pub fn add(tally: &mut Tally, now: &mut u64, drawn: &Drawn) {
    tally.hop(&hop(now, drawn));
}

/// Returns the hop that was drawn, which begins some time after `now` and takes it to its end.
pub fn hop(now: &mut u64, drawn: &Drawn) -> HopRecord<'static> {
    const FILES: [&str; 3] = ["a.rs", "b.rs", "c.rs"];
    *now += drawn.gap;
    let mut at = *now;
    let mut after = |length: u64| {
        at += length;
        Some(at)
    };
    let [a, b, c, d, e, f, lock] = drawn.lengths;
    let detail = Detail::ALL[drawn.detail];
    let mut ops = Ops::default();
    if detail == Detail::Locks {
        ops.push(Op { kind: OpKind::Lock(LockOp::Done), ns: lock, contended: lock % 2 == 1 });
        ops.push(Op { kind: OpKind::Copy, ns: lock / 2, contended: false });
        ops.push(Op { kind: OpKind::Empty, ns: lock % 50, contended: false });
    }
    let stamps = Stamps {
        called: *now,
        returned: after(a),
        previous_end: None,
        run_start: after(b),
        run_end: after(c),
        published: after(d),
        first_poll: Some(*now),
        ready: after(e),
        copied: after(f),
        pool_thread: Some(1),
    };
    *now = at;
    HopRecord {
        site: Site { file: FILES[drawn.site], line: 1, column: 1, job: "job" },
        arm: [Arm::Naive, Arm::Snapshot, Arm::Native][drawn.arm],
        detail,
        outcome: [Outcome::Joined, Outcome::Panicked, Outcome::Cancelled, Outcome::Detached][drawn.outcome],
        stamps,
        ops,
        copied_bytes: lock,
        circumstances: Circumstances {
            spacing: Spacing::ALL[usize::try_from(lock % 4).expect("small")],
            nested: lock % 3 == 1,
            runtime: u8::try_from(lock % 5).expect("small"),
        },
    }
}

/// All that two reports may or may not have in common.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Version of the tool.
    pub tool: u8,
    /// Number of the process.
    pub pid: u32,
    /// Index into [`Detail::ALL`] of the settings, if there are any.
    pub detail: Option<usize>,
    /// Whether the clock is the counter, and its floor.
    pub clock: Option<(bool, u8)>,
    /// What an empty span measures.
    pub span_ns: Option<u8>,
    /// Spans outside hops: name and ns.
    pub spans: Vec<(u8, u64)>,
    /// Spans that were dropped.
    pub dropped: u64,
}

/// Processes of any kind.
pub fn kind() -> impl Strategy<Value = Kind> {
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

/// The report of hops, one after the other, in a process of that kind.
pub fn of(hops: &[Drawn], kind: Kind) -> Report {
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
    let mut spans = BTreeMap::new();
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

/// Reports of up to 15 hops.
pub fn any_report() -> impl Strategy<Value = Report> {
    (prop::collection::vec(drawn(), 0..15), kind()).prop_map(|(hops, kind)| of(&hops, kind))
}
