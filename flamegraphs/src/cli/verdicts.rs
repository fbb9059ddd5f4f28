//! `tollbridge verdicts`.

use std::io::Write;
use std::path::PathBuf;

use super::run::{Failure, open, terminal_width};
use crate::{verdicts_json, verdicts_text};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A report.json; several are merged. Of a log nothing can be advised, since its times contain the formatting of its lines.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Writes them as JSON instead.
    #[arg(long)]
    json: bool,
    /// Columns to fill; those of the terminal if not given.
    #[arg(long, value_name = "COLUMNS", conflicts_with = "json")]
    width: Option<u16>,
}

pub(super) fn run(args: &Args, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Failure> {
    let report = open(&args.files, stderr)?.report;
    if args.json {
        return Ok(writeln!(stdout, "{}", verdicts_json(&report))?);
    }
    Ok(stdout.write_all(verdicts_text(&report, args.width.or_else(terminal_width)).as_bytes())?)
}
