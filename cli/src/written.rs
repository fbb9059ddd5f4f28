//! `--json` of the verbs that write files: what they wrote (`docs/reference/format.md`).

use std::io::{IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::standard;
use tollbridge_flamegraphs::harmless;

/// Version of the form, raised when a reader of the older one would misread it.
const FORMAT: u32 = 1;

#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Json {
    /// Prints what was written as JSON on standard output (docs/reference/format.md).
    #[arg(long)]
    json: bool,
}

/// A path as it is; where paths are not bytes, as far as it is Unicode.
fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

impl Json {
    /// Whether JSON was asked for.
    pub(crate) fn is_wanted(self) -> bool {
        self.json
    }

    /// Fails if the output itself goes to standard output, where what is told would get mixed up with it.
    pub(crate) fn needs_a_file(self, out: Option<&Path>) -> Result<(), Failure> {
        if self.json && standard::file(out).is_none() {
            return Err(Failure::Usage(
                "--json tells what was written, but here the output itself goes to standard output; name a file with --out",
            ));
        }
        Ok(())
    }

    /// Tells what was written: a path a line, or JSON with what else there is to tell. A script gets the path itself, a terminal
    /// what cannot do anything to it.
    pub(crate) fn tell(
        self,
        stdout: &mut dyn Write,
        written: &[PathBuf],
        more: &[(&str, Value)],
    ) -> std::io::Result<()> {
        let mut paths = written.iter().map(|path| path.display().to_string());
        if !self.json && std::io::stdout().is_terminal() {
            return paths.try_for_each(|path| writeln!(stdout, "{}", harmless(&path)));
        }
        if !self.json {
            return written.iter().try_for_each(|path| stdout.write_all(&[bytes(path), b"\n"].concat()));
        }
        let mut told = json!({ "format": FORMAT, "written": paths.collect::<Vec<_>>() });
        for (member, value) in more {
            told[member] = value.clone();
        }
        writeln!(stdout, "{told}")
    }
}
