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
use crate::load::{compute, lengths_apart_ns, lengths_ns, processor_ns, runtime, spin, wait, wall_ns};

pub(crate) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            rule: Rule::SmallWork,
            symptom: "jobs of 2 us, one by one",
            remedy: "2 N jobs a call",
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
            quantity: "CPU time a hop",
            before: many_tasks(64, None, goes_on).into(),
            after: |verdict| many_tasks(64, Some(number(verdict)), goes_on).into(),
            held: true,
        },
        Experiment {
            rule: Rule::WidePool,
            symptom: "16 tasks that compute 10 us between jobs of 5 us",
            remedy: "N blocking threads",
            quantity: "CPU time a hop",
            before: many_tasks(16, None, computes).into(),
            after: |verdict| many_tasks(16, Some(number(verdict)), computes).into(),
            held: false,
        },
        Experiment {
            rule: Rule::Backlog,
            symptom: "16 tasks of jobs that wait 1 ms, pool of 4",
            remedy: "N blocking threads",
            quantity: "a hop's duration",
            before: waiting_jobs(4).into(),
            after: |verdict| waiting_jobs(number(verdict)).into(),
            held: true,
        },
        Experiment {
            rule: Rule::Backlog,
            symptom: "8 tasks of jobs of 2 ms, pool of 2, beside a runtime",
            remedy: "N blocking threads",
            quantity: "a hop's duration",
            before: beside_a_runtime(2).into(),
            after: |verdict| beside_a_runtime(number(verdict)).into(),
            held: true,
        },
        Experiment {
            rule: Rule::JobsCompute,
            symptom: "16 tasks of jobs that compute 4 ms, tokio's pool",
            remedy: "N blocking threads",
            quantity: "from a job's end to the poll of its task",
            before: computing_jobs(None).into(),
            after: |verdict| computing_jobs(Some(number(verdict))).into(),
            held: true,
        },
        Experiment {
            rule: Rule::Sequence,
            symptom: "jobs of 2 us of two lines, in turn",
            remedy: "both in one call",
            quantity: "time a job",
            before: two_lines(Lines::InTurn).into(),
            after: |_| two_lines(Lines::InOne).into(),
            held: true,
        },
        Experiment {
            rule: Rule::Sequence,
            symptom: "jobs of 2 us of two lines, joined",
            remedy: "both in one call",
            quantity: "time a job",
            before: two_lines(Lines::Joined).into(),
            after: |_| two_lines(Lines::InOne).into(),
            held: false,
        },
        Experiment {
            rule: Rule::SmallWork,
            symptom: "jobs of 2 us, 15 us of other work between them",
            remedy: "2 N jobs a call",
            quantity: "time a job",
            before: paced_jobs(1).into(),
            after: |verdict| paced_jobs(2 * number(verdict)).into(),
            held: true,
        },
        Experiment {
            rule: Rule::LongTail,
            symptom: "jobs of 100 us, each 50th waits for 5 ms more",
            remedy: "none waits",
            quantity: "a hop's duration",
            before: tailed(true).into(),
            after: |_| tailed(false).into(),
            held: true,
        },
        Experiment {
            rule: Rule::Unpolled,
            symptom: "awaited after other work of 1 ms",
            remedy: "awaited beside it",
            quantity: "time until the result is in hand",
            before: beside(false).into(),
            after: |_| beside(true).into(),
            held: true,
        },
        Experiment {
            rule: Rule::LateAwaiter,
            symptom: "1 worker, beside a task that polls for 500 us",
            remedy: "2 workers",
            quantity: "a hop's duration",
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

/// The first number of the verdict's advice.
fn number(verdict: &Verdict) -> u32 {
    verdict.attempt.split(' ').find_map(|word| word.parse().ok()).expect("the advice has a number")
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

/// The same with 15 us of work for each job before its call.
fn paced_jobs(batch: u32) -> Side {
    let runtime = runtime(None, None);
    Box::new(move || {
        wall_ns(SMALL_JOBS, || {
            runtime.block_on(async {
                let mut left = SMALL_JOBS;
                while left > 0 {
                    let jobs = batch.min(left);
                    spin(15_000 * u64::from(jobs));
                    hop(move || (0..jobs).for_each(|_| spin(2_000))).await;
                    left -= jobs;
                }
            });
        })
    })
}

#[derive(Clone, Copy)]
enum Lines {
    InTurn,
    Joined,
    InOne,
}

/// Small jobs of two lines: one after the other, side by side, or both in one call.
fn two_lines(lines: Lines) -> Side {
    let runtime = runtime(None, None);
    let (first, second) = (|| spin(2_000), || spin(2_000));
    Box::new(move || {
        wall_ns(SMALL_JOBS, || {
            runtime.block_on(async {
                for _ in 0..SMALL_JOBS / 2 {
                    match lines {
                        Lines::InTurn => {
                            spawn_blocking(first).await.expect("the job returns");
                            spawn_blocking(second).await.expect("the job returns");
                        }
                        Lines::Joined => {
                            let (a, b) = tokio::join!(spawn_blocking(first), spawn_blocking(second));
                            a.and(b).expect("the jobs return");
                        }
                        Lines::InOne => {
                            let both = move || {
                                first();
                                second();
                            };
                            spawn_blocking(both).await.expect("the job returns");
                        }
                    }
                }
            });
        })
    })
}

/// Jobs that compute, many at a time, and how late their tasks are polled.
fn computing_jobs(blocking: Option<u32>) -> Side {
    const TASKS: u32 = 16;
    let runtime = runtime(Some(2), blocking.map(|threads| threads as usize));
    Box::new(move || {
        runtime.block_on(async {
            let mut set = tokio::task::JoinSet::new();
            for _ in 0..TASKS {
                set.spawn(async {
                    let mut late = Duration::ZERO;
                    for _ in 0..8 {
                        let job = || {
                            compute(4_000_000);
                            std::time::Instant::now()
                        };
                        late += spawn_blocking(job).await.expect("the job returns").elapsed();
                    }
                    late.as_nanos() as f64 / 8.0
                });
            }
            set.join_all().await.into_iter().sum::<f64>() / f64::from(TASKS)
        })
    })
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

/// Jobs on a pool that is too small, beside another runtime whose pool has many threads.
fn beside_a_runtime(blocking: u32) -> Side {
    let (batch, other) = (runtime(Some(1), Some(blocking as usize)), runtime(Some(1), None));
    Box::new(move || {
        let beside = other.spawn(lengths_ns(20, 24, |_| async {
            hop(|| wait(2_000)).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }));
        let mean = batch.block_on(batch.spawn(lengths_ns(8, 40, |_| hop(|| wait(2_000))))).expect("it ends");
        other.block_on(beside).expect("it ends");
        mean
    })
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
