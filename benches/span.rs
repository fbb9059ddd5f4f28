//! What one span costs: the clock's two readings, an acquisition of an instrumented mutex, a bridge lock's span in private
//! and through the app's own subscriber, and other people's spans through the recorder as subscriber and as layer.
//!
//!     cargo bench -p tollbridge-benches --bench span
//!
//! Everything on one thread, warm, on paths that the recorder knows already: the floor of what a span costs inside an app.
//! `benches/README.md` says how to read the figures.

#[path = "common/no_op.rs"]
mod no_op;

use std::hint::black_box;

use criterion::Criterion;
use no_op::NoOp;
use tollbridge::probe::{Ambient, Probe};
use tollbridge::{Builder, Guard, LockOp, Mutex, RecorderSubscriber, Summary};
use tollbridge_instrument::clock;
use tollbridge_instrument::record::RecorderLayer;
use tracing::subscriber::with_default;
use tracing_subscriber::layer::SubscriberExt as _;

fn builder() -> Builder {
    tollbridge::builder().without_files().with_summary(Summary::Off)
}

/// Runs `work` while a capture is armed, and fails if anything of it was lost.
fn armed(builder: Builder, work: impl FnOnce()) {
    let guard: Guard = builder.init();
    assert!(guard.is_armed(), "nothing else is armed");
    work();
    let dropped = guard.finish().map(|report| report.dropped.total());
    assert_eq!(dropped, Some(0), "the recorder is to record, not to drop");
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    clock::calibrate();
    clocks(&mut criterion);
    mutexes(&mut criterion);
    bridge_locks(&mut criterion);
    foreign(&mut criterion);
    criterion.final_summary();
}

/// Two readings and their difference: the least that a span can cost.
fn clocks(criterion: &mut Criterion) {
    type Read = fn() -> u64;
    let pairs: [(&str, Read, Read); 3] = [
        ("plain", clock::now, clock::now),
        ("alone", clock::ordered, clock::settled),
        ("in_a_row", clock::opening, clock::settled),
    ];
    for (name, open, close) in pairs {
        // The same indirect calls for all, so that they can be held against each other.
        let (open, close) = (black_box(open), black_box(close));
        criterion.benchmark_group("clock").bench_function(name, |bencher| {
            bencher.iter(|| {
                let opened = open();
                clock::span_ns(opened, close())
            });
        });
    }
}

/// A free mutex, locked and released.
fn mutexes(criterion: &mut Criterion) {
    let bare = parking_lot::Mutex::new(0u64);
    let instrumented = Mutex::new("bench", 0u64);
    let mut group = criterion.benchmark_group("mutex");
    group.bench_function("parking_lot", |bencher| bencher.iter(|| *black_box(&bare).lock() += 1));
    group.bench_function("off", |bencher| bencher.iter(|| *black_box(&instrumented).lock() += 1));
    armed(builder(), || {
        group.bench_function("armed", |bencher| bencher.iter(|| *black_box(&instrumented).lock() += 1));
    });
    group.finish();
}

/// The span around a bridge lock outside hops, without the lock: private, and shown to the app's subscriber as well.
fn bridge_locks(criterion: &mut Criterion) {
    fn span() {
        let opened = Ambient.open_lock(LockOp::Done);
        Ambient.close_lock(opened, LockOp::Done, black_box(false));
    }
    let mut group = criterion.benchmark_group("bridge_lock");
    group.bench_function("off", |bencher| bencher.iter(span));
    armed(builder(), || {
        group.bench_function("armed", |bencher| bencher.iter(span));
    });
    armed(builder().with_visible(true), || {
        with_default(NoOp, || group.bench_function("app_noop", |bencher| bencher.iter(span)));
    });
    group.finish();
}

/// A span of somebody else: made, entered, left, closed.
fn foreign(criterion: &mut Criterion) {
    fn span() {
        let _entered = tracing::info_span!("request").entered();
    }
    let mut group = criterion.benchmark_group("foreign");
    group.bench_function("none", |bencher| bencher.iter(span));
    with_default(NoOp, || group.bench_function("noop", |bencher| bencher.iter(span)));
    with_default(RecorderSubscriber::new(), || {
        group.bench_function("subscriber_off", |bencher| bencher.iter(span));
        armed(builder(), || {
            group.bench_function("subscriber_armed", |bencher| bencher.iter(span));
        });
    });
    with_default(tracing_subscriber::registry(), || group.bench_function("registry", |bencher| bencher.iter(span)));
    with_default(tracing_subscriber::registry().with(RecorderLayer::new()), || {
        group.bench_function("layer_off", |bencher| bencher.iter(span));
        armed(builder(), || {
            group.bench_function("layer_armed", |bencher| bencher.iter(span));
        });
    });
    group.finish();
}
