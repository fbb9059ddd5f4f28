//! The ledger through its public API. One capture a process: each test holds the lock while it measures.

#![cfg(feature = "mock-clock")]

#[path = "common/capture.rs"]
mod common;

use common::{alone, armed};
use tollbridge_instrument::clock::mock;
use tollbridge_instrument::hop::{Circumstances, EndedHop, HopRecord, HopSpans, OpKind, PackedOp, Since, Site, Ticks};
use tollbridge_instrument::ledger::{self, LedgerSubscriber, MAX_SITES, OTHER, Tally};
use tollbridge_instrument::names::{Arm, Detail, LockOp, Outcome, Phase, SpanKind};
use tollbridge_instrument::probe::{Ambient, Probe};
use tollbridge_instrument::report::Report;

fn generation() -> u32 {
    ledger::armed().generation()
}

/// The spans of [`hop`].
fn spans() -> HopSpans {
    let spans = HopSpans::default();
    spans.push(PackedOp::between(OpKind::Lock(LockOp::Done), 0, 7, false));
    spans.push(PackedOp::between(OpKind::Copy, 0, 3, false));
    spans
}

#[derive(Clone, Copy)]
struct Hop {
    site: Site<'static>,
    arm: Arm,
    outcome: Outcome,
    ticks: Ticks,
}

/// A joined hop of 100 ns on the naive bridge, `run` ns of them run.
fn hop(line: u32, run: u64) -> Hop {
    Hop {
        site: Site { file: "src/app.rs", line, column: 5, job: "app::job" },
        arm: Arm::Naive,
        outcome: Outcome::Joined,
        ticks: Ticks {
            called: 1_000,
            returned: 1_010,
            previous_end: Ticks::NEVER,
            run_start: 1_020,
            run_end: 1_020 + run,
            published: 1_025 + run,
            first_poll: 1_015,
            ready: 1_090,
            copied: 1_100,
        },
    }
}

/// Says whether there is a capture of that generation.
fn record_in(generation: u32, hop: &Hop) -> bool {
    let Hop { site, arm, outcome, ticks } = *hop;
    ledger::begin(generation, &site, arm, Detail::Locks).is_some_and(|begun| {
        let hop = EndedHop::of(&begun, arm, Detail::Locks, outcome, ticks);
        ledger::hop(generation, &EndedHop { spans: Some(&spans()), copied_bytes: 8, ..hop })
    })
}

fn record(hop: &Hop) {
    assert!(record_in(generation(), hop), "armed");
}

/// As a log holds it.
fn logged(hop: &Hop) -> HopRecord<'static> {
    let Hop { site, arm, outcome, ticks } = *hop;
    let (since, circumstances) = (Since::new(0), Circumstances::default());
    let (stamps, ops) = (ticks.stamps(since, Some(1)), spans().ops(since));
    HopRecord { site, arm, detail: Detail::Locks, outcome, stamps, ops, copied_bytes: 8, circumstances }
}

#[test]
fn threads_that_end_lose_nothing_and_leave_their_seat() {
    let _alone = alone();
    let capture = armed(0);
    for _ in 0..50 {
        std::thread::spawn(|| record(&hop(1, 30))).join().expect("recorded");
    }
    let report = capture.finish();
    assert_eq!((report.outcomes.submitted, report.outcomes.joined), (50, 50));
    let [site] = report.sites.as_slice() else { panic!("one site") };
    assert_eq!(site.hop_ns.sum(), 50 * 100);
    assert_eq!(site.phases[&Phase::Run].sum(), 50 * 30);
    // Lengths of 0 are not recorded and stand in the report all the same.
    assert_eq!(site.phases[&Phase::Backlog].count(), 50);
    assert_eq!(site.phases[&Phase::Backlog].quantile(0.99), Some(0.0));
}

#[test]
fn a_report_can_be_taken_while_others_record() {
    const HOPS: u64 = 20_000;
    let _alone = alone();
    let capture = armed(0);
    let reporter = capture.reporter();
    std::thread::scope(|scope| {
        for line in 1..=2 {
            scope.spawn(move || (0..HOPS).for_each(|_| record(&hop(line, 40))));
        }
        let mut last = 0;
        while last < 2 * HOPS {
            let report = reporter.report();
            assert!(report.hops() >= last, "counts never fall");
            last = report.hops();
            for group in &report.groups {
                let counted: u64 = group.hop_ns.histogram().iter().map(|(_, n)| n).sum();
                assert!(counted <= group.hop_ns.count());
            }
        }
    });
    let report = capture.finish();
    assert_eq!((report.hops(), report.outcomes.in_flight, report.dropped.total()), (2 * HOPS, 0, 0));
}

#[test]
fn sites_beyond_the_cap_are_counted_together_and_shown() {
    let _alone = alone();
    let capture = armed(0);
    let cap = u32::try_from(MAX_SITES).expect("small");
    for line in 1..=cap + 10 {
        record(&hop(line, 10));
    }
    let report = capture.finish();
    assert_eq!(report.hops(), u64::from(cap) + 10);
    assert_eq!(report.dropped.sites, 10);
    let other = report.sites.iter().find(|site| site.site == OTHER).expect("there is one for the rest");
    assert_eq!(other.hops, 10);
    assert_eq!(report.sites.len(), MAX_SITES + 1);
}

#[test]
fn equal_content_at_two_addresses_is_one_site() {
    let _alone = alone();
    let capture = armed(0);
    let twin: &'static str = Box::leak("src/app.rs".to_owned().into_boxed_str());
    let mut other = hop(1, 10);
    other.site.file = twin;
    record(&hop(1, 10));
    record(&other);
    let report = capture.finish();
    assert_eq!((report.sites.len(), report.sites[0].hops), (1, 2));
}

#[test]
fn a_tally_equals_the_ledger() {
    let _alone = alone();
    let capture = armed(0);
    let mut tally = Tally::default();
    for i in 0..500u32 {
        let mut hop = hop(i % 7, u64::from(i % 50));
        hop.arm = [Arm::Naive, Arm::Snapshot, Arm::Native][i as usize % 3];
        hop.outcome = Outcome::ALL[i as usize % 4];
        record(&hop);
        tally.hop(&logged(&hop));
    }
    let (mut ledger, tally) = (capture.finish(), tally.report());
    // A log knows no floors, so it has no corrected means.
    ledger.clock = None;
    ledger.derive();
    assert_eq!(ledger.groups, tally.groups);
    assert_eq!((ledger.arms, ledger.sites, ledger.blocks), (tally.arms, tally.sites, tally.blocks));
}

#[test]
fn hops_of_an_ended_capture_go_nowhere() {
    let _alone = alone();
    let first = armed(0);
    let old = generation();
    drop(first);
    let second = armed(0);
    assert!(!record_in(old, &hop(1, 10)));
    assert_eq!(second.finish().hops(), 0);
}

#[test]
fn merging_reports_adds_them_up() {
    let report = |hops: &[Hop]| {
        let mut tally = Tally::default();
        hops.iter().for_each(|hop| tally.hop(&logged(hop)));
        tally.report()
    };
    let (a, b) = (report(&[hop(1, 10), hop(2, 20)]), report(&[hop(2, 30)]));
    let both = |first: &Report, second: &Report| {
        let mut merged = Report::default();
        merged.merge(first);
        merged.merge(second);
        merged
    };
    let merged = both(&a, &b);
    assert_eq!(merged, both(&b, &a), "commutative");
    assert_eq!(merged.hops(), 3);
    assert_eq!(merged.groups, report(&[hop(1, 10), hop(2, 20), hop(2, 30)]).groups);
    let c = report(&[hop(3, 1)]);
    assert_eq!(both(&both(&a, &b), &c), both(&a, &both(&b, &c)), "associative");
    assert_eq!(both(&a, &Report::default()), a, "identity");
}

#[test]
fn the_subscriber_counts_other_peoples_spans_under_each_other_and_leaves_ours_out() {
    let _alone = alone();
    let capture = armed(0);
    tracing::subscriber::with_default(LedgerSubscriber::new(), || {
        for _ in 0..3 {
            let _outer = tracing::info_span!("request").entered();
            let _inner = tracing::info_span!("query").entered();
            let _ours = tracing::info_span!(target: "tollbridge::phase", "transfer").entered();
        }
    });
    let report = capture.finish();
    let paths: Vec<(String, u64)> = report.spans.iter().map(|s| (s.path.join("/"), s.ns.count())).collect();
    assert_eq!(paths, [("request".to_owned(), 3), ("request/query".to_owned(), 3)]);
}

#[test]
fn a_named_mutex_counts_its_acquisitions() {
    let _alone = alone();
    let mutex = tollbridge_instrument::mutex::Mutex::new("cache", 0);
    *mutex.lock() += 1;
    let capture = armed(0);
    *mutex.lock() += 1;
    assert_eq!(*mutex.lock(), 2);
    let report = capture.finish();
    let [span] = report.spans.as_slice() else { panic!("one span: {:?}", report.spans) };
    assert_eq!((span.path.as_slice(), span.ns.count(), span.contended), (&["lock cache".to_owned()][..], 2, 0));
}

#[test]
fn locks_and_copies_stand_below_the_span_that_is_open() {
    let _alone = alone();
    let mutex = tollbridge_instrument::mutex::Mutex::new("done", ());
    let lock_and_copy = || {
        drop(mutex.lock());
        let opened = Ambient.open_lock(LockOp::Done);
        mock::advance(5);
        Ambient.close_lock(opened, LockOp::Done, true);
        Ambient.close_copy(Ambient.open_copy(32), 32);
    };
    let capture = armed(0);
    tracing::subscriber::with_default(LedgerSubscriber::new(), || {
        lock_and_copy();
        let _request = tracing::info_span!("request").entered();
        lock_and_copy();
        lock_and_copy();
    });
    let report = capture.finish();
    let spans = report.spans.iter().map(|s| (s.path.join("/"), s.kind, s.ns.count(), s.ns.sum(), s.contended));
    // A mutex of the app's may be called what a bridge lock is called.
    let expected = [
        ("copy", SpanKind::Copy, 1, 0, 0),
        ("lock done", SpanKind::BridgeLock, 1, 5, 1),
        ("lock done", SpanKind::Mutex, 1, 0, 0),
        ("request", SpanKind::Entered, 1, 10, 0),
        ("request/copy", SpanKind::Copy, 2, 0, 0),
        ("request/lock done", SpanKind::BridgeLock, 2, 10, 2),
        ("request/lock done", SpanKind::Mutex, 2, 0, 0),
    ];
    let expected = expected.map(|(path, kind, count, sum, contended)| (path.to_owned(), kind, count, sum, contended));
    assert_eq!(spans.collect::<Vec<_>>(), expected);
    let request = report.span_means.iter().find(|means| means.kind == SpanKind::Entered).expect("derived");
    assert_eq!((request.children_per_span, request.self_ns.raw), (6.0, 0.0));
}

#[test]
fn a_lock_that_is_held_elsewhere_is_contended() {
    let _alone = alone();
    let mutex = tollbridge_instrument::mutex::Mutex::new("cache", ());
    let capture = armed(0);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    // Nobody can tell that a thread waits, so some rounds may end before it tried.
    let contended = || capture.report().spans.iter().map(|span| span.contended).sum::<u64>();
    while contended() == 0 {
        assert!(std::time::Instant::now() < deadline, "no contended acquisition in 20 s");
        let held = mutex.lock();
        let (about_to_lock, seen) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                about_to_lock.send(()).expect("the test waits for it");
                drop(mutex.lock());
            });
            seen.recv().expect("sent");
            (0..100).for_each(|_| std::thread::yield_now());
            drop(held);
        });
    }
}

#[test]
fn a_report_is_saved_whole_or_not_at_all() {
    let folder = std::env::temp_dir().join(format!("tollbridge-save-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("made");
    let mut tally = Tally::default();
    tally.hop(&logged(&hop(1, 10)));
    let path = folder.join("report.json");
    tally.report().save(&path).expect("written");
    let names = || {
        let entries = std::fs::read_dir(&folder).expect("read").map(|entry| entry.expect("read").file_name());
        entries.collect::<Vec<_>>()
    };
    assert_eq!(names(), ["report.json"]);
    // A folder in the way of the renaming.
    let blocked = folder.join("blocked");
    std::fs::create_dir_all(blocked.join("inside")).expect("made");
    assert!(tally.report().save(&blocked).is_err());
    assert_eq!(names().len(), 2, "no temporary file is left");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[cfg(feature = "read")]
mod read {
    use super::*;

    fn json() -> Vec<u8> {
        let mut tally = Tally::default();
        tally.hop(&logged(&hop(1, 10)));
        tally.hop(&logged(&hop(2, 20)));
        let mut json = Vec::new();
        tally.report().write_json(&mut json).expect("written");
        json
    }

    #[test]
    fn a_report_survives_its_file() {
        let mut tally = Tally::default();
        tally.hop(&logged(&hop(1, 10)));
        tally.hop(&logged(&hop(2, 20)));
        assert_eq!(Report::from_json(&json()).expect("whole"), tally.report());
    }

    #[test]
    fn every_torn_file_is_refused() {
        let json = json();
        for length in 0..json.len() - 2 {
            assert!(Report::from_json(&json[..length]).is_err(), "{length} of {} bytes pass", json.len());
        }
    }

    #[test]
    fn other_versions_and_bad_histograms_are_named() {
        let text = String::from_utf8(json()).expect("text");
        // Primary data only: the derived part of a file is not looked at.
        let (head, groups) = text.split_at(text.find("\"groups\"").expect("there are some"));
        let refused = |text: String| Report::from_json(text.as_bytes()).expect_err("refused");
        let changed = |from: &str, to: &str| {
            assert!(groups.contains(from), "{from}");
            refused(format!("{head}{}", groups.replacen(from, to, 1))).to_string()
        };
        assert!(refused(text.replacen("\"format\":1", "\"format\":2", 1)).to_string().contains("report format 2"));
        assert!(changed("\"histogram\":[[", "\"histogram\":[[9999,1],[").contains("not in order"));
        assert!(changed("\"sum_sq\":100", "\"sum_sq\":-100").contains("sum_sq"));
    }
}
