//! The built command, run in a folder.

#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its own part")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What came of a run.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// What stands in these variables where the tests run must not show. A continuous integration's terminal gets colours even if it
/// is dumb.
const HEEDED: [&str; 5] = ["CI", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "NO_COLOR"];

pub(crate) fn command(folder: &Path, args: &[&str]) -> Command {
    program(env!("CARGO_BIN_EXE_tollbridge"), folder, args)
}

pub(crate) fn program(path: &str, folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(path);
    command.args(args).current_dir(folder);
    for variable in HEEDED {
        command.env_remove(variable);
    }
    command
}

pub(crate) fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn run(folder: &Path, args: &[&str]) -> Ran {
    ran(command(folder, args).output().unwrap())
}

pub(crate) fn run_with_input(folder: &Path, args: &[&str], input: &[u8]) -> Ran {
    let piped = |command: &mut Command| {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut child = piped(&mut command(folder, args));
    // It may have what it needs before all is written.
    let written = child.stdin.take().unwrap().write_all(input);
    let ran = ran(child.wait_with_output().unwrap());
    assert!(written.is_ok() || ran.code != 0, "{written:?}");
    ran
}
