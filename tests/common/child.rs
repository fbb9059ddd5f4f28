//! A test that needs an environment or an end of its own runs in a process of its own: the test's executable, started
//! again with only its test `child`, which plays the role that a variable names.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tollbridge::report::Report;

/// What names the role.
const ROLE: &str = "ROLE_OF_TEST";
/// Stands before what a role itself prints on stdout: the test harness prints first.
const BEGIN: &str = "--- role ---\n";
/// No child needs as long as this; one that hangs is ended.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// The variables that tollbridge and tracing look at.
pub const VARIABLES: [&str; 14] = [
    "TOLLBRIDGE",
    "TOLLBRIDGE_TRANSFER",
    "TOLLBRIDGE_COMPARE",
    "TOLLBRIDGE_PROPAGATE",
    "TOLLBRIDGE_OUT",
    "TOLLBRIDGE_KEEP",
    "TOLLBRIDGE_CALLERS",
    "TOLLBRIDGE_PATHS",
    "TOLLBRIDGE_STUCK",
    "TOLLBRIDGE_SUMMARY",
    "TOLLBRIDGE_TIMELINE",
    "RUST_LOG",
    "NO_COLOR",
    "COLUMNS",
];

/// Plays the role that this process was started for, if it was, and ends the process with the role's exit code.
pub fn play(role: impl FnOnce(&str) -> i32) {
    if let Ok(name) = std::env::var(ROLE) {
        {
            use std::io::Write;
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(BEGIN.as_bytes()).expect("stdout is open");
            stdout.flush().expect("stdout is open");
        }
        let code = role(&name);
        std::process::exit(code);
    }
}

/// A process that plays a role, with none of the variables set that tollbridge looks at.
pub fn role(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the test's executable"));
    command.args(["--exact", "child", "--nocapture", "--test-threads=1"]).env(ROLE, name);
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    command
}

/// What a role left behind.
#[derive(Debug)]
pub struct Played {
    pub status: ExitStatus,
    pub pid: u32,
    /// Without what the test harness printed.
    pub stdout: String,
    pub stderr: String,
}

impl Played {
    /// The lines on stderr that are tollbridge's.
    pub fn said(&self) -> Vec<&str> {
        self.stderr.lines().filter(|line| line.starts_with("tollbridge: ")).collect()
    }
}

/// Runs a role to its end.
pub fn run(command: &mut Command) -> Played {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the child starts");
    let stdout = reader(child.stdout.take().expect("piped"));
    let stderr = reader(child.stderr.take().expect("piped"));
    let status = wait(&mut child);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let stdout = text(stdout.join().expect("read"));
    let stderr = text(stderr.join().expect("read"));
    let status = status.unwrap_or_else(|| panic!("the child hangs: {stdout}\n{stderr}"));
    let (_, own) = stdout.split_once(BEGIN).unwrap_or_else(|| panic!("no role: {stdout}\n{stderr}"));
    Played { status, pid: child.id(), stdout: own.to_owned(), stderr }
}

/// Reads a pipe to its end meanwhile, so that the child never waits for room in it.
fn reader(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        pipe.read_to_end(&mut all).expect("the pipe can be read");
        all
    })
}

/// Waits for the child's end; `None`, and the child is ended, if that does not come.
pub fn wait(child: &mut Child) -> Option<ExitStatus> {
    let ended = poll(|| child.try_wait().expect("the child is ours"));
    if ended.is_none() {
        child.kill().expect("the child is ours");
        child.wait().expect("the child is ours");
    }
    ended
}

/// A child that does not outlive its test, whatever becomes of that.
#[derive(Debug)]
pub struct Mortal(pub Child);

impl Drop for Mortal {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks until there is an answer; `None` once [`DEADLINE`] has passed.
pub fn poll<T>(mut question: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        let answer = question();
        if answer.is_some() || start.elapsed() > DEADLINE {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The folders of runs in `out`, sorted.
pub fn runs(out: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(out).expect("a folder");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    folders
}

/// The report of the one run in `out`.
pub fn report(out: &Path) -> Report {
    let runs = runs(out);
    let [run] = runs.as_slice() else { panic!("one run in {}: {runs:?}", out.display()) };
    read(&run.join("report.json"))
}

/// A report that must be whole.
pub fn read(file: &Path) -> Report {
    let text = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Report::from_json(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
