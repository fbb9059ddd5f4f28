//! The experiments: a symptom, and what the verdict advises.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Runtime;
use tollbridge::Arm;
use tollbridge::bridge::{Awaiter, Source, naive, snapshot};
use tollbridge::task::spawn_blocking;
use tollbridge_flamegraphs::verdict::{Rule, Verdict};
use tollbridge_instrument::probe::Silent;

use crate::experiment::{Experiment, Side, Workload, captured};
use crate::load::{lengths_apart_ns, lengths_ns, processor_ns, runtime, spin, wait, wall_ns};

pub(crate) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            rule: Rule::SmallWork,
            symptom: "jobs of 2 us, one by one",
            remedy: "2 N jobs a hop",
            quantity: "time a job",
            before: small_jobs(1).into(),
            after: |verdict| small_jobs(2 * number(verdict)).into(),
            held: true,
        },
        Experiment {
            rule: Rule::SmallWork,
            symptom: "jobs of 2 us, one by one",
            remedy: "called without a hop",
            quantity: "time a job",
            before: small_jobs(1).into(),
            after: |_| inline_jobs().into(),
            held: true,
        },
        Experiment {
            rule: Rule::WidePool,
            symptom: "64 tasks of jobs of 5 us, tokio's pool of 512",
            remedy: "N blocking threads",
            quantity: "processors' time a hop",
            before: many_tasks(64, None, goes_on).into(),
            after: |verdict| many_tasks(64, Some(number(verdict)), goes_on).into(),
            held: true,
        },
        Experiment {
            rule: Rule::WidePool,
            symptom: "16 tasks that compute 10 us between jobs of 5 us",
            remedy: "N blocking threads",
            quantity: "processors' time a hop",
            before: many_tasks(16, None, computes).into(),
            after: |verdict| many_tasks(16, Some(number(verdict)), computes).into(),
            held: false,
        },
        Experiment {
            rule: Rule::Backlog,
            symptom: "16 tasks of jobs that wait 1 ms, pool of 4",
            remedy: "N blocking threads",
            quantity: "a hop's length",
            before: waiting_jobs(4).into(),
            after: |verdict| waiting_jobs(number(verdict)).into(),
            held: true,
        },
        Experiment {
            rule: Rule::LongTail,
            symptom: "jobs of 100 us, each 50th waits for 5 ms more",
            remedy: "none waits",
            quantity: "a hop's length",
            before: tailed(true).into(),
            after: |_| tailed(false).into(),
            held: true,
        },
        Experiment {
            rule: Rule::Unpolled,
            symptom: "awaited after other work of 1 ms",
            remedy: "awaited beside it",
            quantity: "time until the outcome is in hand",
            before: beside(false).into(),
            after: |_| beside(true).into(),
            held: true,
        },
        Experiment {
            rule: Rule::LateAwaiter,
            symptom: "1 worker, beside a task that polls for 500 us",
            remedy: "2 workers",
            quantity: "a hop's length",
            before: hogged(1).into(),
            after: |_| hogged(2).into(),
            held: true,
        },
        Experiment {
            rule: Rule::IdleBridgeLocks,
            symptom: "empty jobs, one by one, bridges compared",
            remedy: "snapshot bridge",
            quantity: "the transfer",
            before: bridged(by_naive, &[Arm::Naive, Arm::Snapshot]),
            after: |_| bridged(by_snapshot, &[Arm::Snapshot]),
            held: true,
        },
    ]
}

/// The number that the verdict's advice begins with.
fn number(verdict: &Verdict) -> u32 {
    verdict.attempt.split(' ').next().and_then(|word| word.parse().ok()).expect("the advice begins with a number")
}

async fn hop(job: impl FnOnce() + Send + 'static) {
    spawn_blocking(job).await.expect("the job returns");
}

const SMALL_JOBS: u32 = 1_200;

/// Jobs of 2 us, so many in a hop, each hop awaited before the next.
fn small_jobs(batch: u32) -> Side {
    let runtime = runtime(None, None);
    Box::new(move || {
        wall_ns(SMALL_JOBS, || {
            runtime.block_on(async {
                let mut left = SMALL_JOBS;
                while left > 0 {
                    let jobs = batch.min(left);
                    hop(move || (0..jobs).for_each(|_| spin(2_000))).await;
                    left -= jobs;
                }
            });
        })
    })
}

fn inline_jobs() -> Side {
    Box::new(|| wall_ns(SMALL_JOBS, || (0..SMALL_JOBS).for_each(|_| spin(2_000))))
}

/// So many tasks on 2 workers, each with one small job after the other, and something in between.
fn many_tasks<P>(tasks: u32, blocking: Option<u32>, between: fn() -> P) -> Side
where
    P: Future<Output = ()> + Send + 'static,
{
    const HOPS: u32 = 3_840;
    let runtime = runtime(Some(2), blocking.map(|threads| threads as usize));
    Box::new(move || {
        processor_ns(HOPS, || {
            runtime.block_on(lengths_apart_ns(tasks, HOPS / tasks, |_| hop(|| spin(5_000)), between));
        })
    })
}

/// Calls its next hop at once.
async fn goes_on() {}

/// As a server does with a request.
async fn computes() {
    spin(10_000);
}

fn waiting_jobs(blocking: u32) -> Side {
    let runtime = runtime(None, Some(blocking as usize));
    Box::new(move || runtime.block_on(lengths_ns(16, 10, |_| hop(|| wait(1_000)))))
}

fn tailed(tail: bool) -> Side {
    let runtime = runtime(None, None);
    Box::new(move || {
        runtime.block_on(lengths_ns(2, 200, move |i| {
            hop(move || {
                spin(100_000);
                if tail && i % 50 == 49 {
                    wait(5_000);
                }
            })
        }))
    })
}

/// A hop and other work of 1 ms, which is awaited before the hop or goes on beside it.
fn beside(at_once: bool) -> Side {
    let runtime = runtime(None, None);
    Box::new(move || {
        runtime.block_on(lengths_ns(1, 120, move |_| async move {
            let handle = spawn_blocking(|| spin(100_000));
            let other = tokio::spawn(tokio::time::sleep(Duration::from_millis(1)));
            if !at_once {
                other.await.expect("the other work ends");
            }
            handle.await.expect("the job returns");
        }))
    })
}

/// Hops of one task, beside another one that keeps its worker for 500 us at a time.
fn hogged(workers: usize) -> Side {
    let runtime = runtime(Some(workers), None);
    Box::new(move || with_hog(&runtime, || runtime.block_on(lengths_ns(1, 150, |_| hop(|| wait(200))))))
}

/// Transfers that nothing of tollbridge looks at, and captures of hops that cross by one of these arms.
fn bridged(transfer: fn(&mut Source<u64, u32>, &mut Awaiter<u64, u32>), arms: &'static [Arm]) -> Workload {
    const TRANSFERS: u32 = 1 << 16;
    /// As many as fit into the first-level cache.
    const BATCH: u32 = 256;
    let measure = move || {
        let mut ns = 0.0;
        for _ in 0..TRANSFERS / BATCH {
            let mut pairs: Vec<_> = (0..BATCH).map(|i| (Source::finished(Ok(i.into())), Awaiter::new())).collect();
            ns += wall_ns(TRANSFERS, || black_box(&mut pairs).iter_mut().for_each(|(from, to)| transfer(from, to)));
        }
        ns
    };
    let runtime = runtime(None, None);
    let hops = move || {
        runtime.block_on(async {
            for _ in 0..20_000 {
                hop(|| ()).await;
            }
        });
    };
    let capture = move || captured(|builder| builder.with_compare(arms), &hops);
    Workload { measure: Box::new(measure), capture: Box::new(capture) }
}

fn by_naive(from: &mut Source<u64, u32>, to: &mut Awaiter<u64, u32>) {
    naive::copy_future_state(&mut from.probed(&Silent), to).expect("the source is done");
}

fn by_snapshot(from: &mut Source<u64, u32>, to: &mut Awaiter<u64, u32>) {
    snapshot::copy_future_state(&mut from.probed(&Silent), to).expect("the source is done");
}

fn with_hog(runtime: &Runtime, work: impl FnOnce() -> f64) -> f64 {
    let ended = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&ended);
    let hog = runtime.spawn(async move {
        while !told.load(Ordering::Relaxed) {
            spin(500_000);
            tokio::task::yield_now().await;
        }
    });
    let found = work();
    ended.store(true, Ordering::Relaxed);
    runtime.block_on(hog).expect("the other task ends");
    found
}
