//! The origin of a site.

use std::fmt;

use super::package::{self, Package};
use super::site::parts;
use super::type_path::{TOKIO, TypePath};

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
