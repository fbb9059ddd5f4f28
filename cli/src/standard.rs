//! `-`: standard input among the inputs, standard output where one file is written.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

pub(crate) fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// Fails if standard input is to be read twice: the second reader would find nothing.
pub(crate) fn read_once<'a>(inputs: impl IntoIterator<Item = &'a PathBuf>) -> Result<(), Failure> {
    match inputs.into_iter().filter(|input| is_standard(input)).count() {
        0 | 1 => Ok(()),
        _ => {
            Err(Failure::Usage("`-` is standard input, which can be read once; give it once, and files for the others"))
        }
    }
}

/// The file to write; `None` for standard output.
pub(crate) fn file(out: Option<&Path>) -> Option<&Path> {
    out.filter(|out| !is_standard(out))
}

/// Fails if several files are to go to standard output.
pub(crate) fn folder(out: Option<&Path>) -> Result<(), Failure> {
    match out {
        Some(out) if is_standard(out) => Err(Failure::Usage(
            "several files are written, which standard output cannot take; give --out a folder (`./-` if it is called so)",
        )),
        _ => Ok(()),
    }
}

/// Whoever reads standard output may stop whenever they like.
pub(crate) fn unless_closed(written: std::io::Result<()>) -> std::io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
