//! The layer on spans as tokio opens them for blocking jobs, and on others. One capture a process: each test holds the lock while it measures.

mod common;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Waker};

use common::{alone, armed};
use tollbridge_instrument::clock::mock;
use tollbridge_instrument::every_job::{Tokio, layer};
use tollbridge_instrument::names::{Arm, Detail, Outcome, Phase};
use tollbridge_instrument::record;
use tollbridge_instrument::report::{Observed, Report};
use tollbridge_instrument::session::{Alone, Builder, Summary};
use tracing::instrument::{Instrument as _, Instrumented};
use tracing::{Span, trace_span};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;

/// The number of the task that calls.
static TASK: AtomicU64 = AtomicU64::new(1);

fn tokio(is_copy: bool) -> Tokio {
    Tokio { task: || TASK.load(Ordering::Relaxed), runtime: || 1, is_copy }
}

/// With the layer alone.
fn with_layer<R>(f: impl FnOnce() -> R) -> R {
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer(tokio(false))), f)
}

const FILE: &str = "src/app.rs";

/// The span that tokio opens.
macro_rules! blocking {
    ($line:expr, $job:expr) => {
        trace_span!(
            target: "tokio::task::blocking",
            "runtime.spawn",
            kind = %"blocking",
            task.name = %"",
            task.id = 7_u64,
            "fn" = %$job,
            original_size.bytes = Option::<u64>::None,
            size.bytes = 8_u64,
            loc.file = FILE,
            loc.line = $line,
            loc.col = 5_u32,
        )
    };
}

/// A job as tokio's pool has it.
struct Spawned<F: Future<Output = ()>>(Pin<Box<Instrumented<F>>>);

fn in_span<F: FnOnce()>(span: Span, job: F) -> Spawned<impl Future<Output = ()>> {
    Spawned(Box::pin(async { job() }.instrument(span)))
}

fn spawned<F: FnOnce()>(line: u32, job: F) -> Spawned<impl Future<Output = ()>> {
    in_span(blocking!(line, "app::job::{{closure}}"), job)
}

impl<F: Future<Output = ()>> Spawned<F> {
    /// On the pool's thread: run, and dropped there before anybody has the outcome. Says whether it panicked.
    fn runs(self) -> bool {
        catch_unwind(AssertUnwindSafe(|| {
            let Self(mut job) = self;
            assert!(job.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
            drop(job);
        }))
        .is_err()
    }
}

/// Hops by line and outcome.
fn counts(report: &Report) -> BTreeMap<(u32, Outcome), u64> {
    let mut counts = BTreeMap::new();
    for group in &report.groups {
        assert_eq!((group.key.arm, group.key.detail), (Arm::Wrapped, Detail::Phases));
        let line = group.key.site.split(':').nth(1).and_then(|line| line.parse().ok()).expect("a line");
        *counts.entry((line, group.key.outcome)).or_default() += group.hop_ns.count();
    }
    counts
}

fn observed(report: &Report) -> (u64, u64) {
    let Observed { jobs, imported, .. } = report.observed.expect("there is a layer");
    (jobs, imported)
}

#[test]
fn a_job_has_its_reach_and_its_run_to_the_ns_and_its_site() {
    let _alone = alone();
    let capture = armed(1_000);
    with_layer(|| {
        for run in [30, 50] {
            let job = spawned(17, || mock::advance(run));
            mock::advance(200);
            assert!(!job.runs());
            mock::advance(1_000);
        }
    });
    let report = capture.finish();
    let [group] = &report.groups[..] else { panic!("one group: {:?}", report.groups) };
    assert_eq!((group.key.site.as_str(), group.key.job.as_str()), ("src/app.rs:17:5", "app::job::{{closure}}"));
    let sums: Vec<_> = group.phases.iter().map(|(&phase, lengths)| (phase, lengths.count(), lengths.sum())).collect();
    assert_eq!(sums, [(Phase::Reach, 2, 400), (Phase::Run, 2, 80)]);
    assert_eq!((group.hop_ns.sum(), report.pool.busy_ns), (480, Some(80)));
    assert_eq!((report.outcomes.submitted, report.outcomes.joined, report.outcomes.in_flight), (2, 2, 0));
    assert_eq!(observed(&report), (2, 0));
}

#[test]
fn jobs_that_never_run_and_jobs_that_panic_are_told_apart_from_those_that_run() {
    let _alone = alone();
    let capture = armed(0);
    with_layer(|| {
        assert!(!spawned(1, || ()).runs());
        drop(spawned(2, || unreachable!()));
        drop(spawned(2, || unreachable!()));
        assert!(spawned(3, || std::panic::resume_unwind(Box::new(()))).runs());
        // In the middle of a panic, jobs are dropped and run as ever.
        struct Drops<F: FnOnce()>(Option<F>);
        impl<F: FnOnce()> Drop for Drops<F> {
            fn drop(&mut self) {
                self.0.take().expect("once")();
            }
        }
        let unwound = catch_unwind(|| {
            let _job = Drops(Some(|| {
                drop(spawned(4, || unreachable!()));
                assert!(!spawned(5, || ()).runs());
            }));
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(unwound.is_err());
    });
    let report = capture.finish();
    let expected = [
        ((1, Outcome::Joined), 1),
        ((2, Outcome::Cancelled), 2),
        ((3, Outcome::Panicked), 1),
        ((4, Outcome::Cancelled), 1),
        ((5, Outcome::Joined), 1),
    ];
    assert_eq!(counts(&report), expected.into());
    assert_eq!(observed(&report), (6, 0));
    assert!(report.live.is_some_and(|live| live.sites.is_empty()));
}

#[test]
fn what_is_in_flight_is_shown() {
    let _alone = alone();
    let capture = armed(0);
    with_layer(|| {
        let _waits = spawned(1, || ());
        let reports = std::cell::RefCell::new(None);
        let runs = spawned(2, || *reports.borrow_mut() = Some(capture.report()));
        mock::advance(10);
        assert!(!runs.runs());
        let live = reports.take().and_then(|report: Report| report.live).expect("it has what is in flight");
        let of = |line: &str| live.sites.iter().find(|site| site.site == line).expect("its job is in flight");
        assert_eq!((of("src/app.rs:1:5").queued.count, of("src/app.rs:2:5").running.count), (1, 1));
    });
    assert_eq!(counts(&capture.finish()), [((1, Outcome::Cancelled), 1), ((2, Outcome::Joined), 1)].into());
}

#[test]
fn jobs_of_tollbridge_are_counted_and_workers_are_not() {
    let _alone = alone();
    let capture = armed(0);
    with_layer(|| {
        let jobs = [
            "tollbridge::hop::Hop::job<app::f, u8, u8>::{{closure}}",
            "alloc::boxed::Box<tollbridge::wrap::measured<u8, app::f>::{{closure}}>",
            "tokio::runtime::scheduler::multi_thread::worker::Launch::launch::{{closure}}",
            "alloc::boxed::Box<app::large::{{closure}}>",
            "alloc::boxed::Box<dyn core::ops::FnOnce<()>>",
            "tollbridge_app::job",
            "tokio::fs::metadata::{{closure}}",
        ];
        for job in jobs {
            assert!(!in_span(blocking!(1_u32, job), || ()).runs());
        }
    });
    let report = capture.finish();
    let jobs: Vec<&str> = report.groups.iter().map(|group| group.key.job.as_str()).collect();
    let expected = [
        "alloc::boxed::Box<dyn core::ops::FnOnce<()>>",
        "app::large::{{closure}}",
        "tokio::fs::metadata::{{closure}}",
        "tollbridge_app::job",
    ];
    assert_eq!(jobs, expected);
    assert_eq!((observed(&report), report.outcomes.submitted), ((6, 2), 4));
}

#[test]
fn a_span_that_is_carried_elsewhere_makes_no_other_job() {
    let _alone = alone();
    let capture = armed(0);
    with_layer(|| {
        let kept = std::cell::RefCell::new(None);
        let job = spawned(1, || {
            let span = Span::current();
            span.in_scope(|| mock::advance(3));
            std::thread::scope(|scope| {
                // Entered there as long as the job runs here, and longer.
                scope.spawn(|| span.in_scope(|| mock::advance(4)));
            });
            // A job that it calls.
            assert!(!spawned(2, || mock::advance(5)).runs());
            *kept.borrow_mut() = Some(span);
        });
        mock::advance(100);
        assert!(!job.runs());
        let span = kept.take().expect("the job ran");
        mock::advance(1_000);
        span.in_scope(|| mock::advance(1_000));
        // Before it is closed, everything is known.
        let report = capture.report();
        assert_eq!(report.outcomes.in_flight, 0);
        drop(span);
    });
    let report = capture.finish();
    assert_eq!(counts(&report), [((1, Outcome::Joined), 1), ((2, Outcome::Joined), 1)].into());
    let run = |line: &str| {
        report.groups.iter().find(|group| group.key.site == line).map(|group| group.phases[&Phase::Run].sum())
    };
    assert_eq!((run("src/app.rs:1:5"), run("src/app.rs:2:5")), (Some(12), Some(5)));
    assert_eq!(report.groups.iter().map(|group| group.nested).sum::<u64>(), 1);
}

#[test]
fn nothing_else_is_enabled_for_its_sake() {
    with_layer(|| {
        assert!(!blocking!(1_u32, "app::job").is_disabled());
        assert!(trace_span!(target: "tokio::task", "runtime.spawn", kind = %"task").is_disabled());
        assert!(trace_span!("request").is_disabled());
        assert!(!tracing::event_enabled!(target: "tokio::task::blocking", tracing::Level::ERROR));
    });
}

#[test]
fn a_job_belongs_to_the_capture_in_which_it_was_called() {
    let _alone = alone();
    with_layer(|| {
        let before = spawned(1, || ());
        let capture = armed(0);
        let over = spawned(2, || ());
        let never = spawned(3, || ());
        assert!(!before.runs());
        let first = capture.finish();
        assert_eq!((first.outcomes.submitted, first.outcomes.in_flight, first.groups.len()), (2, 2, 0));
        let capture = armed(0);
        assert!(!over.runs());
        drop(never);
        assert!(!spawned(4, || ()).runs());
        let second = capture.finish();
        assert_eq!(counts(&second), [((4, Outcome::Joined), 1)].into());
        assert_eq!((second.outcomes.submitted, observed(&second)), (1, (1, 0)));
    });
}

#[test]
fn a_copy_tells_of_its_jobs_itself() {
    let _alone = alone();
    let capture = armed(0);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer(tokio(true))), || {
        assert!(!spawned(1, || ()).runs());
    });
    assert_eq!(capture.finish().outcomes.submitted, 0);
}

#[test]
fn a_second_layer_of_a_subscriber_sees_nothing() {
    let _alone = alone();
    let capture = armed(0);
    let twice = tracing_subscriber::registry().with(layer(tokio(false))).with(layer(tokio(false)));
    tracing::subscriber::with_default(twice, || assert!(!spawned(1, || ()).runs()));
    // That of another subscriber is its only one.
    with_layer(|| assert!(!spawned(2, || ()).runs()));
    let report = capture.finish();
    assert_eq!(counts(&report), [((1, Outcome::Joined), 1), ((2, Outcome::Joined), 1)].into());
    assert_eq!((report.outcomes.submitted, observed(&report)), (2, (2, 0)));
}

/// Of a process of its own, since it is said once in each.
#[test]
fn the_guard_says_once_that_there_is_a_second_layer() {
    const LAYERS: &str = "LAYERS_OF_THE_CHILD";
    let Some(layers) = std::env::var_os(LAYERS) else {
        for (layers, expected) in [("1", 0), ("2", 1)] {
            let child = Command::new(std::env::current_exe().expect("this test's"))
                .args(["--exact", "the_guard_says_once_that_there_is_a_second_layer", "--nocapture"])
                .env(LAYERS, layers)
                .output()
                .expect("it runs");
            assert!(child.status.success(), "{child:?}");
            let stderr = String::from_utf8_lossy(&child.stderr).into_owned();
            let said = stderr.matches("tollbridge: a subscriber has more than one `tollbridge::layer()`").count();
            assert_eq!(said, expected, "{stderr}");
        }
        return;
    };
    let second = (layers == "2").then(|| layer(tokio(false)));
    let subscriber = tracing_subscriber::registry().with(layer(tokio(false))).with(second);
    tracing::subscriber::with_default(subscriber, || {
        for _ in 0..2 {
            let guard = Builder::<Alone>::new().without_files().with_summary(Summary::Off).init();
            assert!(!spawned(1, || ()).runs());
            assert_eq!(guard.finish().expect("armed").outcomes.submitted, 1);
        }
    });
}

#[test]
fn a_lock_of_the_subscribers_is_not_waited_for() {
    let _alone = alone();
    let capture = armed(0);
    with_layer(|| {
        let job = spawned(1, || ());
        let subscriber = tracing::dispatcher::get_default(Clone::clone);
        let registry = subscriber.downcast_ref::<tracing_subscriber::Registry>().expect("a registry");
        let span = job.0.span().clone();
        let data = registry.span(&span.id().expect("enabled")).expect("it is open");
        let held = data.extensions_mut();
        assert!(!job.runs());
        drop(held);
        let span = blocking!(2_u32, "app::job");
        let data = registry.span(&span.id().expect("enabled")).expect("it is open");
        // As after a layer that panics with it.
        let poisoned = catch_unwind(AssertUnwindSafe(|| {
            let _held = data.extensions_mut();
            std::panic::resume_unwind(Box::new(()));
        }));
        assert!(poisoned.is_err());
        span.in_scope(|| ());
    });
    assert_eq!(counts(&capture.report())[&(1, Outcome::Joined)], 1);
    drop(capture);
}

#[test]
fn spans_that_tokio_does_not_open_harm_nothing() {
    struct Panics;
    impl fmt::Display for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            std::panic::resume_unwind(Box::new(()))
        }
    }
    struct Fails;
    impl fmt::Display for Fails {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("app::fails").and(Err(fmt::Error))
        }
    }
    let _alone = alone();
    let capture = armed(0);
    with_layer(|| {
        assert!(!in_span(blocking!(1_u32, Panics), || ()).runs());
        assert!(!in_span(blocking!(2_u32, Fails), || ()).runs());
        assert!(!in_span(blocking!(u64::MAX, "app::job"), || ()).runs());
        // Without what tells the job.
        assert!(!in_span(trace_span!(target: "tokio::task::blocking", "runtime.spawn"), || ()).runs());
        assert!(
            !in_span(trace_span!(target: "tokio::task::blocking", "another", loc.file = 7, loc.line = "x"), || ())
                .runs()
        );
        // Left without having been entered, and entered without having been left.
        let subscriber = tracing::dispatcher::get_default(Clone::clone);
        let span = blocking!(3_u32, "app::job");
        let id = span.id().expect("enabled");
        subscriber.exit(&id);
        subscriber.enter(&id);
        drop(span);
    });
    let report = capture.finish();
    let sites: Vec<(&str, &str)> =
        report.groups.iter().map(|group| (group.key.site.as_str(), group.key.job.as_str())).collect();
    let expected = [("src/app.rs:0:5", "app::job"), ("src/app.rs:2:5", "app::fails"), ("src/app.rs:3:5", "app::job")];
    assert_eq!(sites, expected);
    assert_eq!((report.outcomes.submitted, report.outcomes.joined, observed(&report)), (3, 3, (3, 0)));
}

#[test]
fn jobs_that_a_task_calls_one_after_the_other_are_in_a_row() {
    let _alone = alone();
    let capture = armed(0);
    with_layer(|| {
        for task in [1_001, 1_001, 1_001, 1_002] {
            TASK.store(task, Ordering::Relaxed);
            assert!(!spawned(1, || ()).runs());
        }
    });
    assert!(record::armed().is_on());
    let report = capture.finish();
    assert_eq!(report.groups.iter().map(|group| (group.in_a_row, group.first_of_task)).collect::<Vec<_>>(), [(2, 2)]);
}
