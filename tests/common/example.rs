//! The examples as their users run them: executables, which cargo puts beside the folder of the tests' own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What an example shows: it succeeds, and has nothing to say on stderr.
#[track_caller]
pub fn shown_by(name: &str, arguments: &[&str], out: &Path) -> String {
    let output = run(name, arguments, out);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {arguments:?}: {stderr}");
    assert_eq!(stderr, "", "{name} {arguments:?}: a warning, or a progress bar where there is no terminal");
    String::from_utf8(output.stdout).expect("text")
}

/// An example fails, and what it says has all `parts` in it: what is wrong and the remedy.
#[track_caller]
pub fn refuses(name: &str, arguments: &[&str], out: &Path, parts: &[&str]) {
    let output = run(name, arguments, out);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{name} {arguments:?} passed");
    for part in parts {
        assert!(stderr.contains(part), "{name} {arguments:?}: no `{part}` in {stderr}");
    }
}

/// An example that takes no `--out`, with none of the variables set that tollbridge looks at.
#[track_caller]
pub fn command(name: &str) -> Command {
    let mut command = Command::new(executable(name));
    for variable in super::child::VARIABLES {
        command.env_remove(variable);
    }
    command
}

#[track_caller]
fn run(name: &str, arguments: &[&str], out: &Path) -> Output {
    let path = executable(name);
    let output = Command::new(&path).args(arguments).arg("--out").arg(out).output();
    output.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Cargo tells a test where the package's commands are, not where its examples are.
#[track_caller]
fn executable(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this test's own path");
    let profile = test.parent().and_then(Path::parent).expect("PROFILE/deps/TEST");
    let path = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.exists(),
        "{} is not there: `cargo test --workspace` builds the examples; with `-p` or `--test` run `cargo build --workspace \
         --example {name}` before it, with the same `--release`, `--target` and `--target-dir`",
        path.display()
    );
    path
}
