//! `tollbridge export`.

use std::io::{IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use super::exit;
use super::run::{Failure, open, say};
use crate::{Format, export, store_file};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A report.json, or logs of the app (RUST_LOG=info,tollbridge=trace); `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The format.
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Format,
    /// The file to write, replaced as a whole; `-` is standard output.
    #[arg(short, long, value_name = "OUT", default_value = "-")]
    out: PathBuf,
}

/// Reads, and writes the other format.
pub(super) fn run(args: &Args, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Failure> {
    let to_stdout = args.out == Path::new("-");
    if to_stdout && upsets(args.to, std::io::stdout().is_terminal()) {
        say(stderr, "error: the format is binary and standard output is a terminal; name a file with --out");
        return Err(Failure::Said(exit::USAGE));
    }
    let bytes = export(&open(&args.files, stderr)?.report, args.to)?;
    if to_stdout { Ok(stdout.write_all(&bytes)?) } else { Ok(store_file(&args.out, bytes)?) }
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
