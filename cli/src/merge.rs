//! `tollbridge merge`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueHint;
use serde_json::{Value, json};

use crate::error::Error;
use crate::failure::Failure;
use crate::files::Found;
use crate::kept::Force;
use crate::open::{LOG_NOTE, lost_lines};
use crate::say::{causes, say, say_error};
use crate::standard::unless_closed;
use crate::written::Json;
use crate::{exit, files, standard};
use tollbridge_flamegraphs::read::{InputKind, Once};
use tollbridge_flamegraphs::store_file;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tollbridge merge tollbridge-out --out sum.json
  tollbridge merge --files-from list --keep-going --out sum.json --json")]
pub(crate) struct Args {
    /// Reports, logs, or folders with every report.json in or below them. `-` is standard input.
    #[arg(required_unless_present = "files_from", value_name = "FILE", value_hint = ValueHint::AnyPath)]
    files: Vec<PathBuf>,
    /// A file with more names, one per line; `-` is standard input.
    #[arg(long, value_name = "LIST", value_hint = ValueHint::FilePath)]
    files_from: Option<PathBuf>,
    /// The file for the sum. It is written as a whole or not at all. Without it, or with `-`, the sum goes to standard output.
    #[arg(short, long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
    #[command(flatten)]
    force: Force,
    #[command(flatten)]
    json: Json,
    /// Leaves out what cannot be used, lists it, and ends with exit code 3.
    #[arg(long)]
    keep_going: bool,
    /// Treats reports of the same executable, pid and start as two processes, because different hosts can have these in common (pid 1 in
    /// containers). Without this they are refused: an earlier and a later report of one run would count its hops twice.
    #[arg(long)]
    allow_same: bool,
}

const APART_NOTE: &str = "note: each log is read alone: a hop that stands in two of them counts twice, and parts of one run count as runs; `tollbridge report` takes several logs as one";

/// Adds the files up, in the memory of their sum and a few of them.
pub(crate) fn run(args: &Args, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Failure> {
    args.json.needs_a_file(args.out.as_deref())?;
    standard::read_once(args.files.iter().chain(&args.files_from))?;
    let mut names = args.files.clone();
    if let Some(list) = &args.files_from {
        names.extend(files::listed(list)?);
        standard::read_once(names.iter().chain([list]))?;
    }
    let files = files::found(&names)?;
    let read: Vec<&Path> = files.iter().map(Found::path).chain(args.files_from.as_deref()).collect();
    args.force.keeps(&read, args.out.as_slice())?;
    let mut once = Once::new(args.allow_same);
    let (mut merged, mut logs, mut left_out, mut notes) = (0, 0, Vec::new(), Vec::new());
    let sum = files::read_all(&files, |file, input| {
        let usable = input.and_then(|input| {
            once.file(file)?;
            once.captures(file, &input.report)?;
            Ok(input)
        });
        let input = match usable {
            Ok(input) => input,
            Err(error) if args.keep_going => {
                left_out.push((file.to_owned(), error));
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if input.kind == InputKind::Log {
            logs += 1;
            match logs {
                1 => notes.push(LOG_NOTE.to_owned()),
                2 => notes.push(APART_NOTE.to_owned()),
                _ => {}
            }
        }
        notes.extend(lost_lines(&input, false).map(|lost| format!("note: `{}`: {lost}", file.display())));
        notes.extend(input.notes.iter().map(|note| format!("note: `{}`: {note}", file.display())));
        merged += 1;
        Ok(Some(input.report))
    })?;
    for note in &notes {
        say(stderr, note);
    }
    for (_, error) in &left_out {
        say_error(stderr, "left out", error);
    }
    let left_out_json: Value = left_out.iter().map(left_out_json).collect();
    let counts = [("merged", merged.into()), ("left_out", left_out_json)];
    if merged == 0 {
        // A script that asked for JSON gets it of nothing, too.
        if args.json.is_wanted() {
            unless_closed(args.json.tell(stdout, &[], &counts))?;
        }
        return Err(Error::NothingToMerge { given: files.len() }.into());
    }
    let report = sum.finish();
    if let Some(unlike) = tollbridge_flamegraphs::unlike(&report) {
        say(stderr, &format!("note: settings differ: {unlike}"));
    }
    let told = match standard::file(args.out.as_deref()) {
        Some(out) => {
            let mut text = Vec::new();
            report.write_json(&mut text)?;
            store_file(out, text)?;
            args.json.tell(stdout, &[out.to_owned()], &counts)
        }
        None => report.write_json(&mut *stdout),
    };
    unless_closed(told.and_then(|()| stdout.flush()))?;
    if left_out.is_empty() {
        return Ok(());
    }
    say(stderr, &format!("note: {merged} of {} inputs are merged, {} left out", files.len(), left_out.len()));
    Err(Failure::Said(exit::UNUSABLE_INPUT))
}

fn left_out_json((file, error): &(PathBuf, Error)) -> Value {
    json!({
        "file": file.display().to_string(),
        "error": error.to_string(),
        "causes": causes(error).collect::<Vec<_>>(),
    })
}
