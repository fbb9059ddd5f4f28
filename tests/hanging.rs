//! A file system that does not answer: `init` and the guard wait for it a moment, say so and go on, and no hop waits. The thread that writes is
//! stopped by a tracer where it would wait in the system: nobody else of the process is, as with a network file system that has gone away. (A real
//! one: `scripts/hanging.sh`.)

#![cfg(target_os = "linux")]
#![expect(unsafe_code, reason = "std can neither trace nor fork")]

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use common::child;
use tollbridge::task::spawn_blocking;

const HOPS: u64 = 25;
/// The app's exit code.
const CODE: i32 = 7;
/// Captures whose writing threads hang, in a process that arms again and again.
const HANGS: usize = 2;
/// What `init` and the guard may take on a busy machine beyond the 200 ms and the second that they wait.
const SLACK: Duration = Duration::from_secs(3);

// ---- The app ----

#[test]
fn child() {
    child::play(|role| {
        let armed = matches!(role, "hangs at the end" | "hangs and exits" | "hangs and forks").then(tollbridge::init);
        say("ready");
        // Until the tracer has done its part.
        std::io::stdin().read_exact(&mut [0]).expect("a word");
        let begun = Instant::now();
        if role == "hangs again and again" {
            for _ in 0..HANGS {
                drop(tollbridge::init());
            }
        }
        let toll = armed.unwrap_or_else(tollbridge::init);
        assert!(toll.is_armed());
        hops();
        assert_eq!(toll.report().expect("armed").outcomes.joined, HOPS);
        match role {
            "hangs at init" | "hangs at the end" | "hangs again and again" => drop(toll),
            "hangs and exits" => std::process::exit(CODE),
            "hangs and forks" => forks(|| {
                drop(toll);
                hops();
            }),
            _ => panic!("no such role: {role}"),
        }
        say(&format!("took {} ms", begun.elapsed().as_millis()));
        CODE
    });
}

fn say(line: &str) {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).expect("stdout is open");
}

fn hops() {
    common::runtime().block_on(async {
        for i in 0..HOPS {
            assert_eq!(spawn_blocking(move || i).await.expect("the job returns"), i);
        }
    });
}

/// Runs `f` in a process that is forked off, and waits for its end.
fn forks(f: impl FnOnce()) {
    // SAFETY: the new process goes on with the thread that forked, and uses nothing of the others.
    let forked = unsafe { libc::fork() };
    if forked == 0 {
        // One that hangs ends too.
        // SAFETY: sets a timer of this process.
        unsafe { libc::alarm(30) };
        f();
        // SAFETY: ends this process, and runs nothing.
        unsafe { libc::_exit(0) };
    }
    let mut status = 0;
    // SAFETY: waits for the child just made; the status is ours.
    let waited = unsafe { libc::waitpid(forked, &raw mut status, 0) };
    assert_eq!((waited, status), (forked, 0), "the child ended, and well");
}

// ---- The tracer ----

/// A child whose writing threads are stopped.
struct Stopped {
    process: child::Mortal,
    writers: Vec<libc::pid_t>,
}

fn trace(request: libc::c_uint, thread: libc::pid_t, data: libc::c_long) {
    // SAFETY: none of the requests made here has the system write to memory of this process.
    let done = unsafe { libc::ptrace(request, thread, 0, data) };
    assert_eq!(done, 0, "{request}: {}", std::io::Error::last_os_error());
}

/// Whether the thread has stopped, or ended; if so, how.
fn changed(thread: libc::pid_t) -> Option<libc::c_int> {
    let mut status = 0;
    // SAFETY: asks for a thread that is traced by this one; the status is ours.
    let waited = unsafe { libc::waitpid(thread, &raw mut status, libc::__WALL | libc::WNOHANG) };
    (waited == thread).then_some(status)
}

fn threads(process: &Child) -> Vec<(libc::pid_t, String)> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", process.id())).expect("it is there");
    let name = |path: std::path::PathBuf| std::fs::read_to_string(path.join("comm")).unwrap_or_default();
    let task = |entry: std::fs::DirEntry| {
        let number = entry.file_name().to_str().and_then(|name| name.parse().ok()).expect("a number");
        (number, name(entry.path()).trim().to_owned())
    };
    tasks.map(|entry| task(entry.expect("an entry"))).collect()
}

impl Stopped {
    /// Stops the writing thread of a child that is ready.
    fn running(process: child::Mortal) -> Self {
        let (writer, _) = threads(&process.0).into_iter().find(|(_, name)| name == "tollbridge").expect("it writes");
        trace(libc::PTRACE_SEIZE, writer, 0);
        trace(libc::PTRACE_INTERRUPT, writer, 0);
        child::poll(|| changed(writer)).expect("it stops");
        Self { process, writers: vec![writer] }
    }

    /// Lets a child that is ready go on, and stops so many threads that it starts, one after the other, before they have done anything.
    fn starting(mut process: child::Mortal, count: usize) -> Self {
        let known: Vec<libc::pid_t> = threads(&process.0).into_iter().map(|(number, _)| number).collect();
        known.iter().for_each(|&thread| trace(libc::PTRACE_SEIZE, thread, libc::PTRACE_O_TRACECLONE.into()));
        go(&mut process.0);
        let starts = |status: libc::c_int| status >> 8 == libc::SIGTRAP | libc::PTRACE_EVENT_CLONE << 8;
        let mut writers = Vec::new();
        let parent = loop {
            let parent = child::poll(|| known.iter().copied().find(|&thread| changed(thread).is_some_and(starts)));
            let parent = parent.expect("it starts a thread");
            let is_new = |number: &libc::pid_t| !known.contains(number) && !writers.contains(number);
            let new = || threads(&process.0).into_iter().map(|(number, _)| number).find(is_new);
            let writer = child::poll(new).expect("a thread more");
            child::poll(|| changed(writer)).expect("it stops at its beginning");
            writers.push(writer);
            if writers.len() == count {
                break parent;
            }
            trace(libc::PTRACE_CONT, parent, 0);
        };
        // Threads that it starts from now on are nobody's.
        trace(libc::PTRACE_DETACH, parent, 0);
        for &other in known.iter().filter(|&&other| other != parent) {
            trace(libc::PTRACE_INTERRUPT, other, 0);
            child::poll(|| changed(other)).expect("it stops");
            trace(libc::PTRACE_DETACH, other, 0);
        }
        Self { process, writers }
    }

    /// Waits for the child's end; what it printed.
    fn ends(mut self) -> (ExitStatus, String, Vec<String>) {
        let process = &mut self.process.0;
        let ended = child::poll(|| {
            // A thread that is traced has not ended until its tracer knows.
            for &writer in &self.writers {
                let _ = changed(writer);
            }
            process.try_wait().expect("it is ours")
        });
        let (mut out, mut err) = (String::new(), String::new());
        process.stdout.take().expect("piped").read_to_string(&mut out).expect("text");
        process.stderr.take().expect("piped").read_to_string(&mut err).expect("text");
        let said = err.lines().filter(|line| line.starts_with("tollbridge: ")).map(str::to_owned).collect();
        (ended.unwrap_or_else(|| panic!("it hangs: {out}\n{err}")), out, said)
    }
}

fn go(process: &mut Child) {
    process.stdin.as_mut().expect("piped").write_all(b"\n").expect("it waits for it");
}

/// A child that is ready. Its output is read to the end by [`Stopped::ends`].
fn ready(role: &str, out: &std::path::Path) -> child::Mortal {
    let mut command = child::role(role);
    command.env("TOLLBRIDGE", "phases").env("TOLLBRIDGE_OUT", out);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("the child starts");
    let stdout = process.stdout.take().expect("piped");
    let mut lines = BufReader::with_capacity(1, stdout);
    let mut line = String::new();
    while line != "ready\n" {
        line.clear();
        assert!(lines.read_line(&mut line).expect("text") > 0, "it ended");
    }
    process.stdout = Some(lines.into_inner());
    child::Mortal(process)
}

/// What the child's own clock says.
fn took(out: &str) -> Duration {
    let ms = out.lines().find_map(|line| line.strip_prefix("took ")?.strip_suffix(" ms")?.parse().ok());
    Duration::from_millis(ms.unwrap_or_else(|| panic!("{out}")))
}

#[test]
fn a_file_system_that_does_not_answer_holds_up_init_and_guard_for_a_moment_each() {
    let out = tempfile::tempdir().expect("a folder");
    let (status, printed, said) = Stopped::starting(ready("hangs at init", out.path()), 1).ends();
    assert_eq!(status.code(), Some(CODE), "{printed}\n{said:?}");
    let [at_init, at_end] = said.as_slice() else { panic!("two lines: {said:?}") };
    let place = out.path().to_string_lossy();
    assert!(at_init.contains(&*place) && at_init.contains("has not answered for 200 ms"), "{at_init}");
    assert!(at_end.contains(&format!("{HOPS} hops: {HOPS} joined")), "{at_end}");
    assert!(at_end.contains(&*place) && at_end.contains("has not answered for 1000 ms"), "{at_end}");
    assert!(took(&printed) < Duration::from_millis(1_200) + SLACK, "{printed}");
}

/// Each of them is a thread and a capture's memory that the app does not get back.
#[test]
fn a_process_that_arms_again_and_again_leaves_no_more_than_two_threads_behind() {
    let out = tempfile::tempdir().expect("a folder");
    let (status, printed, said) = Stopped::starting(ready("hangs again and again", out.path()), HANGS).ends();
    assert_eq!(status.code(), Some(CODE), "{printed}\n{said:?}");
    let without = said.iter().filter(|line| line.contains("2 earlier captures still wait")).count();
    assert_eq!(without, 1, "{said:?}");
    let summary = said.last().expect("a summary");
    assert!(summary.contains(&format!("{HOPS} hops: {HOPS} joined; no file")), "{summary}");
}

#[test]
fn one_that_answers_no_more_holds_up_the_guard_for_a_moment() {
    let out = tempfile::tempdir().expect("a folder");
    let mut stopped = Stopped::running(ready("hangs at the end", out.path()));
    go(&mut stopped.process.0);
    let (status, printed, said) = stopped.ends();
    assert_eq!(status.code(), Some(CODE), "{printed}\n{said:?}");
    let [at_end] = said.as_slice() else { panic!("one line: {said:?}") };
    assert!(at_end.contains("has not answered for 1000 ms"), "{at_end}");
    assert!(took(&printed) < Duration::from_secs(1) + SLACK, "{printed}");
    // The last checkpoint is there, and says that it is one.
    assert!(!child::report(out.path()).processes[0].complete);
}

#[test]
fn a_process_that_exits_or_forks_meanwhile_does_not_wait() {
    for role in ["hangs and exits", "hangs and forks"] {
        let out = tempfile::tempdir().expect("a folder");
        let mut stopped = Stopped::running(ready(role, out.path()));
        let begun = Instant::now();
        go(&mut stopped.process.0);
        let (status, printed, said) = stopped.ends();
        assert_eq!(status.code(), Some(CODE), "{role}: {printed}\n{said:?}");
        assert!(begun.elapsed() < SLACK, "{role}");
    }
}
