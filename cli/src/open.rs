//! Reads the input, and tells its user what should be known of it.

use std::io::Write;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::say::say;
use crate::standard;
use tollbridge_flamegraphs::read::{self, Input, InputKind};

/// Reads the input; what its user should know of it goes to standard error.
pub(crate) fn open(files: &[PathBuf], stderr: &mut dyn Write) -> Result<Input, Failure> {
    standard::read_once(files)?;
    let input = read::open_all(files)?;
    if input.kind == InputKind::Log {
        say(stderr, LOG_NOTE);
    }
    for (name, found) in &input.without_hops {
        say(stderr, &format!("note: no hop in {name}: {found}"));
    }
    for note in &input.notes {
        say(stderr, &format!("note: {note}"));
    }
    if let Some(lost) = lost_lines(&input, files.len() > 1) {
        say(stderr, &format!("note: {lost}"));
    }
    Ok(input)
}

pub(crate) const LOG_NOTE: &str = "note: times from a log contain the formatting of its lines, which costs more than the hop; counts are of the hops in it";

/// The lines of a log that could not be read, if there are any. `named`: in which file is to be said.
pub(crate) fn lost_lines(input: &Input, named: bool) -> Option<String> {
    let bad = input.first_bad_line.as_ref()?;
    let lines = input.report.dropped.lines;
    let lines = if lines == 1 { "1 line looks".to_owned() } else { format!("{lines} lines look") };
    let file = if named { format!("{} ", bad.file) } else { String::new() };
    Some(format!("{lines} like a hop and could not be read; {file}line {}: {}", bad.number, bad.reason))
}
