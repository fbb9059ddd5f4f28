//! What the tests share. One capture a process: each test holds the lock while it measures.
#![allow(dead_code, unreachable_pub, clippy::allow_attributes, reason = "each test file uses its part")]

pub mod child;
pub mod example;

use std::future::Future;
use std::sync::mpsc;

use parking_lot::{Mutex, MutexGuard};
use tollbridge::report::Report;
use tollbridge::task::spawn_blocking;
use tollbridge::{Arm, Builder, Summary};

static ALONE: Mutex<()> = Mutex::new(());

/// Nobody else measures while this is held.
pub fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock()
}

/// A capture without files and without words.
pub fn builder() -> Builder {
    tollbridge::builder().without_files().with_summary(Summary::Off)
}

/// A runtime with one blocking thread, so that jobs can be kept waiting on purpose.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().expect("a runtime")
}

/// What a capture saw.
pub struct Captured {
    pub report: Report,
}

/// Runs `app` under a capture on [`runtime`].
pub fn capture<F: Future>(build: impl FnOnce(Builder) -> Builder, app: impl FnOnce() -> F) -> Captured {
    let _alone = alone();
    let guard = build(builder()).init();
    assert!(guard.is_armed());
    runtime().block_on(app());
    Captured { report: guard.finish().expect("armed") }
}

/// What to arm; `None` is off.
pub type Setting = Option<fn(Builder) -> Builder>;

/// Off, each arm alone, and all of them mixed.
pub fn settings() -> [Setting; 5] {
    [
        None,
        Some(|builder| builder.with_transfer(Arm::Naive)),
        Some(|builder| builder.with_transfer(Arm::Snapshot)),
        Some(|builder| builder.with_transfer(Arm::Native)),
        Some(|builder| builder.with_compare(&[Arm::Naive, Arm::Snapshot, Arm::Native])),
    ]
}

/// Runs `app` off or under a capture.
pub fn run<F: Future>(setting: Setting, app: impl FnOnce() -> F) -> (F::Output, Option<Report>) {
    let Some(build) = setting else {
        let _alone = alone();
        return (runtime().block_on(app()), None);
    };
    let mut output = None;
    let captured = capture(build, || async { output = Some(app().await) });
    (output.expect("it ran"), Some(captured.report))
}

/// One job that is cancelled before it starts, behind one that is joined.
pub async fn cancelled() {
    let (release, wait) = mpsc::channel::<()>();
    let busy = spawn_blocking(move || wait.recv());
    let waiting = spawn_blocking(|| ());
    waiting.abort();
    // tokio finds an aborted job when a thread comes to it.
    release.send(()).expect("the job waits");
    assert!(waiting.await.expect_err("aborted").is_cancelled());
    busy.await.expect("joined").expect("released");
}

/// Waits until something is so that other threads bring about.
pub fn eventually(mut is: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !is() {
        assert!(begun.elapsed() < std::time::Duration::from_secs(30), "it never came to be");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}
