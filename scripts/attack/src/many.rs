//! Very many of something.

use std::sync::Barrier;
use std::time::Duration;

use tollbridge::task::spawn_blocking;

use super::{resident_kib, runtime};

/// Threads that are all there at once, each with a hop of its own.
pub(crate) fn threads(count: u64) -> bool {
    let toll = tollbridge::init();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).max_blocking_threads(64).build();
    let runtime = runtime.expect("a runtime");
    let before = resident_kib();
    let gate = Barrier::new(usize::try_from(count).unwrap_or(usize::MAX).saturating_add(1));
    let sum: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|_| {
                let (handle, gate) = (runtime.handle().clone(), &gate);
                let body = move || {
                    let value = handle.block_on(async { spawn_blocking(|| 5_u64).await.expect("it returns") });
                    gate.wait();
                    value
                };
                std::thread::Builder::new().stack_size(64 << 10).spawn_scoped(scope, body).expect("a thread")
            })
            .collect();
        gate.wait();
        println!("kib_each={}", resident_kib().saturating_sub(before) / count.max(1));
        threads.into_iter().map(|thread| thread.join().expect("it ends")).sum()
    });
    println!("done={}", sum / 5);
    let Some(report) = toll.finish() else { return sum == 5 * count };
    println!("joined={} dropped={}", report.outcomes.joined, report.dropped.total());
    sum == 5 * count && report.outcomes.joined == count && report.dropped.total() == 0
}

/// Hops that are all in flight at once.
pub(crate) fn in_flight(count: u64) -> bool {
    let toll = tollbridge::init();
    let before = resident_kib();
    let sum: u64 = runtime().block_on(async {
        let handles: Vec<_> = (0..count).map(|i| spawn_blocking(move || i)).collect();
        println!("kib={}", resident_kib().saturating_sub(before));
        let possible = toll.report().is_none_or(|report| report.outcomes.in_flight <= count);
        assert!(possible, "no more are in flight than there were");
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.expect("it returns");
        }
        sum
    });
    println!("done={count}");
    let joined = toll.finish().map(|report| report.outcomes.joined);
    sum == count * (count - 1) / 2 && joined.is_none_or(|joined| joined == count)
}

/// Runtimes, each with hops that are left over when it ends.
pub(crate) fn runtimes(count: u64) -> bool {
    let toll = tollbridge::init();
    let mut spawned = 0;
    for i in 0..count {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let mut left = Vec::new();
        runtime.block_on(async {
            for _ in 0..3 {
                spawn_blocking(|| 1).await.expect("it returns");
                left.push(spawn_blocking(|| std::thread::sleep(Duration::from_micros(100))));
                spawned += 2;
            }
        });
        match i % 3 {
            0 => drop(runtime),
            1 => runtime.shutdown_background(),
            _ => runtime.shutdown_timeout(Duration::from_millis(5)),
        }
        if i % 2 == 0 {
            // What becomes of them is known somewhere else.
            super::runtime().block_on(async {
                for handle in left {
                    let _ = handle.await;
                }
            });
        }
    }
    println!("done={spawned} kib={}", resident_kib());
    let Some(report) = toll.finish() else { return true };
    let outcomes = &report.outcomes;
    let ended = outcomes.joined + outcomes.panicked + outcomes.cancelled + outcomes.detached + outcomes.in_flight;
    println!("submitted={} ended={ended}", outcomes.submitted);
    outcomes.submitted == spawned && ended == spawned && report.dropped.total() == 0
}
