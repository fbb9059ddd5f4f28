//! Memory stays bounded: millions of hops leave the process as large as the first of them made it.
//!
//! `TOLLBRIDGE_MEMORY_HOPS=10000000 cargo test --release -p tollbridge-tests --test memory` is the full measure; without the variable it is
//! the same in small.

#![cfg(target_os = "linux")]

mod common;

use tokio::runtime::Runtime;
use tollbridge::task::spawn_blocking;
use tollbridge::{Arm, Detail};

/// How many hops, unless `TOLLBRIDGE_MEMORY_HOPS` says otherwise.
const HOPS: u64 = 300_000;
const MAX_GROWTH_BYTES: u64 = 2 << 20;
/// Hops in flight together.
const BATCH: u64 = 100;

/// What the process has in memory, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux says it");
    let kib: u64 = line.trim().strip_suffix(" kB").expect("in kB").parse().expect("a number");
    kib * 1024
}

async fn hops(count: u64) {
    let mut batch = Vec::with_capacity(usize::try_from(BATCH).expect("small"));
    for _ in 0..count / BATCH {
        batch.extend((0..BATCH).map(|_| spawn_blocking(|| ())));
        for hop in batch.drain(..) {
            hop.await.expect("the job returns");
        }
    }
}

/// Resident bytes behind each of ten rounds, in a capture as the environment would arm it: all arms, all details,
/// checkpoints. A round returns how many hops it did.
fn rounds(mut round: impl FnMut() -> u64) -> Vec<u64> {
    let out = tempfile::tempdir().expect("a folder");
    let _alone = common::alone();
    let builder = common::builder().with_exact_folder(out.path()).with_detail(Detail::Locks);
    let guard = builder.with_compare(&[Arm::Native, Arm::Snapshot, Arm::Naive]).init();
    assert!(guard.is_armed() && guard.folder().is_some());
    let mut done = 0;
    let resident = (0..10)
        .map(|_| {
            done += round();
            // As a checkpoint does, which may or may not have come in the first round.
            let report = guard.report().expect("armed");
            assert_eq!((report.hops(), report.dropped.total()), (done, 0));
            resident()
        })
        .collect();
    let report = guard.finish().expect("armed");
    assert_eq!((report.outcomes.joined, report.outcomes.in_flight), (done, 0));
    assert_eq!(report.arms.len(), 3);
    assert!(report.arms.values().all(|arm| arm.detailed_transfers > 0));
    resident
}

fn assert_bounded(resident: &[u64]) {
    let growth = resident[9].saturating_sub(resident[0]);
    assert!(growth <= MAX_GROWTH_BYTES, "{growth} bytes between the first tenth and the last: {resident:?}");
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().max_blocking_threads(2).build().expect("a runtime")
}

#[test]
fn hops_leave_nothing_behind() {
    let total = std::env::var("TOLLBRIDGE_MEMORY_HOPS")
        .map_or(HOPS, |hops| hops.parse().expect("TOLLBRIDGE_MEMORY_HOPS is a number of hops"));
    let round = total / (10 * BATCH) * BATCH;
    assert!(round > 0, "a batch in each tenth at least");
    let runtime = runtime();
    assert_bounded(&rounds(|| {
        runtime.block_on(hops(round));
        round
    }));
}

/// Pool threads that end leave what they recorded to those that come after them.
#[test]
fn threads_leave_nothing_behind() {
    const RUNTIMES: u64 = 40;
    assert_bounded(&rounds(|| {
        for _ in 0..RUNTIMES {
            // Its pool ends with it.
            runtime().block_on(hops(BATCH));
        }
        RUNTIMES * BATCH
    }));
}
