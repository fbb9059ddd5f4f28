//! What can go wrong before the app is built. Each message names the thing and the remedy; nothing is half made then.

use std::fmt;
use std::path::PathBuf;

#[derive(Debug)]
pub(crate) enum Error {
    /// cargo cannot be started.
    Cargo(std::io::Error),
    /// `cargo metadata` failed; what it said.
    Metadata(String),
    Unread(serde_json::Error),
    NoTokio,
    Tokios(Vec<String>),
    Source {
        version: String,
        source: String,
    },
    Old(String),
    /// An anchor was not found once.
    Anchor {
        file: PathBuf,
        anchor: String,
        found: usize,
    },
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    /// The agent did not build; cargo has said why.
    Agent {
        folder: PathBuf,
    },
    NoSources,
    System,
    /// `CARGO` is cross.
    Cross,
    /// The build is for several.
    Targets(Vec<String>),
}

/// The way that takes no copy.
const IMPORT: &str = "link tollbridge and replace the import, as its README says";

impl Error {
    pub(crate) fn is_unwritable(&self) -> bool {
        matches!(self, Self::Write { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cargo(_) => {
                write!(f, "failed to run cargo; see that it is on the PATH, or that the variable CARGO names it")
            }
            Self::Metadata(said) => write!(
                f,
                "failed to read the packages of the project; run `cargo build` once, which also makes or updates Cargo.lock, which is left as it is here\n{}",
                said.trim_end()
            ),
            Self::Unread(_) => write!(f, "failed to read what `cargo metadata` printed; give a cargo of 1.85 or newer"),
            Self::NoTokio => {
                write!(f, "the project does not depend on tokio; run this in the folder of an app that does")
            }
            Self::Tokios(versions) => write!(
                f,
                "the project depends on several versions of tokio ({}), and cargo would replace all of them by one copy; see `cargo tree -i tokio@{}` \
                 for who needs the oldest, and update that",
                versions.join(", "),
                versions.first().map_or("VERSION", String::as_str)
            ),
            Self::Source { version, source } => write!(
                f,
                "tokio {version} is not from a registry but from {source}, and may differ from what is published; {IMPORT}"
            ),
            // Without `--recursive`, cargo leaves tokio as old as the packages that it needs.
            Self::Old(version) if version.starts_with("1.") => write!(
                f,
                "tokio {version} is older than 1.41, the oldest that can be copied; run `cargo update tokio --recursive`, or {IMPORT}"
            ),
            Self::Old(version) => write!(
                f,
                "tokio {version} is older than 1.41, the oldest that can be copied; see `cargo tree -i tokio` for who needs it, and update that"
            ),
            Self::Anchor { file, anchor, found } => write!(
                f,
                "`{}` has the text `{}` {found} times, where it must have it once: this tokio is not one of those that tollbridge knows; update \
                 tollbridge, or {IMPORT}",
                file.display(),
                anchor.lines().next().unwrap_or_default()
            ),
            Self::Read { path, .. } => write!(f, "failed to read `{}`; run `cargo fetch`", path.display()),
            Self::Write { path, .. } => {
                write!(
                    f,
                    "failed to write `{}`; give a folder that can be written and has room, with --target-dir for the build or CARGO_HOME for the recorder",
                    path.display()
                )
            }
            Self::Agent { folder } => write!(
                f,
                "failed to build the recorder in `{}`; see what cargo says above. Without a network it needs what `cargo install tollbridge-cli` \
                 has fetched",
                folder.display()
            ),
            Self::NoSources => {
                write!(f, "the sources of tollbridge-instrument are gone; run `cargo install tollbridge-cli` again")
            }
            Self::Cross => write!(
                f,
                "cross builds and runs in a container, which has neither the copy of tokio nor the recorder; unset the variable CARGO, install the target and \
                 its linker, and give --target; or {IMPORT}"
            ),
            Self::Targets(systems) => write!(
                f,
                "the build is for several systems at once ({}), and each needs another recorder; choose one with --target",
                systems.join(", ")
            ),
            Self::System => write!(f, "programs of this system cannot load the recorder; {IMPORT}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Cargo(source) | Self::Read { source, .. } | Self::Write { source, .. } => Some(source),
            Self::Unread(source) => Some(source),
            _ => None,
        }
    }
}
