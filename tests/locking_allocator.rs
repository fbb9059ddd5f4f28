//! A global allocator with an instrumented mutex inside: recording an acquisition allocates, which acquires it again.
//!
//! The test's own process is not the one: its harness would be measured too, and a hang or an overflow has to end somewhere.

#![expect(unsafe_code, reason = "there is no global allocator without it")]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use common::child;
use tollbridge::report::Report;
use tollbridge::task::{spawn_blocking, wrap};
use tollbridge::{Arm, Mutex};

/// One for each thread, since a mutex of parking_lot that has to wait allocates itself: with a single one an allocator would hang
/// without tollbridge too.
const SHARDS: usize = 64;
static SHARDED: [Mutex<()>; SHARDS] = [const { Mutex::new("allocator", ()) }; SHARDS];
static THREADS: AtomicUsize = AtomicUsize::new(0);
static ACQUIRED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static SHARD: Cell<usize> = const { Cell::new(usize::MAX) };
}

struct Locking;

impl Locking {
    fn locked<R>(call: impl FnOnce() -> R) -> R {
        if SHARD.get() == usize::MAX {
            SHARD.set(THREADS.fetch_add(1, Ordering::Relaxed));
        }
        let Some(shard) = SHARDED.get(SHARD.get()) else { return call() };
        ACQUIRED.fetch_add(1, Ordering::Relaxed);
        let _held = shard.lock();
        call()
    }
}

// SAFETY: both functions are the system allocator's, with a lock held that does not touch what they return.
unsafe impl GlobalAlloc for Locking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::locked(|| {
            // SAFETY: the caller's promise is the one that is asked for.
            unsafe { System.alloc(layout) }
        })
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::locked(|| {
            // SAFETY: as in `alloc`; the pointer is the system allocator's.
            unsafe { System.dealloc(pointer, layout) }
        });
    }
}

#[global_allocator]
static ALLOCATOR: Locking = Locking;

const HOPS: u64 = 2_000;

async fn hops() {
    for i in 0..HOPS {
        assert_eq!(spawn_blocking(move || vec![i; 8]).await.expect("joined").len(), 8);
        assert_eq!(*tokio::task::spawn_blocking(wrap(move || Box::new(i))).await.expect("joined"), i);
    }
    // Threads that end.
    for _ in 0..8 {
        let thread = std::thread::spawn(|| (0..100).map(|i| vec![i].len()).sum::<usize>());
        assert_eq!(thread.join().expect("it returns"), 100);
    }
}

fn acquisitions(report: &Report) -> u64 {
    report.spans.iter().filter(|span| span.path == ["lock allocator"]).map(|span| span.ns.count()).sum()
}

#[test]
fn child() {
    child::play(|_| {
        // Twice, so that threads come to a new capture with what they have of the old one.
        for arm in [Arm::Snapshot, Arm::Naive] {
            let before = ACQUIRED.load(Ordering::Relaxed);
            let guard = common::builder().with_transfer(arm).with_timeline(100).init();
            let armed = ACQUIRED.load(Ordering::Relaxed);
            let runtime = common::runtime();
            runtime.block_on(hops());
            drop(guard.report());
            runtime.block_on(hops());
            drop(runtime);
            let ended = ACQUIRED.load(Ordering::Relaxed);
            let report = guard.finish().expect("armed");
            let after = ACQUIRED.load(Ordering::Relaxed);
            assert_eq!(report.outcomes.joined, 4 * HOPS);
            let (recorded, lost) = (acquisitions(&report), report.dropped.spans);
            let counted = recorded + lost;
            writeln!(std::io::stdout(), "{recorded} recorded, {lost} lost").expect("stdout is open");
            assert!(
                (ended - armed..=after - before).contains(&counted),
                "{counted} of {} to {}",
                ended - armed,
                after - before
            );
            assert!(recorded > 8 * HOPS && lost < recorded / 10, "nearly all are recorded");
        }
        0
    });
}

#[test]
fn an_allocator_behind_an_instrumented_mutex_goes_on_and_every_acquisition_is_recorded_or_lost() {
    let played = child::run(&mut child::role("allocates"));
    assert!(played.status.success(), "{}\n{}{}", played.status, played.stdout, played.stderr);
}
