//! What goes wrong is said, once, with its name and its remedy, and the app's own work goes on: its hops are all done and
//! its exit code is its own.

mod common;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use common::child;
use tollbridge::task::spawn_blocking;
use tollbridge::{CHECKPOINT_INTERVAL, Guard, Summary};

const HOPS: u64 = 25;
/// The app's exit code.
const CODE: i32 = 7;

// ---- The app ----

#[test]
fn child() {
    child::play(|role| {
        match role {
            "plain" => {
                let toll = tollbridge::init();
                tell(&toll);
                hops();
                tell(&toll);
            }
            "without init" => hops(),
            "dropped at once" => {
                let _ = tollbridge::init();
                hops();
            }
            "idle" => {
                let toll = tollbridge::init();
                wait(Duration::from_millis(50));
                drop(toll);
            }
            "folder becomes a file" => {
                let toll = tollbridge::init();
                hops();
                let folder = toll.folder().expect("a folder");
                // A checkpoint may be at it.
                child::poll(|| std::fs::remove_dir_all(folder).and_then(|()| std::fs::write(folder, "")).ok());
                // Some checkpoints find nothing to write into.
                wait(CHECKPOINT_INTERVAL.mul_f64(2.2));
                hops();
                tell(&toll);
            }
            "two guards" => {
                let first = tollbridge::init();
                let second = tollbridge::init();
                tell(&second);
                hops();
                drop(second);
                hops();
                tell(&first);
            }
            "one after the other" => {
                for _ in 0..3 {
                    let toll = tollbridge::init();
                    hops();
                    tell(&toll);
                }
            }
            "without summary" => {
                let builder = tollbridge::Builder::from_env().expect("the variables are right");
                let toll = builder.with_summary(Summary::Off).init();
                hops();
                tell(&toll);
            }
            "panics" => {
                let _toll = tollbridge::init();
                hops();
                panic!("the app's own panic");
            }
            "nobody listens" => {
                // The other end of stderr is closed before the end of stdin comes.
                std::io::stdin().read_to_end(&mut Vec::new()).expect("stdin can be read");
                let toll = tollbridge::init();
                hops();
                tell(&toll);
            }
            _ => panic!("no such role: {role}"),
        }
        CODE
    });
}

fn hops() {
    let mut stdout = std::io::stdout();
    common::runtime().block_on(async {
        for i in 0..HOPS {
            assert_eq!(spawn_blocking(move || i).await.expect("the job returns"), i);
        }
    });
    writeln!(stdout, "did {HOPS} hops").expect("stdout is open");
}

/// What the app knows of its guard.
fn tell(toll: &Guard) {
    let joined = toll.report().map_or(0, |report| report.outcomes.joined);
    let folder = toll.folder().map_or("none".into(), Path::to_string_lossy);
    writeln!(std::io::stdout(), "armed {}, joined {joined}, folder {folder}", toll.is_armed()).expect("stdout is open");
}

fn wait(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::thread::sleep(Duration::from_millis(5));
    }
}

// ---- What is seen of it ----

fn play(role: &str, out: &Path, variables: &[(&str, &str)]) -> child::Played {
    let played = child::run(child::role(role).env("TOLLBRIDGE_OUT", out).envs(variables.iter().copied()));
    assert_eq!(played.status.code(), Some(CODE), "{}", played.stderr);
    played
}

fn assert_done(played: &child::Played, times: usize) {
    assert_eq!(played.stdout.matches(&format!("did {HOPS} hops\n")).count(), times, "{}", played.stdout);
}

fn one_line(played: &child::Played) -> &str {
    let lines: Vec<&str> = played.stderr.lines().collect();
    let [line] = lines.as_slice() else { panic!("one line: {}", played.stderr) };
    assert!(line.starts_with("tollbridge: "), "{line}");
    line
}

#[test]
fn a_malformed_variable_is_named_and_costs_the_app_nothing() {
    for (name, value, remedy) in [
        ("TOLLBRIDGE", "yes", "off, phases (or 1, on, true) or locks"),
        ("TOLLBRIDGE", "locks ", "off, phases (or 1, on, true) or locks"),
        ("TOLLBRIDGE_TRANSFER", "fast", "snapshot, naive or native"),
        ("TOLLBRIDGE_TRANSFER", "wrapped", "snapshot, naive or native"),
        ("TOLLBRIDGE_COMPARE", "native;naive", "native, snapshot and naive, separated by commas"),
        ("TOLLBRIDGE_COMPARE", "native,,naive", "native, snapshot and naive, separated by commas"),
        ("TOLLBRIDGE_COMPARE", "wrapped", "native, snapshot and naive, separated by commas"),
    ] {
        let out = tempfile::tempdir().expect("a folder");
        let played = play("plain", out.path(), &[("TOLLBRIDGE", "locks"), (name, value)]);
        assert_done(&played, 1);
        assert!(played.stdout.contains("armed false, joined 0, folder none"), "{}", played.stdout);
        let line = one_line(&played);
        assert!(line.contains(&format!("{name}={value} ")) && line.contains(remedy), "{line}");
        assert!(child::runs(out.path()).is_empty());
    }
}

#[test]
fn a_message_stays_one_line() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play("plain", out.path(), &[("TOLLBRIDGE", "lo\ncks\u{1b}[31m")]);
    assert!(one_line(&played).contains(r"TOLLBRIDGE=lo\ncks\u{1b}[31m "), "{}", played.stderr);
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_named_too() {
    use std::os::unix::ffi::OsStrExt as _;
    for name in ["TOLLBRIDGE", "TOLLBRIDGE_TRANSFER", "TOLLBRIDGE_COMPARE"] {
        let played = child::run(child::role("plain").env(name, OsStr::from_bytes(b"lo\xffcks")));
        assert_eq!(played.status.code(), Some(CODE));
        assert_done(&played, 1);
        let line = one_line(&played);
        assert!(line.contains(name) && line.contains("UTF-8"), "{line}");
    }
}

/// Where there is no guard either, only a log that was asked for and does not come.
#[test]
fn a_malformed_variable_is_said_without_a_guard_too() {
    let out = tempfile::tempdir().expect("a folder");
    let variables = [("RUST_LOG", "info,tollbridge=trace"), ("TOLLBRIDGE_TRANSFER", "fast")];
    let played = play("without init", out.path(), &variables);
    assert_done(&played, 1);
    let line = one_line(&played);
    assert!(line.contains("TOLLBRIDGE_TRANSFER=fast ") && line.contains("snapshot, naive or native"), "{line}");
}

#[test]
fn empty_variables_are_unset_ones() {
    let out = tempfile::tempdir().expect("a folder");
    let empty = [("TOLLBRIDGE", ""), ("TOLLBRIDGE_TRANSFER", ""), ("TOLLBRIDGE_COMPARE", ""), ("RUST_LOG", "")];
    let played = play("plain", out.path(), &empty);
    assert_eq!((played.stderr.as_str(), child::runs(out.path()).len()), ("", 0));
    assert!(played.stdout.contains("armed false"));
}

#[test]
fn without_a_folder_chosen_it_is_the_default_one() {
    for variable in [None, Some("")] {
        let cwd = tempfile::tempdir().expect("a folder");
        let mut command = child::role("plain");
        command.current_dir(cwd.path()).env("TOLLBRIDGE", "locks");
        variable.map(|out| command.env("TOLLBRIDGE_OUT", out));
        let played = child::run(&mut command);
        assert_eq!(played.status.code(), Some(CODE), "{}", played.stderr);
        assert_eq!(child::runs(cwd.path()), [cwd.path().join(tollbridge::DEFAULT_OUT)], "{variable:?}");
        assert_eq!(child::report(&cwd.path().join(tollbridge::DEFAULT_OUT)).outcomes.joined, HOPS);
    }
}

/// A file stands where the folder should be: nobody can write into that, whoever they are.
#[test]
fn an_unwritable_folder_is_said_once_and_the_guard_measures() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("a file");
    std::fs::write(&file, "the app's own").expect("a file");
    for out in [file.clone(), file.join("below")] {
        let played = play("plain", &out, &[("TOLLBRIDGE", "locks")]);
        assert_done(&played, 1);
        assert!(played.stdout.contains(&format!("armed true, joined {HOPS}, folder none")), "{}", played.stdout);
        let said: Vec<&str> = played.stderr.lines().filter(|line| line.contains(&*out.to_string_lossy())).collect();
        let [line] = said.as_slice() else { panic!("said once: {}", played.stderr) };
        for part in ["failed to write", "TOLLBRIDGE_OUT", "measuring without files"] {
            assert!(line.contains(part), "{part}: {line}");
        }
        // And the summary in the end, which repeats nothing of it.
        let [_, summary] = played.said()[..] else { panic!("two lines: {}", played.stderr) };
        assert!(summary.contains(&format!("{HOPS} hops: {HOPS} joined")) && summary.contains("no file"), "{summary}");
    }
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), "the app's own");
}

#[test]
fn an_unwritable_folder_is_said_without_a_summary_too() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("a file");
    std::fs::write(&file, "").expect("a file");
    let played = play("without summary", &file, &[("TOLLBRIDGE", "phases")]);
    assert!(one_line(&played).contains("TOLLBRIDGE_OUT"));
    assert!(played.stdout.contains(&format!("armed true, joined {HOPS}")));
}

#[test]
fn a_folder_that_is_no_folder_any_more_is_said_once_in_the_end() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play("folder becomes a file", out.path(), &[("TOLLBRIDGE", "locks")]);
    assert_done(&played, 2);
    assert!(played.stdout.contains(&format!("armed true, joined {}", 2 * HOPS)), "{}", played.stdout);
    let line = one_line(&played);
    assert!(line.contains(&format!("{} hops", 2 * HOPS)) && line.contains("failed to write"), "{line}");
    assert!(line.contains(&*out.path().to_string_lossy()) && line.contains("TOLLBRIDGE_OUT"), "{line}");
}

#[test]
fn a_guard_that_is_dropped_at_once_is_said() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play("dropped at once", out.path(), &[("TOLLBRIDGE", "locks")]);
    assert_done(&played, 1);
    let said: Vec<&str> = played.said().into_iter().filter(|line| line.contains("let _toll = ")).collect();
    assert_eq!(said.len(), 1, "{}", played.stderr);
    // Off, there is nothing to say.
    assert_eq!(play("dropped at once", out.path(), &[]).stderr, "");
}

#[test]
fn a_guard_that_saw_no_hop_is_not_accused() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play("idle", out.path(), &[("TOLLBRIDGE", "locks")]);
    assert!(one_line(&played).contains("0 hops"), "{}", played.stderr);
}

#[test]
fn a_second_guard_is_inert_and_says_so() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play("two guards", out.path(), &[("TOLLBRIDGE", "locks")]);
    assert_done(&played, 2);
    assert!(played.stdout.starts_with("armed false, joined 0, folder none\n"), "{}", played.stdout);
    // What happens after the second one's end is the first one's all the same.
    assert!(played.stdout.contains(&format!("armed true, joined {}", 2 * HOPS)), "{}", played.stdout);
    let [second, summary] = played.said()[..] else { panic!("two lines: {}", played.stderr) };
    assert!(second.contains("armed already") && second.contains("keep its guard"), "{second}");
    assert!(summary.contains(&format!("{} hops", 2 * HOPS)), "{summary}");
    assert_eq!(child::report(out.path()).outcomes.joined, 2 * HOPS);
}

#[test]
fn the_summary_is_one_line_where_nobody_looks() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play("plain", out.path(), &[("TOLLBRIDGE", "locks")]);
    let file = child::runs(out.path())[0].join("report.json");
    let expected = format!("tollbridge: {HOPS} hops: {HOPS} joined; {}", file.display());
    assert_eq!(one_line(&played), expected);
    assert!(child::read(&file).processes[0].complete);
}

#[test]
fn the_summary_can_be_turned_off() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play("without summary", out.path(), &[("TOLLBRIDGE", "locks")]);
    assert_eq!(played.stderr, "");
    assert_eq!(child::report(out.path()).outcomes.joined, HOPS);
}

#[test]
fn off_prints_nothing_and_writes_nothing() {
    let out = tempfile::tempdir().expect("a folder");
    for variables in [&[][..], &[("TOLLBRIDGE", "off"), ("RUST_LOG", "tollbridge=trace")]] {
        let played = play("plain", out.path(), variables);
        assert_eq!((played.stderr.as_str(), child::runs(out.path()).len()), ("", 0));
        assert_done(&played, 1);
    }
}

#[test]
fn each_run_has_a_folder_of_its_own() {
    let out = tempfile::tempdir().expect("a folder");
    let executable = std::env::current_exe().expect("this test");
    let executable = executable.file_name().expect("a file").to_string_lossy();
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let from = now();
    let pids: BTreeSet<u32> = (0..3).map(|_| play("plain", out.path(), &[("TOLLBRIDGE", "phases")]).pid).collect();
    let to = now();
    assert_eq!(pids.len(), 3);
    let mut seen = BTreeSet::new();
    for run in child::runs(out.path()) {
        let name = run.file_name().expect("a folder").to_string_lossy().into_owned();
        let rest = name.strip_prefix(&format!("{executable}-")).unwrap_or_else(|| panic!("{name}"));
        let (pid, time) = rest.split_once('-').unwrap_or_else(|| panic!("{name}"));
        assert!((from..=to).contains(&time.parse().expect("seconds")), "{name}: {from} to {to}");
        assert!(seen.insert(pid.parse().expect("a process id")), "{name}");
        assert_eq!(child::read(&run.join("report.json")).processes[0].pid.to_string(), pid);
    }
    assert_eq!(seen, pids);
}

#[test]
fn three_captures_of_one_process_have_three_folders() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play("one after the other", out.path(), &[("TOLLBRIDGE", "phases")]);
    assert_done(&played, 3);
    let joined: Vec<u64> =
        child::runs(out.path()).iter().map(|run| child::read(&run.join("report.json")).outcomes.joined).collect();
    assert_eq!(joined, [HOPS; 3]);
    assert_eq!(played.said().len(), 3, "a summary each");
}

/// The app unwinds through its guard.
#[test]
fn a_panic_of_the_apps_own_loses_no_report() {
    let out = tempfile::tempdir().expect("a folder");
    let played = child::run(child::role("panics").env("TOLLBRIDGE", "locks").env("TOLLBRIDGE_OUT", out.path()));
    assert_eq!(played.status.code(), Some(101), "the test harness's word for a panic");
    assert_done(&played, 1);
    assert!(played.stderr.contains("the app's own panic"), "{}", played.stderr);
    assert_eq!(played.said().len(), 1, "{}", played.stderr);
    let report = child::report(out.path());
    assert_eq!((report.outcomes.joined, report.processes[0].complete), (HOPS, true));
}

/// A guard prints where nobody may be listening any more.
#[test]
fn a_closed_stderr_harms_nothing() {
    let out = tempfile::tempdir().expect("a folder");
    let mut command: Command = child::role("nobody listens");
    command.env("TOLLBRIDGE", "locks").env("TOLLBRIDGE_OUT", out.path());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child::Mortal(process) = &mut child::Mortal(command.spawn().expect("the child starts"));
    drop(process.stderr.take());
    drop(process.stdin.take());
    let status = child::wait(process).expect("the child ends");
    assert_eq!(status.code(), Some(CODE));
    assert_eq!(child::report(out.path()).outcomes.joined, HOPS);
}

// ---- Outside a runtime ----

/// What a panic says, and the line that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Panicked {
    message: String,
    file: String,
    line: u32,
}

/// Runs `f`, which panics.
fn panicked<T>(f: impl FnOnce() -> T) -> Panicked {
    let caught = Arc::new(Mutex::new(None));
    let hook = Arc::clone(&caught);
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let message = text.or_else(|| payload.downcast_ref().copied()).unwrap_or("no text").to_owned();
        let location = info.location().expect("there is one");
        *hook.lock().expect("a hook does not panic") =
            Some(Panicked { message, file: location.file().to_owned(), line: location.line() });
    }));
    let result = catch_unwind(AssertUnwindSafe(f));
    std::panic::set_hook(previous);
    assert!(result.is_err(), "it panics");
    let panicked = caught.lock().expect("no panic").take();
    panicked.expect("the hook was called")
}

#[test]
fn outside_a_runtime_it_panics_as_tokio_does() {
    let _alone = common::alone();
    let tokio = panicked(|| tokio::task::spawn_blocking(|| ()));
    assert!(tokio.message.contains("Tokio 1.x runtime"), "{tokio:?}");
    let ours = || (line!(), panicked(|| spawn_blocking(|| ())));
    let as_tokio = |(line, ours): (u32, Panicked)| {
        // The line is the caller's, in the caller's file, not one of the library's.
        assert_eq!((ours.message, ours.file, ours.line), (tokio.message.clone(), tokio.file.clone(), line));
    };
    as_tokio(ours());
    for arm in [tollbridge::Arm::Snapshot, tollbridge::Arm::Naive, tollbridge::Arm::Native] {
        let guard = common::builder().with_transfer(arm).init();
        assert!(guard.is_armed());
        as_tokio(ours());
        // And the next hop is measured as any.
        common::runtime().block_on(async { spawn_blocking(|| ()).await.expect("the job returns") });
        let report = guard.finish().expect("armed");
        assert_eq!((report.outcomes.joined, report.outcomes.in_flight), (1, 0));
        // Where there was no task there was no hop.
        assert_eq!((report.outcomes.submitted, report.hops()), (1, 1));
    }
    as_tokio(ours());
}
