//! `tollbridge report`.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueHint;

use crate::error::Error;
use crate::failure::Failure;
use crate::layout::Layout;
use crate::open::open;
use crate::{files, standard};
use tollbridge_flamegraphs::screen;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tollbridge report tollbridge-out/app-4127-1764000000/report.json
  tollbridge report --all report.json
  tollbridge report app.log.1.gz app.log
  tollbridge report report.json --since earlier.json --json")]
pub(crate) struct Args {
    /// A report.json, or a log of the app (RUST_LOG=info,tollbridge=trace), also packed with gzip or zstd; `-` is standard
    /// input. Several reports are merged; several logs are read as parts of one run.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// Writes the report as JSON instead, in the format of report.json.
    #[arg(long)]
    json: bool,
    /// An earlier report.json of the same run: shows what happened since. The shortest and longest durations are then known to 1/32. `-` is
    /// standard input.
    #[arg(long, value_name = "EARLIER", value_hint = ValueHint::FilePath)]
    since: Option<PathBuf>,
    /// Shows every section: each phase, tails, CPU time, locks, coverage and the clock.
    #[arg(long, conflicts_with = "json")]
    all: bool,
    #[command(flatten)]
    layout: Layout,
}

pub(crate) fn run(args: &Args, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Failure> {
    standard::read_once(args.files.iter().chain(&args.since))?;
    let mut input = open(&args.files, stderr)?;
    if let Some(earlier) = &args.since {
        let interval = input.report.since(&open(std::slice::from_ref(earlier), stderr)?.report);
        let later = args.files.last().unwrap_or(earlier);
        input.report = interval.map_err(|source| Error::since(later, earlier, source))?;
    }
    if args.json {
        return Ok(input.report.write_json(stdout)?);
    }
    let mut options = args.layout.options().with_all(args.all);
    if let Some(source) = source(&args.files) {
        options = options.with_file(source);
    }
    Ok(stdout.write_all(screen(&input.report, &options).as_bytes())?)
}

/// What the screen calls its input; `None` for standard input.
fn source(files: &[PathBuf]) -> Option<String> {
    let file = files.first().filter(|file| !standard::is_standard(file))?;
    Some(files::and_more(file, files))
}
