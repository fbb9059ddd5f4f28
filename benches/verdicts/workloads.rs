//! What the experiments run: each workload with its symptom, or with what was advised about it.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sha2::Digest as _;
use tokio::runtime::Runtime;
use tollbridge::Arm;
use tollbridge::bridge::{Awaiter, Source, naive, snapshot};
use tollbridge::task::spawn_blocking;
use tollbridge_instrument::probe::Silent;

use crate::experiment::{Side, Workload, captured};
use crate::load::{compute, hash, lengths_apart_ns, lengths_ns, processor_ns, runtime, spin, wait, wall_ns};

async fn hop(job: impl FnOnce() + Send + 'static) {
    spawn_blocking(job).await.expect("the job returns");
}

const SMALL_JOBS: u32 = 1_200;

/// Jobs of 2 us, so many in a hop, each hop awaited before the next.
pub(crate) fn small_jobs(batch: u32) -> Side {
    jobs_after(0, batch)
}

/// The same with 15 us of work for each job before its call.
pub(crate) fn paced_jobs(batch: u32) -> Side {
    jobs_after(15_000, batch)
}

/// The same with so many ns of work for each job before its call.
fn jobs_after(work_ns: u64, batch: u32) -> Side {
    let runtime = runtime(None, None);
    Box::new(move || {
        wall_ns(SMALL_JOBS, || {
            runtime.block_on(async {
                let mut left = SMALL_JOBS;
                while left > 0 {
                    let jobs = batch.min(left);
                    if work_ns > 0 {
                        spin(work_ns * u64::from(jobs));
                    }
                    hop(move || (0..jobs).for_each(|_| spin(2_000))).await;
                    left -= jobs;
                }
            });
        })
    })
}

pub(crate) fn inline_jobs() -> Side {
    Box::new(|| wall_ns(SMALL_JOBS, || (0..SMALL_JOBS).for_each(|_| spin(2_000))))
}

#[derive(Clone, Copy)]
pub(crate) enum Lines {
    InTurn,
    Joined,
    InOne,
}

/// Small jobs of two lines: one after the other, side by side, or both in one call.
pub(crate) fn two_lines(lines: Lines) -> Side {
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

pub(crate) fn computing_jobs(blocking: Option<u32>) -> Side {
    late_behind(&Load { workers: 2, tasks: 16, each: 8, blocking }, || compute(4_000_000), goes_on)
}

pub(crate) fn hashing_jobs(blocking: Option<u32>) -> Side {
    let bytes: &[u8] = Box::leak(vec![7; 2 << 20].into());
    late_behind(&Load { workers: 2, tasks: 16, each: 12, blocking }, || hash(bytes), goes_on)
}

/// How much there is of what.
struct Load {
    workers: usize,
    tasks: u32,
    /// Jobs of a task.
    each: u32,
    blocking: Option<u32>,
}

/// How late tasks are polled after their jobs.
fn late_behind<P>(
    &Load { workers, tasks, each, blocking }: &Load,
    work: impl Fn() + Copy + Send + 'static,
    between: impl Fn() -> P + Copy + Send + 'static,
) -> Side
where
    P: Future<Output = ()> + Send,
{
    let runtime = runtime(Some(workers), blocking.map(|threads| threads as usize));
    Box::new(move || {
        runtime.block_on(async {
            let mut set = tokio::task::JoinSet::new();
            for _ in 0..tasks {
                set.spawn(async move {
                    let mut late = Duration::ZERO;
                    for _ in 0..each {
                        let job = move || {
                            work();
                            Instant::now()
                        };
                        late += spawn_blocking(job).await.expect("the job returns").elapsed();
                        between().await;
                    }
                    late.as_nanos() as f64 / f64::from(each)
                });
            }
            set.join_all().await.into_iter().sum::<f64>() / f64::from(tasks)
        })
    })
}

/// Calls of one task, behind tokio's own jobs or beside a runtime that these have for themselves.
pub(crate) fn behind_jobs(own: bool) -> Side {
    behind(own, [4, 16, 20], || async {
        tokio::task::spawn_blocking(|| wait(20_000)).await.expect("the job returns");
    })
}

pub(crate) fn behind_files(own: bool) -> Side {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    std::io::Write::write_all(&mut file, &vec![7; 4 << 20]).expect("it is written");
    let file = Arc::new(file);
    behind(own, [1, 8, 120], move || {
        let file = Arc::clone(&file);
        async move {
            tokio::fs::read(file.path()).await.expect("it is read");
        }
    })
}

/// Numbers of threads, of tasks that nobody sees, and of calls.
fn behind<F>(own: bool, [blocking, tasks, calls]: [u32; 3], unseen: impl Fn() -> F + Clone + Send + 'static) -> Side
where
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = || runtime(Some(1), Some(blocking as usize));
    let (runtime, other) = (runtime(), runtime());
    Box::new(move || {
        let of_others = if own { &other } else { &runtime };
        let others: Vec<_> = (0..tasks)
            .map(|_| {
                let unseen = unseen.clone();
                of_others.spawn(async move {
                    loop {
                        unseen().await;
                    }
                })
            })
            .collect();
        let calls = runtime.spawn(lengths_ns(1, calls, |_| hop(|| spin(50_000))));
        let mean = runtime.block_on(calls).expect("it ends");
        others.iter().for_each(tokio::task::JoinHandle::abort);
        for other in others {
            assert!(of_others.block_on(other).is_err_and(|error| error.is_cancelled()), "it is stopped");
        }
        mean
    })
}

/// So many tasks on 2 workers, each with one small job after the other, and something in between.
pub(crate) fn many_tasks<P>(tasks: u32, blocking: Option<u32>, between: fn() -> P) -> Side
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
pub(crate) async fn goes_on() {}

/// As a server does with a request.
pub(crate) async fn computes() {
    spin(10_000);
}

pub(crate) fn waiting_jobs(blocking: u32) -> Side {
    let runtime = runtime(None, Some(blocking as usize));
    Box::new(move || runtime.block_on(lengths_ns(16, 10, |_| hop(|| wait(1_000)))))
}

/// Jobs on a pool that is too small, beside another runtime whose pool has many threads.
pub(crate) fn beside_a_runtime(blocking: u32) -> Side {
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

pub(crate) fn tailed(tail: bool) -> Side {
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

/// Jobs of 200 us that first look something up, beside a thread that reloads it now and then.
pub(crate) fn lookups(below_the_lock: bool) -> Side {
    let runtime = runtime(None, None);
    Box::new(move || {
        let (cache, ended) = (Arc::new(std::sync::Mutex::new(0_u64)), Arc::new(AtomicBool::new(false)));
        let of_jobs = Arc::clone(&cache);
        let (mean, ()) = std::thread::scope(|scope| {
            let reloads = scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    wait(40_000);
                    let locked = below_the_lock.then(|| cache.lock());
                    wait(20_000);
                    drop(locked);
                    *cache.lock().expect("nobody panics") += 1;
                }
            });
            let mean = runtime.block_on(lengths_ns(2, 500, move |_| {
                let cache = Arc::clone(&of_jobs);
                hop(move || {
                    black_box(*cache.lock().expect("nobody panics"));
                    wait(200);
                })
            }));
            ended.store(true, Ordering::Relaxed);
            (mean, reloads.join().expect("it ends"))
        });
        mean
    })
}

/// Three jobs at once, whose results are taken in the order of their calls or of their ends.
pub(crate) fn parts(as_they_end: bool) -> Side {
    const PAGES: u32 = 60;
    const PARTS: [u64; 3] = [3_000, 1_000, 1_000];
    let runtime = runtime(None, None);
    Box::new(move || {
        runtime.block_on(async {
            let mut sum = Duration::ZERO;
            for _ in 0..PAGES {
                let began = Instant::now();
                let jobs = PARTS.map(|us| spawn_blocking(move || wait(us)));
                let in_hand = |job: Result<(), tollbridge::task::JoinError>| {
                    job.expect("the job returns");
                    began.elapsed()
                };
                if as_they_end {
                    let [a, b, c] = jobs.map(|job| async move { in_hand(job.await) });
                    let (a, b, c) = tokio::join!(a, b, c);
                    sum += a + b + c;
                } else {
                    for job in jobs {
                        sum += in_hand(job.await);
                    }
                }
            }
            sum.as_nanos() as f64 / f64::from(PAGES * 3)
        })
    })
}

/// Tasks that parse what their jobs have fetched, on the worker or in a job.
pub(crate) fn parsing(in_a_job: bool) -> Side {
    let parse = move || async move {
        if in_a_job {
            hop(|| spin(600_000)).await;
        } else {
            spin(600_000);
        }
    };
    late_behind(&Load { workers: 1, tasks: 2, each: 100, blocking: None }, || wait(300), parse)
}

/// A hop and other work of 1 ms, which is awaited before the hop or goes on beside it.
pub(crate) fn beside(at_once: bool) -> Side {
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
pub(crate) fn hogged(workers: usize) -> Side {
    let runtime = runtime(Some(workers), None);
    Box::new(move || with_hog(&runtime, || runtime.block_on(lengths_ns(1, 150, |_| hop(|| wait(200))))))
}

/// Transfers that nothing of tollbridge looks at, and captures of hops of these jobs that cross by one of these arms.
pub(crate) fn bridged<T: Send + 'static>(
    transfer: fn(&mut Source<T, u32>, &mut Awaiter<T, u32>),
    arms: &'static [Arm],
    job: fn() -> T,
) -> Workload {
    const TRANSFERS: u32 = 1 << 16;
    /// As many as fit into the first-level cache.
    const BATCH: u32 = 256;
    let measure = move || {
        let mut ns = 0.0;
        for _ in 0..TRANSFERS / BATCH {
            let mut pairs: Vec<_> = (0..BATCH).map(|_| (Source::finished(Ok(job())), Awaiter::new())).collect();
            ns += wall_ns(TRANSFERS, || black_box(&mut pairs).iter_mut().for_each(|(from, to)| transfer(from, to)));
        }
        ns
    };
    let runtime = runtime(None, None);
    let hops = move || {
        runtime.block_on(async {
            for _ in 0..20_000 {
                spawn_blocking(job).await.expect("the job returns");
            }
        });
    };
    let capture = move || captured(|builder| builder.with_compare(arms), &hops);
    Workload { measure: Box::new(measure), capture: Box::new(capture) }
}

pub(crate) fn number_one() -> u64 {
    1
}

pub(crate) fn digest() -> [u8; 32] {
    sha2::Sha256::digest(black_box([7; 256])).into()
}

pub(crate) fn by_naive<T>(from: &mut Source<T, u32>, to: &mut Awaiter<T, u32>) {
    naive::copy_future_state(&mut from.probed(&Silent), to).expect("the source is done");
}

pub(crate) fn by_snapshot<T>(from: &mut Source<T, u32>, to: &mut Awaiter<T, u32>) {
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
