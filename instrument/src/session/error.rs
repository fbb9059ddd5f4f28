//! Why a capture could not be armed.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why recording could not be turned on.
#[derive(Debug)]
pub struct Error(Box<Kind>);

#[derive(Debug)]
enum Kind {
    Variable { name: &'static str, value: String, expected: &'static str },
    Armed,
    Arms,
    Folder { path: PathBuf, source: std::io::Error },
    Thread { source: std::io::Error },
    Silent { path: PathBuf, waited: Duration },
    Left { threads: u32 },
}

impl Error {
    pub(super) fn variable(name: &'static str, value: &str, expected: &'static str) -> Self {
        Self(Box::new(Kind::Variable { name, value: value.to_owned(), expected }))
    }

    pub(super) fn armed() -> Self {
        Self(Box::new(Kind::Armed))
    }

    pub(super) fn arms() -> Self {
        Self(Box::new(Kind::Arms))
    }

    pub(super) fn folder(path: &Path, source: std::io::Error) -> Self {
        Self(Box::new(Kind::Folder { path: path.to_owned(), source }))
    }

    pub(super) fn thread(source: std::io::Error) -> Self {
        Self(Box::new(Kind::Thread { source }))
    }

    pub(super) fn silent(path: &Path, waited: Duration) -> Self {
        Self(Box::new(Kind::Silent { path: path.to_owned(), waited }))
    }

    pub(super) fn left(threads: u32) -> Self {
        Self(Box::new(Kind::Left { threads }))
    }

    /// Returns whether an environment variable has an invalid value.
    #[must_use]
    pub fn is_variable(&self) -> bool {
        matches!(*self.0, Kind::Variable { .. })
    }

    /// Returns whether another guard of this process is recording.
    #[must_use]
    pub fn is_armed(&self) -> bool {
        matches!(*self.0, Kind::Armed)
    }

    /// Returns whether no report can be written.
    ///
    /// Either the folder cannot be made or written, or the thread that writes cannot be started, or two earlier writing threads still wait for their
    /// file systems.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        matches!(*self.0, Kind::Folder { .. } | Kind::Thread { .. } | Kind::Silent { .. } | Kind::Left { .. })
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &*self.0 {
            Kind::Variable { name, value, expected } => {
                write!(f, "{name}={} is not valid: expected {expected}", value.escape_debug())
            }
            Kind::Armed => f.write_str("a capture is armed already; keep its guard and drop it first"),
            Kind::Arms => {
                f.write_str("no arm was given, or one that no hop can take: expected native, snapshot or naive")
            }
            Kind::Folder { path, source } => write!(
                f,
                "failed to write a report into {}: {source}; make it writable or choose another (TOLLBRIDGE_OUT)",
                path.display()
            ),
            Kind::Thread { source } => write!(f, "failed to run the thread that writes reports: {source}"),
            Kind::Left { threads } => write!(
                f,
                "{threads} earlier captures still wait for their file systems to answer; no more files are written until one has"
            ),
            Kind::Silent { path, waited } => write!(
                f,
                "{} has not answered for {} ms, so the last report is not there; the last checkpoint may be",
                path.display(),
                waited.as_millis()
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Kind::Folder { source, .. } | Kind::Thread { source } => Some(source),
            Kind::Variable { .. } | Kind::Armed | Kind::Arms | Kind::Silent { .. } | Kind::Left { .. } => None,
        }
    }
}
