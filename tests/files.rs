//! Reports as files: never larger than the process may make them, whole under any number of writers, nobody's but their owner's, made again
//! if they are removed, and no more of them than are to be kept.

#![cfg(unix)]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use common::child;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tollbridge::report::Report;
use tollbridge::task::spawn_blocking;
use tollbridge::{CHECKPOINT_INTERVAL, Summary};

const HOPS: u64 = 25;
/// The app's exit code.
const CODE: i32 = 7;
/// Captures of a process, one after the other.
const CAPTURES: usize = 40;
const EXACT: &str = "EXACT_FOLDER_OF_TEST";

// ---- The app ----

#[test]
fn child() {
    child::play(|role| {
        let exact = std::env::var_os(EXACT).map(PathBuf::from);
        match role {
            "plain" => {
                let toll = tollbridge::init();
                hops();
                drop(toll);
            }
            "the limit falls" => {
                let toll = tollbridge::init();
                hops();
                setrlimit(Resource::Fsize, Rlimit { current: Some(100), ..getrlimit(Resource::Fsize) })
                    .expect("a lower limit");
                // A checkpoint that finds it so, whose end nothing shows.
                std::thread::sleep(CHECKPOINT_INTERVAL);
                drop(toll);
            }
            "the folder is removed" => {
                let toll = tollbridge::init();
                let folder = toll.folder().expect("a folder").to_owned();
                hops();
                // A checkpoint may be at it, and the folder that holds it goes too.
                let base = folder.parent().expect("a base");
                child::poll(|| fs::remove_dir_all(base).ok()).expect("it goes");
                // Without anything new to say.
                let again = child::poll(|| folder.join("report.json").exists().then_some(()));
                again.expect("the next checkpoint makes it again");
                child::poll(|| fs::remove_dir_all(base).ok()).expect("it goes");
                drop(toll);
                assert_eq!(joined(&folder), HOPS);
            }
            "capture after capture" => {
                for _ in 0..CAPTURES {
                    let exact = exact.clone().expect("a folder");
                    let toll = tollbridge::builder().with_exact_folder(exact).with_summary(Summary::Off).init();
                    hops();
                    drop(toll);
                }
            }
            "exactly" => {
                let toll = tollbridge::builder().with_exact_folder(exact.expect("a folder")).init();
                hops();
                drop(toll);
            }
            "runs until told" => {
                let toll = tollbridge::init();
                println(&toll.folder().expect("a folder").to_string_lossy());
                let _ = std::io::stdin().lines().next();
                drop(toll);
            }
            "crashes" => {
                let _toll = tollbridge::init();
                hops();
                std::process::abort();
            }
            _ => panic!("no such role: {role}"),
        }
        CODE
    });
}

fn hops() {
    common::runtime().block_on(async {
        for i in 0..HOPS {
            assert_eq!(spawn_blocking(move || i).await.expect("the job returns"), i);
        }
    });
}

fn println(line: &str) {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).expect("stdout is open");
}

// ---- What is seen of it ----

/// A role behind a shell's command, such as `umask 0`.
fn behind(shell: &str, role: &str) -> Command {
    let app = child::role(role);
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{shell}; exec \"$@\"")).arg("sh").arg(app.get_program()).args(app.get_args());
    for (name, value) in app.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

fn play(command: &mut Command, out: &Path, variables: &[(&str, &str)]) -> child::Played {
    let command = command.env("TOLLBRIDGE", "phases").env("TOLLBRIDGE_OUT", out).env(EXACT, out);
    let played = child::run(command.envs(variables.iter().copied()));
    assert_eq!(played.status.code(), Some(CODE), "{:?}: {}", played.status, played.stderr);
    played
}

fn joined(folder: &Path) -> u64 {
    child::read(&folder.join("report.json")).outcomes.joined
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("it is there").permissions().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    child::runs(folder).iter().map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect()
}

#[test]
fn a_limit_for_files_costs_the_files_and_nothing_else() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play(&mut behind("ulimit -f 0", "plain"), out.path(), &[]);
    let [said, summary] = played.said()[..] else { panic!("two lines: {}", played.stderr) };
    assert!(said.contains("ulimit -f") && said.contains("measuring without files"), "{said}");
    assert!(summary.contains(&format!("{HOPS} hops: {HOPS} joined")), "{summary}");
    assert!(names(out.path()).is_empty());
}

#[test]
fn a_limit_that_falls_in_mid_run_is_said_in_the_end() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play(&mut child::role("the limit falls"), out.path(), &[]);
    let [summary] = played.said()[..] else { panic!("one line: {}", played.stderr) };
    assert!(summary.contains("100 bytes") && summary.contains("ulimit -f"), "{summary}");
    // What was there is whole, and nothing is beside it.
    let run = &child::runs(out.path())[0];
    assert!(!child::read(&run.join("report.json")).processes[0].complete);
    assert_eq!(names(run), ["report.json"]);
}

#[test]
fn a_stderr_that_is_a_full_file_ends_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let mut command = behind("ulimit -f 0", "plain");
    command.env("TOLLBRIDGE", "phases").env("TOLLBRIDGE_OUT", folder.path().join("out"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(fs::File::create(&log).expect("a file"));
    let mut process = child::Mortal(command.spawn().expect("the child starts"));
    let status = child::wait(&mut process.0).expect("it ends");
    assert_eq!((status.code(), fs::read_to_string(&log).expect("text")), (Some(CODE), String::new()), "{status:?}");
}

#[test]
fn a_folder_that_is_removed_is_made_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let played = play(&mut child::role("the folder is removed"), &out, &[]);
    assert_eq!(played.said().len(), 1, "the summary: {}", played.stderr);
    let run = &child::runs(&out)[0];
    assert_eq!((joined(run), mode(run)), (HOPS, 0o700));
}

#[test]
fn processes_that_share_a_folder_leave_a_whole_report_at_any_moment() {
    let out = tempfile::tempdir().expect("a folder");
    let start = || {
        let mut command = child::role("capture after capture");
        command.env(EXACT, out.path()).stdin(Stdio::null()).stdout(Stdio::null());
        child::Mortal(command.spawn().expect("the child starts"))
    };
    let mut writers = [start(), start()];
    let file = out.path().join("report.json");
    let mut reads = 0;
    loop {
        let ended = writers.each_mut().map(|child::Mortal(process)| process.try_wait().expect("it is ours"));
        if let Ok(text) = fs::read(&file) {
            Report::from_json(&text).unwrap_or_else(|error| panic!("after {reads} reads: {error}"));
            reads += 1;
        }
        if let [Some(one), Some(other)] = ended {
            assert_eq!((one.code(), other.code()), (Some(CODE), Some(CODE)));
            break;
        }
    }
    assert!(reads > CAPTURES, "{reads}");
    assert_eq!(names(out.path()), ["report.json"], "nothing is left beside it");
}

#[test]
fn what_a_run_leaves_is_its_owners_whatever_the_umask() {
    for umask in ["umask 0", "umask 022", "umask 0777"] {
        let folder = tempfile::tempdir().expect("a folder");
        // As the shell makes it.
        let out = folder.path().join("out");
        fs::create_dir(&out).expect("a folder");
        play(&mut behind(umask, "plain"), &out, &[]);
        let run = &child::runs(&out)[0];
        assert_eq!((mode(run), mode(&run.join("report.json"))), (0o700, 0o600), "{umask}");
        let exact = folder.path().join("exact");
        play(&mut behind(umask, "exactly"), &exact, &[]);
        assert_eq!((mode(&exact), mode(&exact.join("report.json"))), (0o700, 0o600), "{umask}");
    }
}

#[test]
fn a_folder_of_the_users_keeps_its_mode() {
    let out = tempfile::tempdir().expect("a folder");
    fs::set_permissions(out.path(), fs::Permissions::from_mode(0o755)).expect("ours");
    play(&mut child::role("exactly"), out.path(), &[]);
    assert_eq!((mode(out.path()), mode(&out.path().join("report.json"))), (0o755, 0o600));
}

/// A process that is no more.
fn ended() -> u32 {
    let mut process = Command::new("true").spawn().expect("it starts");
    let pid = process.id();
    process.wait().expect("it ends");
    pid
}

#[cfg(target_os = "linux")]
#[test]
fn what_ended_processes_left_half_written_goes_and_what_others_write_stays() {
    let out = tempfile::tempdir().expect("a folder");
    let temporary = |pid: u32| format!(".tollbridge-{pid}-0.tmp");
    // Another host's process may have the number of one that ended here.
    let (theirs, left, young) = (temporary(std::process::id()), temporary(ended()), temporary(ended()));
    for name in [theirs.as_str(), &left, &young, "somebody's.tmp"] {
        fs::write(out.path().join(name), "x").expect("a file");
        if name != young {
            make_old(&out.path().join(name));
        }
    }
    play(&mut child::role("exactly"), out.path(), &[]);
    let mut stay = [theirs.as_str(), &young, "report.json", "somebody's.tmp"];
    stay.sort_unstable();
    assert_eq!(names(out.path()), stay);
}

#[test]
fn no_link_is_followed() {
    let out = tempfile::tempdir().expect("a folder");
    let secret = out.path().join("secret");
    fs::write(&secret, "the user's").expect("a file");
    symlink(&secret, out.path().join("report.json")).expect("a link");
    symlink(&secret, out.path().join("report.json.tmp")).expect("a link");
    play(&mut child::role("exactly"), out.path(), &[]);
    assert_eq!((joined(out.path()), fs::read_to_string(&secret).expect("text")), (HOPS, "the user's".to_owned()));
}

#[test]
fn a_report_may_have_as_long_a_name_as_any() {
    let out = tempfile::tempdir().expect("a folder");
    let path = out.path().join("x".repeat(255));
    Report::default().save(&path).expect("it is stored");
    assert_eq!(fs::read(&path).expect("it is there").first(), Some(&b'{'));
}

// ---- Runs that are kept ----

fn executable() -> String {
    std::env::current_exe().expect("this test").file_name().expect("a name").to_string_lossy().into_owned()
}

/// A run without an end, whose process is not to be seen here.
fn ended_run(out: &Path, at: u32) -> PathBuf {
    let run = out.join(format!("{}-{}-{}", executable(), ended(), 1_600_000_000 + at));
    fs::create_dir(&run).expect("a folder");
    fs::write(run.join("report.json"), "{}").expect("a file");
    run
}

/// The same, and no living process has written it.
fn old_run(out: &Path, at: u32) -> PathBuf {
    let run = ended_run(out, at);
    make_old(&run.join("report.json"));
    run
}

/// Older than what a living process has.
fn make_old(path: &Path) {
    let at = SystemTime::now().checked_sub(Duration::from_secs(601)).expect("a time");
    fs::File::open(path).and_then(|file| file.set_modified(at)).expect("ours");
}

fn runs_until_told(out: &Path) -> (child::Mortal, PathBuf) {
    let mut command = child::role("runs until told");
    command.env("TOLLBRIDGE", "phases").env("TOLLBRIDGE_OUT", out);
    let mut process: Child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the child starts");
    let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
    let folder = lines.find_map(|line| line.ok().filter(|line| line.starts_with('/'))).expect("it says its folder");
    (child::Mortal(process), PathBuf::from(folder))
}

#[cfg(target_os = "linux")]
#[test]
fn an_executable_may_have_as_long_a_name_as_any() {
    let out = tempfile::tempdir().expect("a folder");
    let app = out.path().join("x".repeat(255));
    fs::copy(std::env::current_exe().expect("the test's executable"), &app).expect("a copy");
    let role = child::role("plain");
    let mut command = Command::new(&app);
    command.args(role.get_args()).envs(role.get_envs().filter_map(|(name, value)| Some((name, value?))));
    for (name, _) in role.get_envs().filter(|(_, value)| value.is_none()) {
        command.env_remove(name);
    }
    let runs = out.path().join("runs");
    for _ in 0..2 {
        let played = play(&mut command, &runs, &[("TOLLBRIDGE_KEEP", "1")]);
        assert_eq!(played.said().len(), 1, "{}", played.stderr);
    }
    let [run] = &child::runs(&runs)[..] else { panic!("one run is kept") };
    assert_eq!(joined(run), HOPS);
}

#[test]
fn no_more_runs_are_left_than_are_to_be_kept() {
    let out = tempfile::tempdir().expect("a folder");
    let (running, its_folder) = runs_until_told(out.path());
    let old: Vec<PathBuf> = (0..4).map(|at| old_run(out.path(), at)).collect();
    // What somebody drew there, what another executable left, and what only looks like a run.
    fs::write(old[0].join("hop.svg"), "<svg/>").expect("a file");
    let theirs = out.path().join(format!("{}-7-17-1600000000", executable()));
    fs::create_dir(&theirs).expect("a folder");
    let link = out.path().join(format!("{}-{}-1500000000", executable(), ended()));
    symlink(&theirs, &link).expect("a link");
    let keep = [("TOLLBRIDGE_KEEP", "2")];
    for _ in 0..3 {
        // A service that crashes at once, again and again.
        let mut command = child::role("crashes");
        let crashed = child::run(command.env("TOLLBRIDGE", "phases").env("TOLLBRIDGE_OUT", out.path()).envs(keep));
        assert_eq!((crashed.status.code(), crashed.said().len()), (None, 0), "{}", crashed.stderr);
        // Until then it might be another host's, and alive.
        let of_it = format!("-{}-", crashed.pid);
        let run = child::runs(out.path()).into_iter().find(|run| run.to_string_lossy().contains(&of_it));
        make_old(&run.expect("it has a run").join("report.json"));
    }
    let last = play(&mut child::role("plain"), out.path(), &keep).pid;
    let left = child::runs(out.path());
    for stays in [&its_folder, &old[0], &theirs, &link] {
        assert!(left.contains(stays), "{}: {left:?}", stays.display());
    }
    // The one that runs, and the last one.
    assert_eq!(left.len(), 5, "{left:?}");
    assert!(left.iter().any(|run| run.to_string_lossy().contains(&format!("-{last}-"))), "{left:?}");
    drop(running);
}

/// On a shared disk its process may be one of another host or container.
#[test]
fn a_run_that_was_written_lately_stays_though_its_process_is_not_seen() {
    let out = tempfile::tempdir().expect("a folder");
    let (young, old) = (ended_run(out.path(), 0), old_run(out.path(), 1));
    play(&mut child::role("plain"), out.path(), &[("TOLLBRIDGE_KEEP", "1")]);
    assert!(young.exists() && !old.exists());
    make_old(&young.join("report.json"));
    play(&mut child::role("plain"), out.path(), &[("TOLLBRIDGE_KEEP", "1")]);
    assert!(!young.exists());
}

#[test]
fn many_runs_are_said_once_and_nothing_is_removed_unasked() {
    let out = tempfile::tempdir().expect("a folder");
    let pid = ended();
    for at in 0..100 {
        fs::create_dir(out.path().join(format!("{}-{pid}-{}", executable(), 1_600_000_000 + at))).expect("a folder");
    }
    let played = play(&mut child::role("plain"), out.path(), &[]);
    let [said, _summary] = played.said()[..] else { panic!("two lines: {}", played.stderr) };
    assert!(said.contains("101 runs of this executable") && said.contains("TOLLBRIDGE_KEEP"), "{said}");
    assert_eq!(child::runs(out.path()).len(), 101);
    let played = play(&mut child::role("plain"), out.path(), &[("TOLLBRIDGE_KEEP", "200")]);
    assert_eq!(played.said().len(), 1, "{}", played.stderr);
}

// ---- Checkpoints ----

#[test]
fn where_nothing_happens_nothing_is_written_and_what_is_written_is_primary() {
    let _alone = common::alone();
    let out = tempfile::tempdir().expect("a folder");
    let guard = tollbridge::builder().with_exact_folder(out.path()).with_summary(Summary::Off).init();
    let file = out.path().join("report.json");
    hops();
    // Past the early ones, which are written in any case.
    let stored = || Some(child::read(&file)).filter(|report| report.outcomes.joined == HOPS);
    let regular = || guard.checkpoint_interval().is_some_and(|gap| gap >= CHECKPOINT_INTERVAL);
    child::poll(|| stored().filter(|_| regular())).expect("a checkpoint comes");
    let text = fs::read_to_string(&file).expect("it is there");
    for derived in ["\"sites\":[{\"site\"", "\"arms\":{", "\"contrast\":", "\"span_means\":", "\"p50\":", "\"mean\":"] {
        assert!(!text.contains(&format!(",{derived}")), "{derived}");
    }
    assert_eq!(child::read(&file).sites.iter().map(|site| site.hops).sum::<u64>(), HOPS);
    let since = Instant::now();
    // One regular checkpoint may have been at work; after that there is none.
    std::thread::sleep(CHECKPOINT_INTERVAL);
    let quiet = fs::read(&file).expect("it is there");
    while since.elapsed() < 4 * CHECKPOINT_INTERVAL {
        assert!(fs::read(&file).expect("it is there") == quiet, "written with nothing to say");
        std::thread::sleep(Duration::from_millis(20));
    }
    hops();
    child::poll(|| Some(child::read(&file)).filter(|report| report.outcomes.joined == 2 * HOPS))
        .expect("what is new is written");
    let report = guard.finish().expect("armed");
    assert_eq!(child::read(&file), report);
    assert!(fs::read_to_string(&file).expect("text").contains(",\"sites\":[{\"site\""), "the last one is the full one");
}
