//! What can go wrong between a file and a picture of it.

use std::path::{Path, PathBuf};

use tollbridge_report::{FORMAT, ReadError};

/// Why something could not be read, drawn or stored. The message names the thing and the remedy; the cause behind it is
/// its [`source`](std::error::Error::source).
#[derive(Debug)]
pub struct Error(Box<Kind>);

#[derive(Debug)]
enum Kind {
    Open { path: PathBuf, source: std::io::Error },
    Directory { path: PathBuf },
    Read { name: String, source: std::io::Error },
    Empty { name: String },
    Foreign { name: String, found: String, remedy: String },
    Damaged { name: String, source: ReadError },
    Packed { name: String, packing: &'static str, source: std::io::Error },
    Mixed { name: String },
    NothingToDraw { name: Option<String>, why: &'static str },
    GivenTwice { first: PathBuf, second: PathBuf, process: Option<String> },
    Incomparable { name: String, why: String },
    Undecided { why: String },
    Folder { path: PathBuf, source: std::io::Error },
    Store { path: PathBuf, source: std::io::Error },
    Remove { path: PathBuf, source: std::io::Error },
    Draw { picture: String, source: std::io::Error },
}

impl Error {
    pub(crate) fn open(path: &Path, source: std::io::Error) -> Self {
        Self(Box::new(Kind::Open { path: path.to_owned(), source }))
    }

    pub(crate) fn directory(path: &Path) -> Self {
        Self(Box::new(Kind::Directory { path: path.to_owned() }))
    }

    pub(crate) fn read(name: &str, source: std::io::Error) -> Self {
        Self(Box::new(Kind::Read { name: name.to_owned(), source }))
    }

    pub(crate) fn empty(name: &str) -> Self {
        Self(Box::new(Kind::Empty { name: name.to_owned() }))
    }

    pub(crate) fn foreign(name: &str, found: String, remedy: String) -> Self {
        Self(Box::new(Kind::Foreign { name: name.to_owned(), found, remedy }))
    }

    pub(crate) fn damaged(name: &str, source: ReadError) -> Self {
        Self(Box::new(Kind::Damaged { name: name.to_owned(), source }))
    }

    pub(crate) fn packed(name: &str, packing: &'static str, source: std::io::Error) -> Self {
        Self(Box::new(Kind::Packed { name: name.to_owned(), packing, source }))
    }

    /// `process`: what the two have in common, unless they are one file.
    pub(crate) fn given_twice(first: &Path, second: &Path, process: Option<String>) -> Self {
        Self(Box::new(Kind::GivenTwice { first: first.to_owned(), second: second.to_owned(), process }))
    }

    pub(crate) fn mixed(name: &str) -> Self {
        Self(Box::new(Kind::Mixed { name: name.to_owned() }))
    }

    pub(crate) fn nothing_to_draw(why: &'static str) -> Self {
        Self(Box::new(Kind::NothingToDraw { name: None, why }))
    }

    pub(crate) fn folder(path: &Path, source: std::io::Error) -> Self {
        Self(Box::new(Kind::Folder { path: path.to_owned(), source }))
    }

    pub(crate) fn store(path: &Path, source: std::io::Error) -> Self {
        Self(Box::new(Kind::Store { path: path.to_owned(), source }))
    }

    pub(crate) fn remove(path: &Path, source: std::io::Error) -> Self {
        Self(Box::new(Kind::Remove { path: path.to_owned(), source }))
    }

    pub(crate) fn draw(picture: &str, source: std::io::Error) -> Self {
        Self(Box::new(Kind::Draw { picture: picture.to_owned(), source }))
    }

    pub(crate) fn incomparable(name: &str, why: String) -> Self {
        Self(Box::new(Kind::Incomparable { name: name.to_owned(), why }))
    }

    pub(crate) fn undecided(why: String) -> Self {
        Self(Box::new(Kind::Undecided { why }))
    }

    /// Names the files, if the error does not know where its report came from.
    #[must_use]
    pub fn in_files(mut self, files: &[PathBuf]) -> Self {
        if let Kind::NothingToDraw { name, .. } = &mut *self.0 {
            *name = Some(files.iter().map(|file| crate::read::name_of(file)).collect::<Vec<_>>().join(", "));
        }
        self
    }

    /// Whether a gate has nothing to decide by.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        matches!(*self.0, Kind::Undecided { .. })
    }

    /// Whether the input is at fault: missing, unreadable, damaged, foreign, not of the run that is asked for, given twice, not
    /// to be compared, or without a single hop to draw.
    #[must_use]
    pub fn is_unusable_input(&self) -> bool {
        matches!(
            *self.0,
            Kind::Open { .. }
                | Kind::Directory { .. }
                | Kind::Read { .. }
                | Kind::Empty { .. }
                | Kind::Foreign { .. }
                | Kind::Damaged { .. }
                | Kind::Packed { .. }
                | Kind::Mixed { .. }
                | Kind::NothingToDraw { .. }
                | Kind::GivenTwice { .. }
                | Kind::Incomparable { .. }
                | Kind::Undecided { .. }
        )
    }

    /// Whether a picture or its folder could not be written, or one of an earlier run not removed.
    #[must_use]
    pub fn is_unwritable(&self) -> bool {
        matches!(*self.0, Kind::Folder { .. } | Kind::Store { .. } | Kind::Remove { .. })
    }

    /// Whether the report is fine and holds nothing that a picture could show.
    #[must_use]
    pub fn is_nothing_to_draw(&self) -> bool {
        matches!(*self.0, Kind::NothingToDraw { .. })
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &*self.0 {
            Kind::Open { path, .. } => {
                write!(f, "failed to open `{}`; give a report.json or a log of the app", path.display())
            }
            Kind::Directory { path } => write!(
                f,
                "failed to read `{0}`: it is a folder; give a file in it, such as `{1}`",
                path.display(),
                path.join("report.json").display()
            ),
            Kind::Read { name, .. } => write!(f, "failed to read {name} to its end; check the disk and try again"),
            Kind::Empty { name } => {
                write!(f, "failed to read {name}: it is empty; a log of the app needs RUST_LOG=info,tollbridge=trace")
            }
            Kind::Foreign { name, found, remedy } => write!(
                f,
                "failed to read {name}: neither a tollbridge report nor a log with hops in it ({found}); {remedy}"
            ),
            Kind::Damaged { name, source: ReadError::Format { found } } if *found > FORMAT => {
                write!(f, "failed to read the report in {name}: it was made by a newer tollbridge; update this one")
            }
            Kind::Damaged { name, .. } => {
                write!(f, "failed to read the report in {name}; take a whole one from the run's folder, or run again")
            }
            Kind::Packed { name, packing, .. } => {
                write!(f, "failed to unpack {name}: its {packing} data is damaged; take another copy of it")
            }
            Kind::Mixed { name } => write!(
                f,
                "failed to add {name}: reports and logs do not mix, since a report may hold a log's hops already; give \
                 one kind, or make reports of the logs with `tollbridge report LOG... --json`"
            ),
            Kind::NothingToDraw { name: None, why } => write!(f, "nothing to draw: {why}"),
            Kind::NothingToDraw { name: Some(name), why } => write!(f, "nothing to draw in {name}: {why}"),
            Kind::GivenTwice { first, second, process: None } => {
                write!(f, "`{}` and `{}` are the same file; give each once", first.display(), second.display())
            }
            Kind::GivenTwice { first, second, process: Some(process) } => write!(
                f,
                "`{}` and `{}` are both of {process}, whose hops would count twice; give the later one alone, or, if \
                 they are of two hosts, --allow-same to `merge` or `compare`",
                first.display(),
                second.display()
            ),
            Kind::Incomparable { name, why } => write!(f, "failed to compare {name}: {why}"),
            Kind::Undecided { why } => write!(f, "nothing to decide --fail-over by: {why}"),
            Kind::Folder { path, .. } => {
                write!(f, "failed to make the folder `{}`; choose another one with --out", path.display())
            }
            Kind::Store { path, .. } => {
                write!(f, "failed to write `{}`; choose another place with --out", path.display())
            }
            Kind::Remove { path, .. } => write!(
                f,
                "failed to remove `{}`, which is not of this report; remove it, or choose another folder with --out",
                path.display()
            ),
            Kind::Draw { picture, .. } => {
                write!(f, "failed to draw {picture}; this is a bug in tollbridge")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Kind::Open { source, .. }
            | Kind::Read { source, .. }
            | Kind::Packed { source, .. }
            | Kind::Folder { source, .. }
            | Kind::Store { source, .. }
            | Kind::Remove { source, .. }
            | Kind::Draw { source, .. } => Some(source),
            Kind::Damaged { source, .. } => Some(source),
            Kind::Directory { .. }
            | Kind::Empty { .. }
            | Kind::Foreign { .. }
            | Kind::Mixed { .. }
            | Kind::NothingToDraw { .. }
            | Kind::GivenTwice { .. }
            | Kind::Incomparable { .. }
            | Kind::Undecided { .. } => None,
        }
    }
}
