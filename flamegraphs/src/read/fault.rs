//! What can go wrong with a file.

use std::path::Path;

use tollbridge_report::{FORMAT, ReadError};

use crate::Error;
use crate::error::Fault;

/// What to do with a file in which there is no hop of any form.
pub(super) const RUN: &str = "run the app with RUST_LOG=info,tollbridge=trace and a format of tracing_subscriber::fmt, or \
                              give its report.json";

/// An error of the input; the cause behind it, if there is one.
pub(super) fn of_input(message: String, source: Option<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Fault { message, source, is_of_input: true, ..Fault::default() }.into()
}

pub(super) fn open(path: &Path, source: std::io::Error) -> Error {
    let message = format!("failed to open `{}`; give a report.json or a log of the app", path.display());
    of_input(message, Some(source.into()))
}

pub(super) fn directory(path: &Path) -> Error {
    let message = format!(
        "failed to read `{0}`: it is a folder; give a file in it, such as `{1}`",
        path.display(),
        path.join("report.json").display()
    );
    of_input(message, None)
}

pub(super) fn read(name: &str, source: std::io::Error) -> Error {
    let message = format!("failed to read {name} to its end; check the disk and try again");
    of_input(message, Some(source.into()))
}

pub(super) fn empty(name: &str) -> Error {
    let message = format!("failed to read {name}: it is empty; a log of the app needs RUST_LOG=info,tollbridge=trace");
    of_input(message, None)
}

pub(super) fn foreign(name: &str, found: &str, remedy: &str) -> Error {
    let message =
        format!("failed to read {name}: neither a tollbridge report nor a log with hops in it ({found}); {remedy}");
    of_input(message, None)
}

pub(super) fn damaged(name: &str, source: ReadError) -> Error {
    let message = match source {
        ReadError::Format { found } if found > FORMAT => {
            format!("failed to read the report in {name}: it was made by a newer tollbridge; update this one")
        }
        _ => format!("failed to read the report in {name}; take a whole one from the run's folder, or run again"),
    };
    of_input(message, Some(source.into()))
}

pub(super) fn mixed(name: &str) -> Error {
    let message = format!(
        "failed to add {name}: reports and logs do not mix, since a report may hold a log's hops already; give \
         one kind, or make reports of the logs with `tollbridge report LOG... --json`"
    );
    of_input(message, None)
}

/// `process`: what the two have in common, unless they are one file.
pub(super) fn given_twice(first: &Path, second: &Path, process: Option<&str>) -> Error {
    let (first, second) = (first.display(), second.display());
    let message = match process {
        None => format!("`{first}` and `{second}` are the same file; give each once"),
        Some(process) => format!(
            "`{first}` and `{second}` are both of {process}, whose hops would count twice; give the later one alone, or, if \
             they are of two hosts, --allow-same to `merge` or `compare`"
        ),
    };
    of_input(message, None)
}
