//! What is left of captures that are over: little, however long the threads that recorded in them stay silent.
//!
//! The bytes are those asked of the allocator, so the process has one test.

mod common;

use std::sync::{Barrier, mpsc};

use common::{alone, armed};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tollbridge_instrument::hop::{EndedHop, Site, Ticks};
use tollbridge_instrument::names::{Arm, Detail, Outcome};
use tollbridge_instrument::record;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

const THREADS: usize = 40;
const SITES: u32 = 100;
/// A journal, ways to numbers, and what tells that the capture is over.
const LEFT: usize = 24 << 10;

fn record(line: u32) {
    let generation = record::armed().generation();
    let site = Site { file: "src/app.rs", line, column: 5, job: "app::job" };
    let begun = record::begin(generation, &site, Arm::Snapshot, Detail::Phases).expect("armed");
    let ticks = Ticks::between(begun.called, begun.called + 1_000);
    let hop = EndedHop::of(&begun, Arm::Snapshot, Detail::Phases, Outcome::Joined, ticks);
    assert!(record::hop(generation, &hop));
}

fn bytes(region: &Region<'_, std::alloc::System>) -> usize {
    let change = region.change();
    change.bytes_allocated.saturating_sub(change.bytes_deallocated)
}

#[test]
fn silent_threads_keep_next_to_nothing_of_captures_that_are_over() {
    let _alone = alone();
    let region = Region::new(ALLOCATOR);
    let all = Barrier::new(THREADS + 1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let (record_now, asked) = mpsc::channel::<()>();
                let (done, is_done) = mpsc::channel();
                let all = &all;
                scope.spawn(move || {
                    asked.recv().expect("asked once");
                    record(1);
                    done.send(()).expect("somebody waits");
                    // It is in that capture until it records again.
                    all.wait();
                    all.wait();
                    record(1);
                });
                (record_now, is_done)
            })
            .collect();
        let before = bytes(&region);
        let mut most = 0;
        for (record_now, is_done) in &threads {
            let capture = armed(0);
            for line in 1..=SITES {
                record(line);
            }
            record_now.send(()).expect("it waits");
            is_done.recv().expect("it recorded");
            most = most.max(bytes(&region));
            let reporter = capture.reporter();
            let report = capture.finish();
            assert_eq!((report.outcomes.joined, report.outcomes.in_flight), (u64::from(SITES) + 1, 0));
            // As long as somebody may ask, there is an answer.
            assert_eq!(reporter.report().outcomes.joined, u64::from(SITES) + 1);
        }
        all.wait();
        let left = bytes(&region).saturating_sub(before) / THREADS;
        let live = most.saturating_sub(before);
        assert!(live > 10 * LEFT, "a capture has {live} bytes while it lives");
        assert!(left < LEFT, "{left} bytes are left of each of {THREADS} captures");
        // And each of them records in the next one as if nothing had been.
        let capture = armed(0);
        all.wait();
        while capture.report().outcomes.joined < THREADS as u64 {
            std::thread::yield_now();
        }
        let report = capture.finish();
        assert_eq!((report.outcomes.joined, report.dropped.total()), (THREADS as u64, 0));
    });
}
