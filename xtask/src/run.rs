//! Other programs, as all commands here start them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What went wrong, in a sentence or with what a program said.
pub(crate) type Result<T> = std::result::Result<T, String>;

/// Everything is called from the root of the checkout.
pub(crate) fn enter_repository() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is a folder of the checkout");
    std::env::set_current_dir(root).map_err(|error| format!("failed to enter {}: {error}", root.display()))
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

pub(crate) fn command<S: AsRef<OsStr>>(words: &[S]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command
}

/// A command of one line, whose words have no spaces.
pub(crate) fn line(line: &str) -> Command {
    command(&line.split_whitespace().collect::<Vec<_>>())
}

/// Runs it to its success, in sight.
pub(crate) fn pass(mut command: Command) -> Result<()> {
    let status = command.status().map_err(|error| failed(&command, &error.to_string()))?;
    if status.success() { Ok(()) } else { Err(failed(&command, &status.to_string())) }
}

/// Runs it to its success, and returns what it prints.
pub(crate) fn stdout(mut command: Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| failed(&command, &error.to_string()))?;
    if !output.status.success() {
        return Err(failed(&command, &output.status.to_string()));
    }
    String::from_utf8(output.stdout).map_err(|error| failed(&command, &error.to_string()))
}

/// Whether it succeeded, and all that it said.
pub(crate) fn quietly(mut command: Command) -> Result<(bool, String)> {
    let output = command.output().map_err(|error| failed(&command, &error.to_string()))?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

fn failed(command: &Command, why: &str) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    format!("failed: {}: {why}", words.join(" "))
}

/// A file's text.
pub(crate) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| format!("failed to read {}: {error}", path.display()))
}

pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|error| format!("failed to write {}: {error}", path.display()))
}
