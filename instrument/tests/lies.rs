//! What would make a recorder lie: clocks that jump, spans and threads that end in the wrong order, reports at bad moments.

mod common;

use std::sync::Mutex;

use common::{alone, armed};
use tollbridge_instrument::clock::mock;
use tollbridge_instrument::hop::{EndedHop, HopSpans, OpKind, PackedOp, Site, Ticks};
use tollbridge_instrument::names::{Arm, Detail, LockOp, Outcome, Phase};
use tollbridge_instrument::record::{self, Capture, RecorderSubscriber};
use tollbridge_instrument::report::Report;
use tracing::span::{Attributes, Id};
use tracing::{Subscriber, info_span};

fn hop(ticks: Ticks, spans: Option<&HopSpans>) -> bool {
    let generation = record::armed().generation();
    let site = Site { file: "src/app.rs", line: 1, column: 5, job: "app::job" };
    let (arm, detail, outcome) = (Arm::Naive, Detail::Locks, Outcome::Joined);
    record::begin(generation, &site, arm, detail).is_some_and(|begun| {
        let hop = EndedHop::of(&begun, arm, detail, outcome, ticks);
        record::hop(generation, &EndedHop { spans, copied_bytes: 8, ..hop })
    })
}

/// A hop in order, 10 ns between its moments.
fn in_order() -> Ticks {
    Ticks {
        called: 2_000,
        returned: 2_010,
        previous_end: Ticks::NEVER,
        run_start: 2_020,
        run_end: 2_030,
        published: 2_040,
        first_poll: 2_005,
        ready: 2_050,
        copied: 2_060,
    }
}

fn corrected(report: &Report) -> u64 {
    report.clock.as_ref().expect("a recorder has one").corrected
}

/// Path, count and sum in ns of each span.
fn spans(report: &Report) -> Vec<(String, u64, u64)> {
    report.spans.iter().map(|span| (span.path.join("/"), span.ns.count(), span.ns.sum())).collect()
}

#[test]
fn a_clock_that_jumps_back_within_a_hop_is_counted_and_the_phases_still_add_up() {
    let _alone = alone();
    let capture = armed(1_000);
    assert!(hop(Ticks { run_end: 1_500, ..in_order() }, None));
    assert!(hop(Ticks { copied: 1_200, ..in_order() }, None));
    let report = capture.finish();
    assert_eq!(corrected(&report), 2);
    let [site] = report.sites.as_slice() else { panic!("one site") };
    let sum: u64 = site.phases.values().map(|phase| phase.sum()).sum();
    assert_eq!((site.hop_ns.sum(), sum), (60 + 50, 60 + 50));
    assert_eq!((site.phases[&Phase::Run].sum(), site.phases[&Phase::Transfer].sum()), (10, 10));
}

#[test]
fn a_clock_that_jumps_back_within_a_span_gives_no_length_and_is_counted() {
    let _alone = alone();
    let capture = armed(1_000);
    let inside = HopSpans::default();
    inside.push(PackedOp::between(OpKind::Lock(LockOp::Done), 500, 480, false));
    inside.push(PackedOp::between(OpKind::Lock(LockOp::Done), 500, 507, false));
    assert!(hop(in_order(), Some(&inside)));
    tracing::subscriber::with_default(RecorderSubscriber::new(), || {
        let span = info_span!("request").entered();
        mock::set(900);
        drop(span);
    });
    let report = capture.finish();
    assert_eq!(corrected(&report), 2);
    let done = &report.groups[0].locks[&LockOp::Done];
    assert_eq!((done.ns.count(), done.ns.sum()), (1, 7), "a length is known of one only");
    assert_eq!(spans(&report), [("request".to_owned(), 1, 0)]);
}

#[test]
fn a_thread_that_dies_inside_a_span_leaves_nothing_open() {
    let _alone = alone();
    let capture = armed(1_000);
    let die = || {
        tracing::subscriber::with_default(RecorderSubscriber::new(), || {
            let done = info_span!("done").entered();
            mock::advance(5);
            drop(done);
            std::mem::forget(info_span!("cut").entered());
        });
    };
    // The second one takes the first one's seat, and must not find its open span.
    for _ in 0..2 {
        std::thread::spawn(die).join().expect("it ends");
    }
    let report = capture.finish();
    assert_eq!(spans(&report), [("done".to_owned(), 2, 10)]);
    assert_eq!(report.dropped.total(), 0);
}

#[test]
fn a_span_that_is_left_twice_or_never_counts_once_or_not_at_all() {
    let _alone = alone();
    let capture = armed(1_000);
    let recorder = RecorderSubscriber::new();
    tracing::subscriber::with_default(RecorderSubscriber::new(), || {
        // The ids of one name are alike; what is told here to `recorder` itself goes the same way.
        let span = info_span!("request");
        let metadata = span.metadata().expect("it is enabled");
        let id = recorder.new_span(&Attributes::new_root(metadata, &metadata.fields().value_set(&[])));
        recorder.enter(&id);
        mock::advance(7);
        recorder.exit(&id);
        recorder.exit(&id);
        recorder.enter(&id);
        recorder.exit(&Id::from_u64(id.into_u64() + 1));
    });
    assert_eq!(spans(&capture.finish()), [("request".to_owned(), 1, 7)]);
}

#[test]
fn a_parent_that_is_left_before_its_child_keeps_its_own_time() {
    let _alone = alone();
    let capture = armed(1_000);
    tracing::subscriber::with_default(RecorderSubscriber::new(), || {
        let parent = info_span!("parent").entered();
        mock::advance(1);
        let child = info_span!("child").entered();
        mock::advance(2);
        drop(parent);
        mock::advance(4);
        drop(child);
        let next = info_span!("next").entered();
        mock::advance(8);
        drop(next);
    });
    let of = |name: &str, ns| (name.to_owned(), 1, ns);
    assert_eq!(spans(&capture.finish()), [of("next", 8), of("parent", 3), of("parent/child", 6)]);
}

#[test]
fn lengths_near_the_end_of_the_range_are_whole_or_counted() {
    let _alone = alone();
    let capture = armed(1_000);
    let long = |ns: u64| Ticks { copied: in_order().ready + ns, ..in_order() };
    assert!(hop(long((1 << 41) + 1), None));
    assert!(hop(long(1 << 45), None));
    // Nobody waits 200 years, but a clock may say so.
    assert!(hop(Ticks { copied: u64::MAX - 1, ..in_order() }, None));
    let report = capture.finish();
    assert_eq!(report.outcomes.joined, 3);
    let [site] = report.sites.as_slice() else { panic!("one site") };
    assert_eq!(site.hop_ns.max(), Some(u64::MAX - 1 - 2_000));
    assert_eq!(report.dropped.outliers, 2 * 3, "as hop, overhead and transfer");
}

#[test]
fn a_report_can_be_taken_while_a_panic_unwinds() {
    struct Reports<'a>(&'a Capture, &'a Mutex<Option<Report>>);
    impl Drop for Reports<'_> {
        fn drop(&mut self) {
            assert!(std::thread::panicking());
            *self.1.lock().expect("nobody else") = Some(self.0.report());
        }
    }
    let _alone = alone();
    let capture = armed(1_000);
    let taken = Mutex::new(None);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _reports = Reports(&capture, &taken);
        assert!(hop(in_order(), None));
        std::panic::resume_unwind(Box::new("on purpose"));
    }));
    assert!(panicked.is_err());
    let report = taken.into_inner().expect("whole").expect("taken");
    assert_eq!((report.outcomes.joined, report.outcomes.in_flight), (1, 0));
    assert!(hop(in_order(), None));
    assert_eq!(capture.finish().outcomes.joined, 2);
}
