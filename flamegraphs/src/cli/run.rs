//! The verbs: read, write, and say what went wrong.

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;

use super::args::{Cli, FlameArgs, ReportArgs, Verb};
use super::{compare, exit, export, merge};
use crate::harmless::harmless;
use crate::read::{self, Input, InputKind};
use crate::{Error, ScreenOptions, render, screen};

/// Runs the command with the process's arguments, standard input and output.
#[must_use]
pub fn main() -> ExitCode {
    let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
    // Standard error is not held: a thread that reads files may have to report its panic there.
    ExitCode::from(run(std::env::args_os(), &mut stdout.lock(), &mut &stderr))
}

pub(super) enum Failure {
    /// Of reading, drawing or storing.
    Ours(Error),
    /// Of standard output.
    Output(std::io::Error),
    /// All is written and said; the exit code is left.
    Said(u8),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

fn run(args: impl Iterator<Item = OsString>, stdout: &mut dyn Write, stderr: &mut dyn Write) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(help) => {
            // To standard output if it was asked for, to standard error if not; if that is closed nobody wants it.
            let _ = help.print();
            return if help.use_stderr() { exit::USAGE } else { exit::OK };
        }
    };
    let done = match cli.verb {
        Verb::Report(args) => report(&args, stdout, stderr),
        Verb::Flame(args) => flame(args, stdout, stderr),
        Verb::Merge(args) => merge::run(&args, stdout, stderr),
        Verb::Compare(args) => compare::run(&args, stdout, stderr),
        Verb::Export(args) => export::run(&args, stdout, stderr),
    };
    match done.and_then(|()| Ok(stdout.flush()?)) {
        Ok(()) => exit::OK,
        Err(Failure::Said(code)) => code,
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => exit::OK,
        Err(Failure::Output(error)) => {
            say(stderr, &format!("error: failed to write to standard output: {error}"));
            exit::UNWRITABLE_OUTPUT
        }
        Err(Failure::Ours(error)) => {
            say_error(stderr, "error", &error);
            match &error {
                error if error.is_unusable_input() => exit::UNUSABLE_INPUT,
                error if error.is_unwritable() => exit::UNWRITABLE_OUTPUT,
                _ => exit::INTERNAL,
            }
        }
    }
}

fn report(args: &ReportArgs, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Failure> {
    let mut input = open(&args.files, stderr)?;
    if let Some(earlier) = &args.since {
        let interval = input.report.since(&open(std::slice::from_ref(earlier), stderr)?.report);
        let later = args.files.last().unwrap_or(earlier);
        input.report = interval.map_err(|source| Error::since(later, earlier, source))?;
    }
    if args.json {
        return Ok(input.report.write_json(stdout)?);
    }
    let mut options = ScreenOptions::default().with_width(args.width.or_else(terminal_width));
    if let Some(source) = args.source() {
        options = options.with_file(source);
    }
    Ok(stdout.write_all(screen(&input.report, &options).as_bytes())?)
}

fn flame(args: FlameArgs, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Failure> {
    let input = open(&args.files, stderr)?;
    let (folder, options) = args.into_parts();
    for path in render(&input.report, &folder, &options)? {
        writeln!(stdout, "{}", path.display())?;
    }
    Ok(())
}

/// Says what went wrong, and what was behind it.
pub(super) fn say_error(stderr: &mut dyn Write, label: &str, error: &Error) {
    say(stderr, &format!("{label}: {error}"));
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        say(stderr, &format!("  cause: {cause}"));
        source = cause.source();
    }
}

/// Reads the input; what its user should know of it goes to standard error.
pub(super) fn open(files: &[PathBuf], stderr: &mut dyn Write) -> Result<Input, Error> {
    let input = read::open_all(files)?;
    if input.kind == InputKind::Log {
        say(stderr, LOG_NOTE);
    }
    for (name, found) in &input.without_hops {
        say(stderr, &format!("note: no hop in {name}: {found}"));
    }
    if let Some(lost) = lost_lines(&input, files.len() > 1) {
        say(stderr, &format!("note: {lost}"));
    }
    Ok(input)
}

pub(super) const LOG_NOTE: &str =
    "note: times from a log contain the formatting of its lines, which costs more than the hop; counts are exact";

/// The lines of a log that could not be read, if there are any. `named`: in which file is to be said.
pub(super) fn lost_lines(input: &Input, named: bool) -> Option<String> {
    let bad = input.first_bad_line.as_ref()?;
    let lines = input.report.dropped.lines;
    let lines = if lines == 1 { "1 line looks".to_owned() } else { format!("{lines} lines look") };
    let file = if named { format!("{} ", bad.file) } else { String::new() };
    Some(format!("{lines} like a hop and could not be read; {file}line {}: {}", bad.number, bad.reason))
}

pub(super) fn terminal_width() -> Option<u16> {
    terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| width.0)
}

/// One line; names of files and parts of them may be in it.
pub(super) fn say(stderr: &mut dyn Write, text: &str) {
    // If standard error is closed there is nowhere left to say so.
    let _ = writeln!(stderr, "{}", harmless(text));
}
