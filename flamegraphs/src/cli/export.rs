//! `export FILE --to FORMAT`.

use std::io::{IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::run::{Failure, open};
use crate::{Format, export as exported, store_file};

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// A report.json, or a log of the app (RUST_LOG=info,tollbridge=trace); `-` is standard input.
    file: PathBuf,
    /// The format.
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Format,
    /// The file to write, replaced as a whole; `-` is standard output.
    #[arg(short, long, value_name = "OUT", default_value = "-")]
    out: PathBuf,
}

/// Reads, and writes the other format.
pub(super) fn export(args: &ExportArgs, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Failure> {
    let to_stdout = args.out == Path::new("-");
    if to_stdout {
        refuse_terminal(args.to, std::io::stdout().is_terminal())?;
    }
    let bytes = exported(&open(&args.file, stderr)?.report, args.to)?;
    if to_stdout { Ok(stdout.write_all(&bytes)?) } else { Ok(store_file(&args.out, bytes)?) }
}

/// What is no text would upset a terminal and be of no use on it.
fn refuse_terminal(format: Format, is_terminal: bool) -> Result<(), Failure> {
    if is_terminal && format.is_binary() {
        let message = "the format is binary and standard output is a terminal; name a file with --out";
        return Err(Failure::Usage(message.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn only_what_is_binary_and_goes_to_a_terminal_is_refused() {
        assert_eq!(Format::value_variants(), Format::ALL);
        for &format in Format::ALL {
            assert!(refuse_terminal(format, false).is_ok());
            assert_eq!(refuse_terminal(format, true).is_err(), format == Format::Pprof);
        }
    }
}
