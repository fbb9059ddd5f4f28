//! `tollbridge export`.

use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;

use clap::ValueHint;

use crate::failure::Failure;
use crate::kept::Force;
use crate::open::open;
use crate::standard;
use crate::written::Json;
use tollbridge_flamegraphs::{Format, export, store_file};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tollbridge export report.json --to pprof --out hops.pb.gz
  tollbridge export app.log --to folded | inferno-flamegraph > hops.svg")]
pub(crate) struct Args {
    /// A report.json, or logs of the app (RUST_LOG=info,tollbridge=trace); `-` is standard input.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// The format.
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Format,
    /// The file to write. It is replaced as a whole. `-` is standard output.
    #[arg(short, long, value_name = "OUT", default_value = "-", value_hint = ValueHint::FilePath)]
    out: PathBuf,
    #[command(flatten)]
    force: Force,
    #[command(flatten)]
    json: Json,
}

/// Reads, and writes the other format.
pub(crate) fn run(args: &Args, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Failure> {
    args.json.needs_a_file(Some(&args.out))?;
    args.force.keeps(&args.files, std::slice::from_ref(&args.out))?;
    let out = standard::file(Some(&args.out));
    if out.is_none() && upsets(args.to, std::io::stdout().is_terminal()) {
        return Err(Failure::Usage("the format is binary and standard output is a terminal; name a file with --out"));
    }
    let bytes = export(&open(&args.files, stderr)?.report, args.to).map_err(|error| error.in_files(&args.files))?;
    let Some(out) = out else {
        return Ok(stdout.write_all(&bytes)?);
    };
    store_file(out, bytes)?;
    if args.json.is_wanted() {
        args.json.tell(stdout, std::slice::from_ref(&args.out), &[])?;
    }
    Ok(())
}

/// What is no text would upset a terminal and be of no use on it.
fn upsets(format: Format, is_terminal: bool) -> bool {
    is_terminal && format.is_binary()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn only_what_is_binary_and_goes_to_a_terminal_is_refused() {
        assert_eq!(Format::value_variants(), Format::ALL);
        for &format in Format::ALL {
            assert!(!upsets(format, false));
            assert_eq!(upsets(format, true), format == Format::Pprof);
        }
    }
}
