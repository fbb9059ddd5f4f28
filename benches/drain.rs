//! What a report takes while threads that have recorded are alive and silent: 8 threads and 50 sites, 512 and 200.
//!
//!     cargo bench -p tollbridge-benches --bench drain
//!
//! The sites are made up, so the hops go straight into the recorder; detailed ones on the naive bridge, which have most to add up.

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use tollbridge_instrument::clock::mock;
use tollbridge_instrument::hop::{EndedHop, HopSpans, OpKind, PackedOp, Site, Ticks};
use tollbridge_instrument::names::{Arm, Detail, LockOp, Outcome};
use tollbridge_instrument::record::{self, Settings};

/// Hops of each site on each thread: more than a journal holds.
const ROUNDS: u64 = 4;

fn record(line: u32, round: u64) {
    let generation = record::armed().generation();
    let spans = HopSpans::default();
    let purposes = [LockOp::Publish, LockOp::Done, LockOp::Cancelled, LockOp::Exception, LockOp::Result];
    let kinds = purposes.map(OpKind::Lock).into_iter().chain([OpKind::Copy]);
    kinds.for_each(|kind| spans.push(PackedOp::between(kind, 0, 20 << (round % 3), false)));
    let at = |phase: u64| phase * (1_000 << (round % 4));
    let ticks = Ticks {
        called: 0,
        returned: at(1),
        previous_end: at(2),
        run_start: at(3),
        run_end: at(4),
        published: at(5),
        first_poll: at(6),
        ready: at(7),
        copied: at(8),
    };
    let site = Site { file: "src/app.rs", line, column: 5, job: "app::job" };
    let (arm, detail, outcome) = (Arm::Naive, Detail::Locks, Outcome::Joined);
    let begun = record::begin(generation, &site, arm, detail).expect("armed");
    let hop = EndedHop::of(&begun, arm, detail, outcome, ticks);
    assert!(record::hop(generation, &EndedHop { spans: Some(&spans), copied_bytes: 8, ..hop }));
}

fn drain(criterion: &mut Criterion) {
    mock::install(0);
    for (threads, sites) in [(8usize, 50u32), (512, 200)] {
        let capture = record::arm(Settings::default()).expect("nothing else is armed");
        let both = Arc::new(Barrier::new(threads + 1));
        let silent: Vec<_> = (0..threads)
            .map(|_| {
                let both = Arc::clone(&both);
                std::thread::spawn(move || {
                    (0..ROUNDS).for_each(|round| (0..sites).for_each(|site| record(site, round)));
                    both.wait();
                    both.wait();
                })
            })
            .collect();
        both.wait();
        let hops = threads as u64 * u64::from(sites) * ROUNDS;
        assert_eq!(capture.report().hops(), hops);
        let name = format!("{threads} threads, {sites} sites");
        criterion.benchmark_group("drain").bench_function(name, |bencher| {
            bencher.iter(|| black_box(capture.report()).hops());
        });
        both.wait();
        silent.into_iter().for_each(|thread| thread.join().expect("it recorded"));
        drop(capture);
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3));
    targets = drain
}
criterion_main!(benches);
