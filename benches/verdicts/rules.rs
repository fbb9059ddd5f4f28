//! The experiments: a symptom, and what the verdict advises.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sha2::Digest as _;
use tokio::runtime::Runtime;
use tollbridge::Arm;
use tollbridge::bridge::{Awaiter, Source, naive, snapshot};
use tollbridge::task::spawn_blocking;
use tollbridge_flamegraphs::verdict::{Rule, Verdict};
use tollbridge_instrument::probe::Silent;

use crate::experiment::{Experiment, Side, Workload, captured};
use crate::load::{compute, hash, lengths_apart_ns, lengths_ns, processor_ns, runtime, spin, wait, wall_ns};

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
            rule: Rule::JobsCompute,
            symptom: "16 tasks that each hash 2 MiB, tokio's pool",
            remedy: "N blocking threads",
            quantity: "from a job's end to the poll of its task",
            before: hashing_jobs(None).into(),
            after: |verdict| hashing_jobs(Some(number(verdict))).into(),
            held: true,
        },
        Experiment {
            rule: Rule::UnseenJobs,
            symptom: "calls behind tokio's own jobs of 20 ms, pool of 4",
            remedy: "those on a runtime of their own",
            quantity: "a hop's duration",
            before: behind_jobs(false).into(),
            after: |_| behind_jobs(true).into(),
            held: true,
        },
        Experiment {
            rule: Rule::UnseenJobs,
            symptom: "calls behind tokio::fs::read of 4 MiB, pool of 1",
            remedy: "those on a runtime of their own",
            quantity: "a hop's duration",
            before: behind_files(false).into(),
            after: |_| behind_files(true).into(),
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
            rule: Rule::LongTail,
            symptom: "lookups below a lock, held for 20 ms by who reloads",
            remedy: "reloaded outside the lock",
            quantity: "a hop's duration",
            before: lookups(true).into(),
            after: |_| lookups(false).into(),
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
            rule: Rule::Unpolled,
            symptom: "3 parts of a page, 3 ms, 1 ms, 1 ms, awaited in order",
            remedy: "taken as they end",
            quantity: "time until the result is in hand",
            before: parts(false).into(),
            after: |_| parts(true).into(),
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
            rule: Rule::LateAwaiter,
            symptom: "1 worker, 2 tasks that parse for 600 us after a job",
            remedy: "parsed in a job",
            quantity: "from a job's end to the poll of its task",
            before: parsing(false).into(),
            after: |_| parsing(true).into(),
            held: true,
        },
        Experiment {
            rule: Rule::IdleBridgeLocks,
            symptom: "empty jobs, one by one, bridges compared",
            remedy: "snapshot bridge",
            quantity: "the transfer",
            before: bridged(by_naive, &[Arm::Naive, Arm::Snapshot], number_one),
            after: |_| bridged(by_snapshot, &[Arm::Snapshot], number_one),
            held: true,
        },
        Experiment {
            rule: Rule::IdleBridgeLocks,
            symptom: "jobs that hash 256 bytes, bridges compared",
            remedy: "snapshot bridge",
            quantity: "the transfer",
            before: bridged(by_naive, &[Arm::Naive, Arm::Snapshot], digest),
            after: |_| bridged(by_snapshot, &[Arm::Snapshot], digest),
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

fn computing_jobs(blocking: Option<u32>) -> Side {
    late_behind(&Load { workers: 2, tasks: 16, each: 8, blocking }, || compute(4_000_000), goes_on)
}

fn hashing_jobs(blocking: Option<u32>) -> Side {
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
fn behind_jobs(own: bool) -> Side {
    behind(own, [4, 16, 20], || async {
        tokio::task::spawn_blocking(|| wait(20_000)).await.expect("the job returns");
    })
}

fn behind_files(own: bool) -> Side {
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

/// Jobs of 200 us that first look something up, beside a thread that reloads it now and then.
fn lookups(below_the_lock: bool) -> Side {
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
fn parts(as_they_end: bool) -> Side {
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
fn parsing(in_a_job: bool) -> Side {
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

/// Transfers that nothing of tollbridge looks at, and captures of hops of these jobs that cross by one of these arms.
fn bridged<T: Send + 'static>(
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

fn number_one() -> u64 {
    1
}

fn digest() -> [u8; 32] {
    sha2::Sha256::digest(black_box([7; 256])).into()
}

fn by_naive<T>(from: &mut Source<T, u32>, to: &mut Awaiter<T, u32>) {
    naive::copy_future_state(&mut from.probed(&Silent), to).expect("the source is done");
}

fn by_snapshot<T>(from: &mut Source<T, u32>, to: &mut Awaiter<T, u32>) {
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
