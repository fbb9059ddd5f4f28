//! What workloads are made of.

use std::time::{Duration, Instant};

use sha2::Digest as _;
use tokio::runtime::{Builder, Runtime};

/// A runtime of one thread, or of so many workers.
pub(crate) fn runtime(workers: Option<usize>, blocking: Option<usize>) -> Runtime {
    let mut builder = workers.map_or_else(Builder::new_current_thread, |workers| {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(workers);
        builder
    });
    if let Some(threads) = blocking {
        builder.max_blocking_threads(threads);
    }
    builder.enable_all().build().expect("a runtime")
}

/// Computes for so long.
pub(crate) fn spin(ns: u64) {
    let began = Instant::now();
    while began.elapsed() < Duration::from_nanos(ns) {
        std::hint::spin_loop();
    }
}

/// Computes until the thread has used so much CPU time: others that compute make it later, and not shorter.
pub(crate) fn compute(ns: u64) {
    let thread_ns = || {
        let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::new(spent.tv_sec.unsigned_abs(), spent.tv_nsec.try_into().unwrap_or(0))
    };
    let began = thread_ns();
    while thread_ns() - began < Duration::from_nanos(ns) {
        (0..2_000).for_each(|_| std::hint::spin_loop());
    }
}

/// Hashes some bytes.
pub(crate) fn hash(bytes: &[u8]) {
    std::hint::black_box(sha2::Sha256::digest(std::hint::black_box(bytes)));
}

/// Waits for so long, as for a disk.
pub(crate) fn wait(us: u64) {
    std::thread::sleep(Duration::from_micros(us));
}

/// ns of `jobs` that something takes, each.
pub(crate) fn wall_ns(jobs: u32, work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_nanos() as f64 / f64::from(jobs)
}

/// The processors' time of all threads, for each of `jobs`.
pub(crate) fn processor_ns(jobs: u32, work: impl FnOnce()) -> f64 {
    let began = process_ns();
    work();
    (process_ns() - began) / f64::from(jobs)
}

fn process_ns() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    spent.tv_sec as f64 * 1e9 + spent.tv_nsec as f64
}

/// The mean length of what is awaited one after the other by each of `tasks` tasks, `each` times.
pub(crate) async fn lengths_ns<F>(tasks: u32, each: u32, hop: impl Fn(u32) -> F + Clone + Send + 'static) -> f64
where
    F: Future<Output = ()> + Send,
{
    lengths_apart_ns(tasks, each, hop, || std::future::ready(())).await
}

/// The same with a pause behind each.
pub(crate) async fn lengths_apart_ns<F, P>(
    tasks: u32,
    each: u32,
    hop: impl Fn(u32) -> F + Clone + Send + 'static,
    pause: fn() -> P,
) -> f64
where
    F: Future<Output = ()> + Send,
    P: Future<Output = ()> + Send + 'static,
{
    let mut set = tokio::task::JoinSet::new();
    for _ in 0..tasks {
        let hop = hop.clone();
        set.spawn(async move {
            let mut sum = 0;
            for i in 0..each {
                let began = Instant::now();
                hop(i).await;
                sum += began.elapsed().as_nanos();
                pause().await;
            }
            sum
        });
    }
    set.join_all().await.into_iter().sum::<u128>() as f64 / f64::from(tasks * each)
}
