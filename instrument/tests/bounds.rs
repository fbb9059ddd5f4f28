//! What the recorder keeps at its worst: within the bounds of docs/design/recorder.md, and nothing lost.
//!
//! The bytes are those asked of the allocator, so each measure has the process for itself: the tests take turns.

mod common;

use std::sync::{Arc, Barrier};

use common::{alone, armed};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tollbridge_instrument::clock::mock;
use tollbridge_instrument::hop::{EndedHop, HopSpans, OpKind, PackedOp, Site, Ticks};
use tollbridge_instrument::names::{Arm, Detail, LockOp, Outcome};
use tollbridge_instrument::record::{self, MAX_SITES, OTHER, Settings};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// A detailed hop of the naive bridge whose lengths spread over some powers of two.
fn record(line: u32, round: u64) {
    let generation = record::armed().generation();
    let spans = HopSpans::default();
    let purposes = [LockOp::Publish, LockOp::Done, LockOp::Cancelled, LockOp::Exception, LockOp::Result];
    let kinds = purposes.map(OpKind::Lock).into_iter().chain([OpKind::Copy, OpKind::Empty]);
    kinds.for_each(|kind| spans.push(PackedOp::between(kind, 0, 20 << (round % 3), false)));
    let at = |phase: u64| phase * (1_000 << (round % 4));
    let site = Site { file: "src/app.rs", line, column: 5, job: "app::job" };
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
    let begun = record::begin(generation, &site, Arm::Naive, Detail::Locks).expect("armed");
    let hop = EndedHop::of(&begun, Arm::Naive, Detail::Locks, Outcome::Joined, ticks);
    assert!(record::hop(generation, &EndedHop { spans: Some(&spans), copied_bytes: 8, ..hop }));
}

/// Runs `then` while `threads` threads that have each recorded hops of all `sites` sites are alive and silent.
fn recorded<R>(threads: u64, sites: u32, rounds: u64, then: impl FnOnce() -> R) -> R {
    let both = Arc::new(Barrier::new(usize::try_from(threads).expect("small") + 1));
    let threads: Vec<_> = (0..threads)
        .map(|thread| {
            let both = Arc::clone(&both);
            let run = move || {
                // A thread that awaits gives its processor up now and then.
                for round in 0..rounds {
                    for site in 0..sites {
                        record(site, thread + round);
                        std::thread::yield_now();
                    }
                }
                both.wait();
                both.wait();
            };
            std::thread::Builder::new().stack_size(128 << 10).spawn(run).expect("a thread")
        })
        .collect();
    both.wait();
    let done = then();
    both.wait();
    threads.into_iter().for_each(|thread| thread.join().expect("it recorded"));
    done
}

/// Bytes that are kept after `threads` threads recorded; those of the threads themselves are in it.
fn kept(threads: u64, sites: u32) -> usize {
    const ROUNDS: u64 = 4;
    let capture = armed(0);
    let region = Region::new(ALLOCATOR);
    let kept = recorded(threads, sites, ROUNDS, || {
        let change = region.change();
        change.bytes_allocated.saturating_sub(change.bytes_deallocated)
    });
    let report = capture.finish();
    // Far more threads than processors, none of which ever waits, may lose hops; each of them is counted.
    assert_eq!(report.outcomes.joined + report.dropped.hops, threads * u64::from(sites) * ROUNDS);
    assert_eq!((report.outcomes.in_flight, report.dropped.total()), (0, report.dropped.hops));
    assert!(threads > 10 || report.dropped.hops == 0, "{:?}", report.dropped);
    kept
}

#[test]
fn the_widest_app_stays_below_64_mib() {
    let _alone = alone();
    let kept = kept(512, 200);
    assert!(kept < 64 << 20, "{kept} bytes");
}

#[test]
fn a_small_app_stays_below_4_mib() {
    let _alone = alone();
    let kept = kept(10, 10);
    assert!(kept < 4 << 20, "{kept} bytes");
}

/// Bytes that one thread keeps after so many hops.
fn kept_alone(timeline: u32) -> usize {
    mock::install(0);
    let capture = record::arm(Settings { timeline, ..Settings::default() }).expect("nothing else is armed");
    // The thread leaves the capture before.
    record(0, 0);
    let region = Region::new(ALLOCATOR);
    (0..5_000).for_each(|round| record(0, round));
    let change = region.change();
    drop(capture);
    change.bytes_allocated - change.bytes_deallocated
}

#[test]
fn whole_hops_take_what_the_formula_says() {
    let _alone = alone();
    let (without, with) = (kept_alone(0), kept_alone(1_000));
    // The test harness allocates a little meanwhile.
    assert!((with - without).abs_diff(1_100 * 112) < 2_048, "{without} bytes, {with} bytes");
}

#[test]
fn a_report_holds_what_silent_threads_have_not_added_up() {
    let _alone = alone();
    let capture = armed(0);
    recorded(64, 3, 1, || {
        for _ in 0..2 {
            let report = capture.report();
            assert_eq!((report.hops(), report.outcomes.submitted, report.dropped.total()), (64 * 3, 64 * 3, 0));
        }
    });
}

#[test]
fn a_hundred_thousand_sites_are_a_cap_and_the_rest() {
    const SITES: u32 = 100_000;
    let _alone = alone();
    let capture = armed(0);
    let region = Region::new(ALLOCATOR);
    (0..SITES).for_each(|site| record(site, 0));
    let change = region.change();
    let kept = change.bytes_allocated - change.bytes_deallocated;
    let report = capture.finish();
    let cap = u64::try_from(MAX_SITES).expect("small");
    assert_eq!((report.outcomes.joined, report.dropped.sites), (u64::from(SITES), u64::from(SITES) - cap));
    assert_eq!(report.sites.iter().find(|site| site.site == OTHER).expect("the rest").hops, u64::from(SITES) - cap);
    assert!(kept < 32 << 20, "{kept} bytes");
}
