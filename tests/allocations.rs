//! What a hop allocates: off, the same as tokio's own, to the byte; armed, as often as tokio's own.
//!
//! One test, since the allocator is the whole process's.

mod common;

use std::alloc::System;
use std::sync::{Barrier, LazyLock};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use tokio::runtime::Runtime;
use tokio::task::JoinError;
use tollbridge::{Arm, Detail};
use tollbridge_instrument::clock::mock;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

// Statics, and no channels, which allocate when they happen to wait.
static RELEASED: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(2));
static ALL_DONE: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(2));

const BATCH: u64 = 50;
const BATCHES: u64 = 20;
const MEASURES: u64 = 5;
/// What a job returns: large enough to be told apart from what surrounds it.
type Answer = [u64; 9];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Allocated {
    times: usize,
    bytes: usize,
}

/// What `BATCHES * BATCH` hops allocate, once the first ones have warmed everything up.
///
/// A batch is submitted while a job holds the pool's only thread and awaited when all of it has run, so that nobody's
/// sleep or wake stands between.
fn allocated<H>(runtime: &Runtime, spawn: impl Fn(u64) -> H) -> Allocated
where
    H: Future<Output = Result<Answer, JoinError>>,
{
    let mut hops: Vec<H> = Vec::with_capacity(usize::try_from(BATCH).expect("small"));
    let mut batches = |count: u64| {
        for _ in 0..count {
            runtime.block_on(async {
                let first = tokio::task::spawn_blocking(|| RELEASED.wait());
                (0..BATCH).for_each(|i| hops.push(spawn(i)));
                let last = tokio::task::spawn_blocking(|| ALL_DONE.wait());
                RELEASED.wait();
                ALL_DONE.wait();
                for (i, hop) in (0..).zip(hops.drain(..)) {
                    assert_eq!(hop.await.expect("a job"), [i; 9]);
                }
                first.await.expect("a job");
                last.await.expect("a job");
            });
        }
    };
    batches(BATCHES);
    let measures = (0..MEASURES).map(|_| {
        let region = Region::new(ALLOCATOR);
        batches(BATCHES);
        let Stats { allocations, reallocations, bytes_allocated, .. } = region.change();
        // What is freed is left to tests/soak/main.rs: a job's thread may let go of its task after the awaiter.
        Allocated { times: allocations + reallocations, bytes: bytes_allocated }
    });
    // The least: now and then the test harness's own thread allocates.
    measures.min().expect("some")
}

fn native(runtime: &Runtime) -> Allocated {
    allocated(runtime, |i| tokio::task::spawn_blocking(move || [i; 9]))
}

fn drop_in(runtime: &Runtime) -> Allocated {
    allocated(runtime, |i| tollbridge::task::spawn_blocking(move || [i; 9]))
}

fn wrapped(runtime: &Runtime) -> Allocated {
    allocated(runtime, |i| tokio::task::spawn_blocking(tollbridge::task::wrap(move || [i; 9])))
}

#[test]
fn a_hop_allocates_what_tokios_own_does() {
    let _alone = common::alone();
    // On a clock that stands still no hop is of a length that the recorder has not met, which would make it a new bucket.
    mock::install(1_000_000);
    let runtime = common::runtime();
    let tokio = native(&runtime);
    assert_eq!(native(&runtime), tokio, "the measure repeats itself");
    assert!(tokio.times >= usize::try_from(BATCH * BATCHES).expect("small"), "a task is one allocation at least");

    assert_eq!(drop_in(&runtime), tokio, "off, to the byte");

    for detail in [Detail::Phases, Detail::Locks] {
        for arm in [Arm::Native, Arm::Snapshot, Arm::Naive] {
            let guard = common::builder().with_detail(detail).with_transfer(arm).init();
            let armed = drop_in(&runtime);
            assert_eq!(armed.times, tokio.times, "{arm}, {detail:?}");
            assert_eq!(wrapped(&runtime).times, tokio.times, "wrapped, {detail:?}");
            let report = guard.finish().expect("armed");
            assert_eq!(report.outcomes.joined, 2 * BATCH * BATCHES * (1 + MEASURES));
        }
    }
}
