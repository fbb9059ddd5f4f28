//! What can go wrong around the files of a command line; what can go wrong in one is the renderer's.

pub(crate) mod every_job;

use std::path::{Path, PathBuf};

use tollbridge_flamegraphs::read::name_of;
use tollbridge_report::SinceError;

/// Why a verb failed. The message names the thing and the remedy.
#[derive(Debug)]
pub(crate) enum Error {
    /// Of reading, drawing or storing one file.
    Renderer(tollbridge_flamegraphs::Error),
    NoFile {
        path: PathBuf,
    },
    Since {
        later: PathBuf,
        earlier: PathBuf,
        source: SinceError,
    },
    Search {
        folder: PathBuf,
        source: std::io::Error,
    },
    NoReport {
        folder: PathBuf,
    },
    List {
        name: String,
        line: u64,
        why: &'static str,
    },
    UnreadList {
        name: String,
        source: std::io::Error,
    },
    NothingToMerge {
        given: usize,
    },
    TooFewRuns {
        old: usize,
        new: usize,
    },
    OverInput {
        input: PathBuf,
        out: PathBuf,
    },
    EveryJob(every_job::Error),
}

impl Error {
    pub(crate) fn since(later: &Path, earlier: &Path, source: SinceError) -> Self {
        Self::Since { later: later.to_owned(), earlier: earlier.to_owned(), source }
    }

    pub(crate) fn search(folder: &Path, source: std::io::Error) -> Self {
        Self::Search { folder: folder.to_owned(), source }
    }

    pub(crate) fn no_file(path: &Path) -> Self {
        Self::NoFile { path: path.to_owned() }
    }

    pub(crate) fn no_report(folder: &Path) -> Self {
        Self::NoReport { folder: folder.to_owned() }
    }

    pub(crate) fn list(name: &str, line: u64, why: &'static str) -> Self {
        Self::List { name: name.to_owned(), line, why }
    }

    pub(crate) fn unread_list(name: &str, source: std::io::Error) -> Self {
        Self::UnreadList { name: name.to_owned(), source }
    }

    pub(crate) fn over_input(input: &Path, out: &Path) -> Self {
        Self::OverInput { input: input.to_owned(), out: out.to_owned() }
    }

    /// Returns the exit code for it.
    pub(crate) fn exit_code(&self) -> u8 {
        use crate::exit;
        match self {
            Self::TooFewRuns { .. } => exit::TOO_FEW_RUNS,
            Self::OverInput { .. } => exit::UNWRITABLE_OUTPUT,
            Self::EveryJob(error) if error.is_unwritable() => exit::UNWRITABLE_OUTPUT,
            Self::Renderer(error) if error.is_undecided() => exit::UNSEEN,
            Self::Renderer(error) if error.is_unusable_input() => exit::UNUSABLE_INPUT,
            Self::Renderer(error) if error.is_unwritable() => exit::UNWRITABLE_OUTPUT,
            Self::Renderer(_) => exit::INTERNAL,
            _ => exit::UNUSABLE_INPUT,
        }
    }
}

impl From<tollbridge_flamegraphs::Error> for Error {
    fn from(error: tollbridge_flamegraphs::Error) -> Self {
        Self::Renderer(error)
    }
}

impl From<every_job::Error> for Error {
    fn from(error: every_job::Error) -> Self {
        Self::EveryJob(error)
    }
}

/// Another name in the same folder.
fn beside(out: &Path) -> PathBuf {
    let mut name = out.file_stem().unwrap_or_default().to_owned();
    name.push("-new");
    if let Some(ending) = out.extension() {
        name.push(".");
        name.push(ending);
    }
    out.with_file_name(name)
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Renderer(error) => error.fmt(f),
            Self::EveryJob(error) => error.fmt(f),
            Self::NoFile { path } => write!(
                f,
                "failed to read `{}`: it is not an ordinary file (a pipe, a device or a socket); remove it, or name it to wait for it",
                path.display()
            ),
            Self::Since { later, earlier, .. } => write!(
                f,
                "failed to subtract `{}` from `{}`; give an earlier and a later report.json of one run",
                earlier.display(),
                later.display()
            ),
            Self::Search { folder, .. } => {
                write!(f, "failed to look for reports in `{}`; give the files themselves", folder.display())
            }
            Self::NoReport { folder } => write!(
                f,
                "no report.json in or below `{}`; give the folder that holds the runs' own folders",
                folder.display()
            ),
            Self::List { name, line, why } => {
                write!(f, "failed to read the names in {name}: line {line} {why}; write one name a line")
            }
            Self::UnreadList { name, .. } => {
                write!(f, "failed to read the names in {name}; give --files-from a text file with one name a line")
            }
            Self::NothingToMerge { given: 0 } => {
                write!(f, "nothing to merge: no name is given; name reports or folders")
            }
            Self::NothingToMerge { given } => {
                write!(f, "nothing to merge: none of the {given} inputs can be used; mend one of those left out")
            }
            Self::TooFewRuns { old, new } => write!(
                f,
                "too few runs to compare: {old} before, {new} after; runs differ by themselves, and one does not tell by how \
                 much. Give at least two a side, better five, in turns: `tollbridge compare OLD... --with NEW...`"
            ),
            Self::OverInput { input, out } if input == out => write!(
                f,
                "`{}` is read, and would be written over; give another file, such as `--out {}`, or --force",
                out.display(),
                beside(out).display()
            ),
            Self::OverInput { input, out } => write!(
                f,
                "`{}` is {}, which is read, and would be written over; give another file, such as `--out {}`, or --force",
                out.display(),
                name_of(input),
                beside(out).display()
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Renderer(error) => error.source(),
            Self::EveryJob(error) => error.source(),
            Self::Since { source, .. } => Some(source),
            Self::Search { source, .. } | Self::UnreadList { source, .. } => Some(source),
            Self::NoFile { .. }
            | Self::NoReport { .. }
            | Self::List { .. }
            | Self::NothingToMerge { .. }
            | Self::TooFewRuns { .. }
            | Self::OverInput { .. } => None,
        }
    }
}
