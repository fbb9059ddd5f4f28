//! `tollbridge merge`.

use std::io::Write;
use std::path::{Path, PathBuf};

use tollbridge_instrument::report::Merger;

use super::run::{Failure, LOG_NOTE, lost_lines, say, say_error};
use super::{exit, files};
use crate::read::{InputKind, Once};
use crate::{Error, store_file};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Reports, logs, or folders: every report.json in or below them; `-` is standard input.
    #[arg(required_unless_present = "files_from")]
    files: Vec<PathBuf>,
    /// More names, one a line; `-` is standard input.
    #[arg(long, value_name = "LIST")]
    files_from: Option<PathBuf>,
    /// Where the sum goes, whole or not at all; standard output if not given.
    #[arg(short, long, value_name = "OUT")]
    out: Option<PathBuf>,
    /// Leaves out what cannot be used, says so, and ends with exit code 3.
    #[arg(long)]
    keep_going: bool,
    /// Takes reports of one executable, pid and beginning for two processes, as hosts may have these in common (pid 1 in
    /// containers). Otherwise they are refused: an earlier and a later report of one run would count its hops twice.
    #[arg(long)]
    allow_same: bool,
}

/// Adds the files up, in the memory of their sum and a few of them.
pub(super) fn run(args: &Args, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Failure> {
    let mut names = args.files.clone();
    if let Some(list) = &args.files_from {
        names.extend(files::listed(list)?);
    }
    let files = files::found(&names)?;
    let mut once = Once::new(args.allow_same);
    let (mut merger, mut merged) = (Merger::default(), 0);
    let (mut left_out, mut notes) = (Vec::new(), Vec::new());
    files::read_all(&files, |file, input| {
        let usable = input.and_then(|input| {
            once.file(file)?;
            once.captures(file, &input.report)?;
            Ok(input)
        });
        let input = match usable {
            Ok(input) => input,
            Err(error) if args.keep_going => {
                left_out.push(error);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if input.kind == InputKind::Log && !notes.iter().any(|note| note == LOG_NOTE) {
            notes.push(LOG_NOTE.to_owned());
        }
        notes.extend(lost_lines(&input, false).map(|lost| format!("note: `{}`: {lost}", file.display())));
        merger.add(input.report);
        merged += 1;
        Ok(())
    })?;
    for note in &notes {
        say(stderr, note);
    }
    for error in &left_out {
        say_error(stderr, "left out", error);
    }
    if merged == 0 {
        return Err(Error::nothing_to_merge(files.len()).into());
    }
    let report = merger.finish();
    match args.out.as_deref().filter(|out| *out != Path::new("-")) {
        Some(out) => {
            let mut text = Vec::new();
            report.write_json(&mut text)?;
            store_file(out, text)?;
            writeln!(stdout, "{}", out.display())?;
        }
        None => report.write_json(&mut *stdout)?,
    }
    if left_out.is_empty() {
        return Ok(());
    }
    stdout.flush()?;
    say(stderr, &format!("note: {merged} of {} inputs are merged, {} left out", files.len(), left_out.len()));
    Err(Failure::Said(exit::UNUSABLE_INPUT))
}
