//! What is left of a process that ends without its guard: killed in mid-run, a whole report, a second old at most; ended by `exit`,
//! a signal or an abort soon after its first hops, these.

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::child;
use tollbridge::report::Report;
use tollbridge::task::spawn_blocking;

/// What a killed process may lose. The promise, not the library's constant.
const CHECKPOINT: Duration = Duration::from_secs(1);
const HOPS: u64 = 25;
const EXIT_CODE: i32 = 3;

/// What a checkpoint may be late by on a busy machine: its thread gets a processor, writes some 100 kB unoptimised, and
/// the kill arrives. Without others at work it is some 10 ms.
const SLACK: Duration = Duration::from_secs(2);

#[test]
fn child() {
    child::play(|role| {
        let toll = tollbridge::init();
        if role == "hops for ever" {
            hop_for_ever();
        }
        common::runtime().block_on(async {
            for i in 0..HOPS {
                assert_eq!(spawn_blocking(move || i).await.expect("the job returns"), i);
            }
        });
        stored(&toll.folder().expect("a folder").join("report.json"));
        match role {
            "exits" => std::process::exit(EXIT_CODE),
            "aborts" => std::process::abort(),
            "waits" => {
                say("stored");
                loop {
                    std::thread::park();
                }
            }
            _ => panic!("no such role: {role}"),
        }
    });
}

fn say(line: &str) {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).expect("stdout is open");
}

fn hop_for_ever() -> ! {
    say("armed");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        loop {
            let hops: Vec<_> = (0..16).map(|i| spawn_blocking(move || i)).collect();
            for hop in hops {
                hop.await.expect("the job returns");
            }
        }
    })
}

/// Waits until a checkpoint holds the hops: one of the early ones, before the first that the regular interval gives.
fn stored(file: &Path) {
    let report = child::poll(|| Some(child::read(file)).filter(|report| report.outcomes.joined == HOPS));
    let length = length(&report.expect("a checkpoint comes"));
    assert!(length < tollbridge::CHECKPOINT_INTERVAL, "{length:?}");
}

/// The report as it is now, if it is there yet. Whatever is there is whole.
fn checkpoint(out: &Path) -> Option<Report> {
    let runs = out.exists().then(|| child::runs(out))?;
    let file = runs.first()?.join("report.json");
    file.exists().then(|| child::read(&file))
}

/// What is left in `out` of a process that ended right after its first hops were stored.
fn assert_left(out: &Path) {
    let report = checkpoint(out).expect("a report is left");
    assert_eq!((report.outcomes.joined, report.hops(), report.processes[0].complete), (HOPS, HOPS, false));
}

#[test]
fn a_process_that_exits_or_aborts_after_its_first_hops_leaves_them() {
    for (role, code) in [("exits", Some(EXIT_CODE)), ("aborts", None)] {
        let out = tempfile::tempdir().expect("a folder");
        let played = child::run(child::role(role).env("TOLLBRIDGE", "locks").env("TOLLBRIDGE_OUT", out.path()));
        assert_eq!((played.status.code(), played.stderr.as_str()), (code, ""), "{role}");
        assert_left(out.path());
    }
}

/// By a signal that it has no handler for, as a service is ended; tollbridge has none either.
#[cfg(unix)]
#[test]
fn a_process_that_is_terminated_after_its_first_hops_leaves_them() {
    use std::os::unix::process::ExitStatusExt as _;
    let out = tempfile::tempdir().expect("a folder");
    let mut command = child::role("waits");
    command.env("TOLLBRIDGE", "phases").env("TOLLBRIDGE_OUT", out.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let child::Mortal(process) = &mut child::Mortal(command.spawn().expect("the child starts"));
    let lines = BufReader::new(process.stdout.take().expect("piped")).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "stored"), "the child says when its hops are stored");
    let pid = rustix::process::Pid::from_child(process);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("the child is ours");
    let status = child::wait(process).expect("the child ends");
    assert_eq!(status.signal(), Some(rustix::process::Signal::TERM.as_raw()));
    assert_left(out.path());
}

fn length(report: &Report) -> Duration {
    let [process] = report.processes.as_slice() else { panic!("one process: {:?}", report.processes) };
    Duration::from_nanos(process.duration_ns)
}

#[test]
fn a_killed_process_leaves_a_whole_report_that_is_a_second_old() {
    let out = tempfile::tempdir().expect("a folder");
    let mut command = child::role("hops for ever");
    // One arm and no locks: an unoptimised library needs more than 9 ms for the report of more, and then it comes less often.
    command.env("TOLLBRIDGE", "phases");
    command.env("TOLLBRIDGE_OUT", out.path()).stdin(Stdio::null()).stdout(Stdio::piped());
    let child::Mortal(process) = &mut child::Mortal(command.spawn().expect("the child starts"));
    let lines = BufReader::new(process.stdout.take().expect("piped")).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "armed"), "the child says when it is armed");
    let armed = Instant::now();

    // Past the early ones until hops are in it, and then until it has been written anew twice. Each of these readings, which may fall into
    // any moment of the writing, finds a whole report.
    let mut lengths: Vec<Duration> = Vec::new();
    let rewritten = child::poll(|| {
        let report = checkpoint(out.path()).filter(|report| report.hops() > 0 && length(report) >= CHECKPOINT)?;
        if lengths.last() != Some(&length(&report)) {
            lengths.push(length(&report));
        }
        (lengths.len() > 2).then_some(())
    });
    // In between, at no moment of the writing's own.
    std::thread::sleep(CHECKPOINT.mul_f64(0.6));
    let lived = armed.elapsed();
    process.kill().expect("the child is ours");
    let status = process.wait().expect("the child is ours");
    let gone = armed.elapsed();
    assert!(rewritten.is_some(), "no new checkpoints: {lengths:?}");
    // The shorter of two distances, of which a busy machine would have to stretch both.
    let distance = lengths.windows(2).map(|pair| pair[1] - pair[0]).min().expect("three were seen");
    assert!(distance <= CHECKPOINT.mul_f64(1.5), "a checkpoint every {distance:?}");
    assert!(!status.success());

    let report = checkpoint(out.path()).expect("a report is left");
    let left = length(&report);
    assert!(!report.processes[0].complete, "nobody ended this capture");
    assert_eq!(report.processes[0].pid, process.id());
    assert!(report.outcomes.joined > 0 && report.hops() > 0);
    assert_eq!(report.arms.len(), 1);
    assert_eq!(report.dropped.total(), 0);
    assert!(left >= *lengths.last().expect("there were some"), "the last checkpoint is the one that is left");
    // The capture is armed before the child can say so: the report may be that much older than what was measured here.
    assert!(left <= gone + SLACK, "{left:?} of {gone:?}");
    assert!(left + CHECKPOINT + SLACK >= lived, "{left:?} of {lived:?}");
    // A temporary file may be left, if the kill fell into the writing; it does not stand in for the report.
    let folder = &child::runs(out.path())[0];
    let mut files: Vec<_> =
        child::runs(folder).iter().map(|file| file.file_name().expect("a file").to_owned()).collect();
    files.retain(|name| !name.to_string_lossy().ends_with(".tmp"));
    assert_eq!(files, ["report.json"]);
}
