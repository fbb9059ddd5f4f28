//! The edge to files, and the core that only knows readers.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use tollbridge_instrument::report::{ReadError, Report};

use super::{log, sniff};
use crate::Error;

const BUFFER_BYTES: usize = 1 << 16;

/// A report, and where it came from.
#[derive(Debug)]
pub struct Input {
    /// What was measured.
    pub report: Report,
    /// What it was read from.
    pub kind: InputKind,
    /// The first line of a log that looks like a hop and could not be read, if any.
    pub first_bad_line: Option<BadLine>,
}

/// What a report was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// A `report.json`.
    Report,
    /// A tracing log. Durations contain the formatting of its lines.
    Log,
}

/// A line of a log that looks like a hop and could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub number: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// Reads a file; `-` is standard input.
///
/// # Errors
/// [`Error::is_unusable_input`]: the file is missing, a folder, unreadable, empty, a damaged report, or neither a
/// report nor a log with hops in it.
pub fn open(file: &Path) -> Result<Input, Error> {
    open_with(file, Report::from_json)
}

/// As [`open`], but a report's derived data is left out: for [`Merger`](tollbridge_instrument::report::Merger), which
/// computes that of the sum.
///
/// # Errors
/// Those of [`open`].
pub fn open_primary(file: &Path) -> Result<Input, Error> {
    open_with(file, Report::primary_from_json)
}

/// How a report's text is read.
type Parse = fn(&[u8]) -> Result<Report, ReadError>;

fn open_with(file: &Path, parse: Parse) -> Result<Input, Error> {
    if file == Path::new("-") {
        return read_with(std::io::stdin().lock(), "standard input", parse);
    }
    if file.is_dir() {
        return Err(Error::directory(file));
    }
    let opened = File::open(file).map_err(|source| Error::open(file, source))?;
    read_with(BufReader::with_capacity(BUFFER_BYTES, opened), &format!("`{}`", file.display()), parse)
}

/// Reads from anything. `name` is what messages call it.
///
/// # Errors
/// Those of [`open`].
pub fn from_reader(reader: impl BufRead, name: &str) -> Result<Input, Error> {
    read_with(reader, name, Report::from_json)
}

fn read_with(mut reader: impl BufRead, name: &str, parse: Parse) -> Result<Input, Error> {
    let head = sniff::head(&mut reader).map_err(|source| Error::read(name, source))?;
    let mut whole = head.as_slice().chain(reader);
    match sniff::form(&head) {
        sniff::Form::Empty => Err(Error::empty(name)),
        sniff::Form::Utf16 => {
            Err(Error::foreign(name, "UTF-16 text, as PowerShell's `>` writes it; convert it to UTF-8".to_owned()))
        }
        sniff::Form::Log => log::read(whole, name),
        sniff::Form::Report => {
            let mut text = Vec::new();
            whole.read_to_end(&mut text).map_err(|source| Error::read(name, source))?;
            let text = text.strip_prefix(sniff::UTF8_MARK).unwrap_or(&text);
            let report = parse(text).map_err(|source| Error::damaged(name, source))?;
            Ok(Input { report, kind: InputKind::Report, first_bad_line: None })
        }
    }
}
