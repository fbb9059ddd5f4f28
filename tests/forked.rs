//! A process that forks while a capture is armed: the parent's report is the parent's, and the child neither hangs nor writes
//! into its folder.

#![cfg(unix)]
#![expect(unsafe_code, reason = "std cannot fork")]

mod common;

use common::child;
use tollbridge::task::spawn_blocking;

fn hops(count: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        for i in 0..count {
            assert_eq!(spawn_blocking(move || i).await.expect("the job returns"), i);
        }
    });
}

#[test]
fn child() {
    child::play(|_| {
        let toll = tollbridge::init();
        hops(30);
        // SAFETY: the child runs what a single-threaded process may: it asks the guard, drops it, and exits.
        let forked = unsafe { libc::fork() };
        if forked == 0 {
            let silent = toll.report().is_none();
            drop(toll);
            std::process::exit(if silent { 0 } else { 1 });
        }
        let mut status = 0;
        // SAFETY: waits for the child just made; the status is ours.
        let waited = unsafe { libc::waitpid(forked, &raw mut status, 0) };
        assert_eq!((waited, status), (forked, 0), "the child ended, and well");
        hops(12);
        0
    });
}

#[test]
fn the_parent_reports_its_own_hops_and_the_child_says_that_it_does_not() {
    let out = tempfile::tempdir().expect("a folder");
    let mut command = child::role("forks");
    command.env("TOLLBRIDGE", "locks").env("TOLLBRIDGE_OUT", out.path());
    let played = child::run(&mut command);
    assert!(played.status.success(), "{played:?}");
    let runs = child::runs(out.path());
    let [run] = runs.as_slice() else { panic!("one run: {runs:?}") };
    let report = child::read(&run.join("report.json"));
    assert_eq!((report.outcomes.submitted, report.outcomes.joined), (42, 42));
    let complaints = played.stderr.lines().filter(|line| line.contains("forked off after `init`")).count();
    assert_eq!(complaints, 1, "{}", played.stderr);
}
