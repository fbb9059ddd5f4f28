//! A process that forks while a capture is armed: the parent's report is the parent's, and the child neither hangs nor writes
//! into its folder. It says once, at its first hop, that nothing of it is recorded; or it records into a folder of its own.

#![cfg(unix)]
#![expect(unsafe_code, reason = "std cannot fork")]

mod common;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use common::child;
use tollbridge::Guard;
use tollbridge::report::Report;
use tollbridge::task::{spawn_blocking, wrap};

const BEFORE: u64 = 30;
const CHILD: u64 = 17;
const AFTER: u64 = 12;
/// How often each of two threads of a busy process forks.
const FORKS: usize = 40;
/// How often a process forks whose threads record, report and write checkpoints.
const STORM: usize = 200;
/// How many such processes there are, one after the other: one if it is not set. `scripts/forks.sh` sets it.
const STORMS: &str = "FORK_STORMS";
/// One in so many of its children has a capture of its own, which takes it longest.
const ARMS: usize = 10;

// ---- The app ----

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}

fn hops(count: u64) {
    runtime().block_on(async {
        for i in 0..count {
            assert_eq!(spawn_blocking(move || i).await.expect("the job returns"), i);
        }
    });
}

/// True in a new process, which has to end by [`end`]; this one waits for that.
fn forks() -> bool {
    // SAFETY: the new process goes on with the thread that forked, and uses nothing of the others.
    let forked = unsafe { libc::fork() };
    if forked == 0 {
        // One that hangs ends too, and its parent's test fails.
        // SAFETY: sets a timer of this process.
        unsafe { libc::alarm(30) };
        return true;
    }
    let mut status = 0;
    // SAFETY: waits for the child just made; the status is ours.
    let waited = unsafe { libc::waitpid(forked, &raw mut status, 0) };
    assert_eq!((waited, status), (forked, 0), "the child ended, and well");
    false
}

/// Ends a forked process. std's `exit` waits for locks of std's own; this one runs the destructors of the thread, as that does.
fn end(code: i32) -> ! {
    // SAFETY: what it runs are this thread's destructors and those of the C library.
    unsafe { libc::exit(code) }
}

#[test]
fn child() {
    child::play(|role| {
        if role.contains("log") {
            tracing_subscriber::fmt()
                .with_ansi(false)
                .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
                .init();
        }
        let toll = match role {
            "log without init" => None,
            "hop on, shown" => {
                Some(tollbridge::Builder::from_env().expect("valid").with_visible(true).without_files().init())
            }
            _ => Some(tollbridge::init()),
        };
        if let Some(folder) = toll.as_ref().and_then(|toll| toll.folder()) {
            has_begun(folder);
        }
        if role != "fork first, hop later" {
            hops(BEFORE);
        }
        match role {
            "drop the guard" => {
                if forks() {
                    let silent = toll.as_ref().is_some_and(|toll| toll.report().is_none());
                    drop(toll);
                    end(i32::from(!silent));
                }
            }
            "hop once" => {
                if forks() {
                    hops(1);
                    end(0);
                }
            }
            "wrap once" => {
                if forks() {
                    let runtime = runtime();
                    let job =
                        || runtime.block_on(async { tokio::task::spawn_blocking(wrap(|| 1)).await.expect("returns") });
                    // The first on the thread that the parent's capture knows, the second on one that it does not.
                    assert_eq!((job(), std::thread::scope(|scope| scope.spawn(job).join().expect("returns"))), (1, 1));
                    end(0);
                }
            }
            "fork first, hop later" | "hop on" | "hop on, shown" | "log with init" | "log without init" => {
                if forks() {
                    hops(CHILD);
                    drop(toll);
                    end(0);
                }
            }
            "hop while stderr is locked" => while_stderr_is_locked(|| {
                if forks() {
                    hops(CHILD);
                    end(0);
                }
            }),
            "init and its end while stderr is locked" => while_stderr_is_locked(|| {
                if forks() {
                    let own = tollbridge::init();
                    hops(CHILD);
                    drop(own);
                    end(0);
                }
            }),
            "fork while busy" => while_busy(|| {
                let fork = || {
                    for _ in 0..FORKS {
                        if forks() {
                            record_alone();
                            end(0);
                        }
                    }
                };
                // From a thread that is in the parent's capture, and from one that is not.
                fork();
                std::thread::scope(|scope| scope.spawn(fork).join().expect("no panic"));
            }),
            "init, its end, the other's end" => {
                if forks() {
                    let own = tollbridge::init();
                    hops(CHILD);
                    drop(own);
                    drop(toll);
                    end(0);
                }
            }
            "init, the other's end, its end" => {
                if forks() {
                    let own = tollbridge::init();
                    drop(toll);
                    hops(CHILD);
                    drop(own);
                    end(0);
                }
            }
            "the other's end, init, its end" => {
                if forks() {
                    drop(toll);
                    let own = tollbridge::init();
                    hops(CHILD);
                    drop(own);
                    end(0);
                }
            }
            "storm" => storm(toll.as_ref().expect("armed")),
            _ => panic!("no such role: {role}"),
        }
        hops(AFTER);
        drop(toll);
        0
    });
}

/// Runs `f` while another thread holds std's lock of stderr.
fn while_stderr_is_locked(f: impl FnOnce()) {
    let (locked, is_locked) = mpsc::channel();
    let (done, is_done) = mpsc::channel::<()>();
    let holder = std::thread::spawn(move || {
        let _stderr = std::io::stderr().lock();
        locked.send(()).expect("somebody waits");
        // It ends with the sender.
        let _ = is_done.recv();
    });
    is_locked.recv().expect("it locks");
    f();
    drop(done);
    holder.join().expect("no panic");
}

/// Waits until the thread that writes checkpoints has written one. Thread starts take a lock of std's, which a fork would leave locked.
fn has_begun(folder: &Path) {
    let at_init = Duration::from_millis(5).as_nanos();
    let written = || u128::from(child::read(&folder.join("report.json")).processes[0].duration_ns) > at_init;
    child::poll(|| written().then_some(())).expect("a checkpoint comes");
}

/// Jobs and a lock that the parent never had, so that all of the recorder's tables are asked for them. All on this thread: both std and
/// tokio start threads under locks of theirs, which a fork in mid-run may leave locked.
fn record_alone() {
    let lock = tollbridge::Mutex::new("the child's", 0);
    for _ in 0..CHILD {
        // First, while the thread has not found out yet.
        *lock.lock() += 1;
        wrap(|| ())();
    }
    drop(wrap(|| ()));
    assert_eq!(*lock.lock(), CHILD);
}

/// Runs `f` while threads come, hop and go all the time: at any moment one of them may hold any lock of the recorder.
fn while_busy(f: impl FnOnce()) {
    let stop = Arc::new(AtomicBool::new(false));
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    hops(3);
                }
            })
        })
        .collect();
    f();
    stop.store(true, Ordering::Relaxed);
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
}

/// Forks while threads record, report and write checkpoints: at any moment one of them may hold any lock of the recorder. They record without tokio,
/// and none of its threads is left: one that sleeps in it stands in parking_lot's tables, which no child can trust, armed or not.
fn storm(toll: &Guard) {
    let stop = AtomicBool::new(false);
    // Inherited by every child.
    let inherited = {
        let runtime = runtime();
        let _entered = runtime.enter();
        spawn_blocking(|| ())
    };
    std::thread::scope(|scope| {
        for first in 0..2 {
            let stop = &stop;
            scope.spawn(move || {
                // Each name is new once, as long as there is room for more.
                for number in (first..).step_by(2).map(|number: usize| number % LOCK_NAMES) {
                    let name: &'static str = NAMES.get_or_init(names)[number].as_str();
                    let lock = tollbridge::Mutex::new(name, 0);
                    for _ in 0..20 {
                        *lock.lock() += 1;
                        wrap(|| ())();
                        drop(wrap(|| ()));
                    }
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    // The children have to come to their ends beside it.
                    std::thread::sleep(Duration::from_micros(100));
                }
            });
        }
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let report = toll.report().expect("armed");
                assert!(report.dropped.hops == 0, "{:?}", report.dropped);
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let mut inherited = Some(inherited);
        for i in 0..STORM {
            // At another moment of theirs each time.
            std::thread::sleep(Duration::from_micros((i as u64 * 7_919) % 2_000));
            if forks() {
                match i % ARMS {
                    0 | 3 | 6 => hops(CHILD),
                    1 | 4 | 7 => {
                        record_alone();
                        drop(inherited.take());
                    }
                    2 | 5 | 8 => std::thread::scope(|scope| scope.spawn(record_alone).join().expect("no panic")),
                    _ => {
                        let own = tollbridge::init();
                        hops(CHILD);
                        let submitted = own.report().map(|report| report.outcomes.submitted);
                        let finished = own.finish().map(|report| report.outcomes.joined);
                        if (submitted, finished) != (Some(CHILD), Some(CHILD)) {
                            end(1);
                        }
                    }
                }
                end(0);
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}

const LOCK_NAMES: usize = 500;

/// Names of locks.
static NAMES: OnceLock<Vec<String>> = OnceLock::new();

fn names() -> Vec<String> {
    (0..LOCK_NAMES).map(|number| format!("lock {number}")).collect()
}

// ---- What is seen of it ----

fn play(role: &str, out: &Path, variables: &[(&str, &str)]) -> child::Played {
    let mut command = child::role(role);
    let played = child::run(command.env("TOLLBRIDGE_OUT", out).envs(variables.iter().copied()));
    assert!(played.status.success(), "{role}: {played:?}");
    played
}

fn complaints(played: &child::Played) -> usize {
    let said: Vec<&str> = played.said().into_iter().filter(|line| line.contains("forked off after `init`")).collect();
    for line in &said {
        assert!(line.contains("fork or daemonize first, then call `tollbridge::init()`"), "{line}");
    }
    said.len()
}

fn joined(report: &Report) -> (u64, u64) {
    (report.outcomes.submitted, report.outcomes.joined)
}

#[test]
fn the_parent_reports_its_own_hops_and_the_child_says_once_that_it_does_not() {
    for role in ["drop the guard", "hop once", "wrap once", "hop on", "hop while stderr is locked"] {
        let out = tempfile::tempdir().expect("a folder");
        let played = play(role, out.path(), &[("TOLLBRIDGE", "locks")]);
        assert_eq!(joined(&child::report(out.path())), (BEFORE + AFTER, BEFORE + AFTER), "{role}");
        assert_eq!(complaints(&played), 1, "{role}: {}", played.stderr);
        // And the parent's summary.
        assert_eq!(played.said().len(), 2, "{role}: {}", played.stderr);
    }
}

/// Whether hops are shown to the app's subscriber is looked up in the environment then, which asks for a recording.
#[test]
fn a_child_whose_parent_shows_its_hops_says_that_it_was_forked_off_and_nothing_else() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play("hop on, shown", out.path(), &[("TOLLBRIDGE", "locks")]);
    assert_eq!((complaints(&played), played.said().len()), (1, 2), "{}", played.stderr);
}

/// As a daemon does that calls `init` first: no thread is in the capture yet.
#[test]
fn a_child_of_a_process_without_hops_says_it_too() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play("fork first, hop later", out.path(), &[("TOLLBRIDGE", "phases")]);
    assert_eq!(joined(&child::report(out.path())), (AFTER, AFTER));
    assert_eq!((complaints(&played), played.said().len()), (1, 2), "{}", played.stderr);
}

#[test]
fn no_child_of_a_busy_process_hangs_and_each_says_it_once() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play("fork while busy", out.path(), &[("TOLLBRIDGE", "locks"), ("TOLLBRIDGE_TIMELINE", "on")]);
    assert_eq!(complaints(&played), 2 * FORKS, "{}", played.stderr);
    let report = child::report(out.path());
    assert_eq!(report.outcomes.submitted, report.outcomes.joined);
}

#[test]
fn no_child_of_a_process_that_records_and_reports_hangs_or_harms_it() {
    let storms = std::env::var(STORMS).map_or(1, |storms| storms.parse().expect("a number"));
    (0..storms).for_each(|_| play_storm());
}

fn play_storm() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play("storm", out.path(), &[("TOLLBRIDGE", "locks"), ("TOLLBRIDGE_TIMELINE", "on")]);
    // The others say that they are not recorded.
    assert_eq!(complaints(&played), STORM / ARMS * (ARMS - 1), "{}", played.stderr);
    let reports: Vec<Report> =
        child::runs(out.path()).iter().map(|run| child::read(&run.join("report.json"))).collect();
    assert_eq!(reports.len(), 1 + STORM / ARMS);
    for report in reports {
        let own = report.processes[0].pid == played.pid;
        assert!(report.processes[0].complete && report.dropped.hops == 0, "{:?}", report.dropped);
        assert!(own || joined(&report) == (CHILD, CHILD), "{:?}", report.outcomes);
        assert_eq!((report.outcomes.in_flight, report.outcomes.submitted), (0, report.outcomes.ended()));
    }
}

#[test]
fn a_child_that_calls_init_has_a_report_of_its_own() {
    for (role, complains) in [
        ("init, its end, the other's end", 0),
        ("init, the other's end, its end", 0),
        ("init and its end while stderr is locked", 0),
        // It says so before it can know that there will be another capture.
        ("the other's end, init, its end", 1),
    ] {
        init_again(role, complains);
    }
}

fn init_again(role: &str, complains: usize) {
    let out = tempfile::tempdir().expect("a folder");
    let played = play(role, out.path(), &[("TOLLBRIDGE", "locks")]);
    let reports: Vec<Report> =
        child::runs(out.path()).iter().map(|run| child::read(&run.join("report.json"))).collect();
    let of = |parent: bool| {
        let [report] =
            reports.iter().filter(|report| (report.processes[0].pid == played.pid) == parent).collect::<Vec<_>>()[..]
        else {
            panic!("a report each: {}", reports.len())
        };
        assert!(report.processes[0].complete);
        joined(report)
    };
    assert_eq!((of(true), of(false)), ((BEFORE + AFTER, BEFORE + AFTER), (CHILD, CHILD)));
    assert_eq!((complaints(&played), played.said().len()), (complains, 2 + complains), "{role}: {}", played.stderr);
}

/// The log is the child's too, guard or not.
#[test]
fn a_log_goes_on_in_the_child() {
    for (role, variables, complains) in [
        ("log without init", &[("RUST_LOG", "info,tollbridge=trace")][..], 0),
        ("log with init", &[("RUST_LOG", "info,tollbridge=trace"), ("TOLLBRIDGE", "locks")], 1),
    ] {
        let out = tempfile::tempdir().expect("a folder");
        let played = play(role, out.path(), variables);
        let hops = played.stdout.lines().filter(|line| line.contains("tollbridge::hop: hop ")).count() as u64;
        // In a child the hop that finds out goes nowhere; this one is in both cases the first.
        assert_eq!(hops, BEFORE + CHILD - 1 + AFTER, "{role}: {}", played.stdout);
        assert_eq!(complaints(&played), complains, "{role}: {}", played.stderr);
    }
}
