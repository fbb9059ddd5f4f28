//! Hops of all kinds, for some seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tollbridge::task::spawn_blocking;

/// One task: results of all sizes, files, handles that are dropped, jobs that panic, waits that are given up.
async fn task(kind: u64, until: Instant, done: Arc<AtomicU64>) {
    while Instant::now() < until {
        match kind % 5 {
            0 => assert_eq!(spawn_blocking(|| 7).await.expect("it returns"), 7),
            1 => assert_eq!(spawn_blocking(|| vec![0_u8; 300]).await.expect("it returns").len(), 300),
            2 => {
                let _ = spawn_blocking(|| std::fs::metadata("/etc/hostname")).await.expect("it returns");
            }
            3 => drop(spawn_blocking(|| 3)),
            _ => {
                let slow = spawn_blocking(|| std::thread::sleep(Duration::from_millis(2)));
                let _ = tokio::time::timeout(Duration::from_millis(1), slow).await;
            }
        }
        done.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
}

async fn all(seconds: u64, tasks: u64) -> u64 {
    let (until, done) = (Instant::now() + Duration::from_secs(seconds), Arc::new(AtomicU64::new(0)));
    let tasks: Vec<_> = (0..tasks).map(|kind| tokio::spawn(task(kind, until, Arc::clone(&done)))).collect();
    for task in tasks {
        task.await.expect("no task panics");
    }
    done.load(Ordering::Relaxed)
}

pub(crate) fn run(seconds: u64, tasks: u64) -> bool {
    hop(&tollbridge::init(), seconds, tasks)
}

/// The same with a report right in the folder TOLLBRIDGE_OUT, which other processes use as well.
pub(crate) fn exact(seconds: u64, tasks: u64) -> bool {
    let Some(folder) = std::env::var_os("TOLLBRIDGE_OUT") else { return false };
    let guard = tollbridge::builder().with_exact_folder(folder).with_summary(tollbridge::Summary::Off).init();
    hop(&guard, seconds, tasks)
}

fn hop(_toll: &tollbridge::Guard, seconds: u64, tasks: u64) -> bool {
    println!("pid={}", std::process::id());
    let done = super::runtime().block_on(all(seconds, tasks));
    println!("done={done}");
    true
}

/// Sends all threads to one processor, then to the next, every 3 ms.
fn move_threads(ended: &AtomicBool) {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let mut next = 0;
    while !ended.load(Ordering::Relaxed) {
        next = (next + 1) % processors;
        for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
            let Some(task) = task.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
            // SAFETY: a set of processors is plain data, of which all zeros is an empty one, and the call reads it.
            unsafe {
                let mut set: libc::cpu_set_t = std::mem::zeroed();
                libc::CPU_SET(next, &mut set);
                libc::sched_setaffinity(task, size_of_val(&set), &raw const set);
            }
        }
        std::thread::sleep(Duration::from_millis(3));
    }
}

pub(crate) fn moved(seconds: u64) -> bool {
    let toll = tollbridge::init();
    let ended = AtomicBool::new(false);
    let done = std::thread::scope(|scope| {
        scope.spawn(|| move_threads(&ended));
        let done = super::runtime().block_on(all(seconds, 16));
        ended.store(true, Ordering::Relaxed);
        done
    });
    println!("done={done}");
    let Some(report) = toll.finish() else { return true };
    let (corrected, outliers) = (report.clock.map_or(0, |clock| clock.corrected), report.dropped.outliers);
    println!("corrected={corrected} outliers={outliers}");
    corrected == 0 && outliers == 0
}
