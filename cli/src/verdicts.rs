//! `tollbridge verdicts`.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueHint;

use crate::failure::Failure;
use crate::layout::Layout;
use crate::open::open;
use tollbridge_flamegraphs::{verdicts_json, verdicts_text};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tollbridge verdicts report.json
  tollbridge verdicts report.json --json")]
pub(crate) struct Args {
    /// A report.json; several are merged. A log gets no advice, because its times contain the formatting of its lines.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// Writes the verdicts as JSON instead.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    layout: Layout,
}

pub(crate) fn run(args: &Args, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Failure> {
    let report = open(&args.files, stderr)?.report;
    if args.json {
        return Ok(writeln!(stdout, "{}", verdicts_json(&report))?);
    }
    Ok(stdout.write_all(verdicts_text(&report, &args.layout.options()).as_bytes())?)
}
