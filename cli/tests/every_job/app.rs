//! An app that knows nothing of tollbridge. Makes so many jobs of each kind; `tests/every_job.rs` counts them.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::runtime::{Builder, Handle};
use tokio::task::{JoinSet, spawn_blocking};

const THREADS: usize = 2;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    println!("arguments: {arguments:?}");
    std::panic::set_hook(Box::new(|_| {}));
    let runtime = Builder::new_multi_thread().worker_threads(3).max_blocking_threads(THREADS).enable_all().build().unwrap();
    if arguments == ["idle"] {
        return;
    }
    if arguments == ["stamps"] {
        return runtime.block_on(stamped());
    }
    if arguments == ["refused"] {
        return refused();
    }
    let folder = std::env::temp_dir().join(format!("every-job-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let left = runtime.block_on(async {
        for i in 0..20 {
            assert_eq!(spawn_blocking(move || i).await.unwrap(), i);
        }
        let mut set = JoinSet::new();
        for i in 0..7 {
            set.spawn_blocking(move || i);
        }
        assert_eq!(set.join_all().await.len(), 7);
        for _ in 0..5 {
            Handle::current().spawn_blocking(|| ()).await.unwrap();
        }
        // tokio puts it into a box.
        let large = [1u8; 40_000];
        assert_eq!(spawn_blocking(move || large.len()).await.unwrap(), 40_000);
        list_folder(&folder).await;
        for _ in 0..10 {
            serve_file(&folder).await;
        }
        let listings: Vec<_> = (0..4).map(|_| tokio::spawn(listing(folder.clone()))).collect();
        for listing in listings {
            listing.await.unwrap();
        }
        let local = tokio::task::LocalSet::new();
        local.spawn_local(listing(folder.clone()));
        local.run_until(async { tokio::task::spawn_local(listing(folder.clone())).await.unwrap() }).await;
        local.await;
        // Dropped with its output, once its task is over: nobody's.
        drop(tokio::spawn(std::future::ready(Cleans)));
        let (called, has_called) = tokio::sync::oneshot::channel();
        tokio::spawn(async {
            spawn_blocking(|| ()).await.unwrap();
            called.send(()).unwrap();
            // Until the runtime drops it.
            std::future::pending::<()>().await
        });
        has_called.await.unwrap();
        let mut file = tokio::fs::File::create(folder.join("file")).await.unwrap();
        for _ in 0..10 {
            file.write_all(b"some").await.unwrap();
            file.flush().await.unwrap();
        }
        assert!(tokio::net::lookup_host("localhost:1").await.unwrap().count() > 0);
        for _ in 0..2 {
            assert!(spawn_blocking(|| panic!("on purpose")).await.unwrap_err().is_panic());
        }
        queued().await
    });
    std::fs::remove_dir_all(folder).unwrap();
    drop(runtime);
    drop(left);
    std::process::exit(if arguments == ["fail"] { 7 } else { 0 });
}

/// Fifty hops by each road, one at a time. Prints by stamps of its own how long the jobs took, in ns, and how long it was from before each call until after it.
async fn stamped() {
    let job = || {
        let begun = Instant::now();
        std::hint::black_box((0..2_000u64).map(std::hint::black_box).sum::<u64>());
        begun.elapsed()
    };
    let handle = Handle::current();
    let mut set = JoinSet::new();
    let (mut jobs, mut hops) = ([Duration::ZERO; 3], [Duration::ZERO; 4]);
    for _ in 0..50 {
        let called = Instant::now();
        jobs[0] += spawn_blocking(job).await.unwrap();
        hops[0] += called.elapsed();
        let called = Instant::now();
        jobs[1] += handle.spawn_blocking(job).await.unwrap();
        hops[1] += called.elapsed();
        let called = Instant::now();
        set.spawn_blocking(job);
        jobs[2] += set.join_next().await.unwrap().unwrap();
        hops[2] += called.elapsed();
        let called = Instant::now();
        tokio::fs::metadata(".").await.unwrap();
        hops[3] += called.elapsed();
    }
    println!("{:?}", (jobs.map(|sum| sum.as_nanos()), hops.map(|sum| sum.as_nanos())));
}

/// Calls a hop when it is dropped.
struct Cleans;

impl Drop for Cleans {
    fn drop(&mut self) {
        drop(spawn_blocking(|| ()));
    }
}

/// Six hops of a task.
async fn listing(folder: std::path::PathBuf) {
    for _ in 0..5 {
        tokio::fs::metadata(&folder).await.unwrap();
    }
    spawn_blocking(|| ()).await.unwrap();
}

/// One job for which the system has no thread: so large a stack is nowhere to be had. tokio queues it first, and then panics.
fn refused() {
    let runtime = Builder::new_current_thread().thread_stack_size(1 << 60).build().unwrap();
    let _in_it = runtime.enter();
    assert!(std::panic::catch_unwind(|| spawn_blocking(|| ())).is_err());
}

async fn list_folder(folder: &std::path::Path) {
    for _ in 0..20 {
        tokio::fs::metadata(folder).await.unwrap();
    }
}

async fn serve_file(folder: &std::path::Path) {
    tokio::fs::metadata(folder).await.unwrap();
}

/// Jobs that wait for a thread: aborted, dropped, and left over. Gives the handles of the last.
async fn queued() -> Vec<tokio::task::JoinHandle<()>> {
    let (begun, has_begun) = channel();
    let (release, holders): (Vec<_>, Vec<_>) = (0..THREADS)
        .map(|_| {
            let (release, released) = channel::<()>();
            let begun = begun.clone();
            let holder = spawn_blocking(move || {
                begun.send(()).unwrap();
                released.recv().is_err()
            });
            (release, holder)
        })
        .unzip();
    // Each has a thread of its own.
    (0..THREADS).for_each(|_| has_begun.recv().unwrap());
    let aborted: Vec<_> = (0..3).map(|_| spawn_blocking(|| unreachable!("it was aborted"))).collect();
    aborted.iter().for_each(|handle| handle.abort());
    (0..4).for_each(|_| drop(spawn_blocking(|| ())));
    drop(release);
    for holder in holders {
        assert!(holder.await.unwrap());
    }
    for handle in aborted {
        assert!(handle.await.unwrap_err().is_cancelled());
    }
    // Taken once the runtime is gone: by nobody.
    (0..2).map(|_| spawn_blocking(|| ())).collect()
}
