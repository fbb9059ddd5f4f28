//! Whose a call is, from what a report has of its site: the path of the source, and the type of the job.
//!
//! A report of every job of the pool holds calls that tokio makes for `tokio::fs`, DNS and standard I/O, and calls of dependencies. Their
//! locations are files that whoever owns the app cannot edit, so they are named by what they do ([`name`]), and advice about them is another one.
//!
//! # How it is known
//! - tokio's: the job is a closure of the crate `tokio`, wherever its sources lie (a registry, a vendored folder, a copy). Which part of
//!   tokio is the module that the closure stands in.
//! - A dependency's: the path is one of those in which cargo keeps sources of packages (`package`).
//! - All else is the app's: path dependencies and members of its workspace too.
//!
//! # Limits
//! Who *called* tokio or the dependency is not in a site: an app's loop over `tokio::fs::metadata` and one in a web framework look the same. A
//! folder `NAME-1.2.3/src` is taken for a package of others, since short paths look like it, and so is `vendor/NAME/src`.

mod name;
mod package;
mod type_path;

use std::fmt;

pub(crate) use name::{LAST_LEVEL, STD_FILES, name, std_function};
pub use package::Package;
use type_path::TypePath;

/// Whose calls a site's are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Origin {
    /// The app's own code, or that of a package which it has by path.
    App,
    /// `tokio::fs`, open files included.
    Fs,
    /// `tokio::net`: names that are looked up (DNS).
    Net,
    /// tokio's `stdin`, `stdout` and `stderr`.
    StdIo,
    /// Another part of tokio.
    Tokio,
    /// A dependency.
    Crate(Package),
}

impl Origin {
    /// Returns the origin of a site: `path:line:column` and the type name of its job.
    #[must_use]
    pub fn of(site: &str, job: &str) -> Self {
        let (path, ..) = parts(site);
        let job = TypePath::of(job);
        let package = package::of(path);
        let is_tokio = package.as_ref().is_some_and(|(package, _)| package.name == TOKIO);
        match package {
            _ if job.is_closure() && job.krate() == TOKIO => Self::in_tokio(&job),
            _ if is_tokio && job.krate() == TOKIO => Self::in_tokio(&job),
            _ if is_tokio && job.is_empty() => Self::in_file_of_tokio(path),
            // A call that tokio passes on without its caller's location.
            Some((package, _)) if !is_tokio => Self::Crate(package),
            _ => Self::App,
        }
    }

    fn in_tokio(job: &TypePath<'_>) -> Self {
        let owner = job.owner();
        match owner.module() {
            Some("fs") => Self::Fs,
            Some("net") => Self::Net,
            Some("io") if job.stream().is_some() => Self::StdIo,
            _ => Self::Tokio,
        }
    }

    fn in_file_of_tokio(path: &str) -> Self {
        let parts: Vec<&str> = path.split(['/', '\\']).collect();
        let folder = parts.iter().rposition(|part| *part == "src").and_then(|at| parts.get(at + 1));
        match folder {
            Some(&"fs") => Self::Fs,
            Some(&"net") => Self::Net,
            _ => Self::Tokio,
        }
    }

    /// Returns what kind it is, in a word that does not change.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Fs => "tokio::fs",
            Self::Net => "tokio::net",
            Self::StdIo => "std-io",
            Self::Tokio => "tokio",
            Self::Crate(_) => "crate",
        }
    }

    /// Returns whether it is a part of tokio.
    #[must_use]
    pub const fn is_tokio(&self) -> bool {
        matches!(self, Self::Fs | Self::Net | Self::StdIo | Self::Tokio)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App => f.pad("your code"),
            Self::Net => f.pad("tokio::net (DNS)"),
            Self::StdIo => f.pad("standard I/O"),
            Self::Crate(package) => f.pad(&package.to_string()),
            Self::Fs | Self::Tokio => f.pad(self.kind()),
        }
    }
}

/// The package in whose sources a file lies, whatever its version, and the file's path within it. `None` of the app's own.
pub(crate) fn file_in_package(path: &str) -> Option<(String, String)> {
    package::of(path).map(|(package, within)| (package.name, within.replace('\\', "/")))
}

const TOKIO: &str = "tokio";

/// Path, line, column of `path:line:column`; `<other>` has only the first.
pub(crate) fn parts(site: &str) -> (&str, Option<&str>, Option<&str>) {
    let mut parts = site.rsplitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(column), Some(line), Some(path)) => (path, Some(line), Some(column)),
        _ => (site, None, None),
    }
}

#[cfg(test)]
mod tests;
