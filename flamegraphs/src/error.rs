//! What can go wrong between a file and a picture of it.

use std::path::{Path, PathBuf};

use tollbridge_report::{FORMAT, ReadError, SinceError};

/// Why something could not be read, drawn or stored. The message names the thing and the remedy; the cause behind it is
/// its [`source`](std::error::Error::source).
#[derive(Debug)]
pub struct Error(Box<Kind>);

#[derive(Debug)]
enum Kind {
    Open { path: PathBuf, source: std::io::Error },
    Directory { path: PathBuf },
    NoFile { path: PathBuf },
    Read { name: String, source: std::io::Error },
    Empty { name: String },
    Foreign { name: String, found: String, remedy: String },
    Damaged { name: String, source: ReadError },
    Packed { name: String, packing: &'static str, source: std::io::Error },
    Mixed { name: String },
    Since { later: PathBuf, earlier: PathBuf, source: SinceError },
    NothingToDraw { name: Option<String>, why: &'static str },
    Search { folder: PathBuf, source: std::io::Error },
    NoReport { folder: PathBuf },
    List { name: String, line: u64, why: &'static str },
    UnreadList { name: String, source: std::io::Error },
    GivenTwice { first: PathBuf, second: PathBuf, process: Option<String> },
    NothingToMerge { given: usize },
    Incomparable { name: String, why: String },
    TooFewRuns { old: usize, new: usize },
    Undecided { why: String },
    OverInput { input: PathBuf, out: PathBuf },
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

    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "only the command subtracts files"))]
    pub(crate) fn since(later: &Path, earlier: &Path, source: SinceError) -> Self {
        Self(Box::new(Kind::Since { later: later.to_owned(), earlier: earlier.to_owned(), source }))
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

    /// Whether the input is at fault: missing, unreadable, damaged, foreign, not of the run that is asked for, given twice, not
    /// to be compared, or without a single hop to draw.
    #[must_use]
    pub fn is_unusable_input(&self) -> bool {
        matches!(
            *self.0,
            Kind::Open { .. }
                | Kind::Directory { .. }
                | Kind::NoFile { .. }
                | Kind::Read { .. }
                | Kind::Empty { .. }
                | Kind::Foreign { .. }
                | Kind::Damaged { .. }
                | Kind::Packed { .. }
                | Kind::Mixed { .. }
                | Kind::Since { .. }
                | Kind::NothingToDraw { .. }
                | Kind::Search { .. }
                | Kind::NoReport { .. }
                | Kind::List { .. }
                | Kind::UnreadList { .. }
                | Kind::GivenTwice { .. }
                | Kind::NothingToMerge { .. }
                | Kind::Incomparable { .. }
                | Kind::TooFewRuns { .. }
                | Kind::Undecided { .. }
        )
    }

    /// Whether a picture or its folder could not be written, or one of an earlier run not removed.
    #[must_use]
    pub fn is_unwritable(&self) -> bool {
        matches!(*self.0, Kind::OverInput { .. } | Kind::Folder { .. } | Kind::Store { .. } | Kind::Remove { .. })
    }

    /// Whether the report is fine and holds nothing that a picture could show.
    #[must_use]
    pub fn is_nothing_to_draw(&self) -> bool {
        matches!(*self.0, Kind::NothingToDraw { .. })
    }
}

/// Those of several files, which the command alone looks for.
#[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "the command's own"))]
impl Error {
    pub(crate) fn search(folder: &Path, source: std::io::Error) -> Self {
        Self(Box::new(Kind::Search { folder: folder.to_owned(), source }))
    }

    pub(crate) fn no_file(path: &Path) -> Self {
        Self(Box::new(Kind::NoFile { path: path.to_owned() }))
    }

    pub(crate) fn no_report(folder: &Path) -> Self {
        Self(Box::new(Kind::NoReport { folder: folder.to_owned() }))
    }

    pub(crate) fn list(name: &str, line: u64, why: &'static str) -> Self {
        Self(Box::new(Kind::List { name: name.to_owned(), line, why }))
    }

    pub(crate) fn unread_list(name: &str, source: std::io::Error) -> Self {
        Self(Box::new(Kind::UnreadList { name: name.to_owned(), source }))
    }

    /// Names the files, if the error does not know where its report came from.
    pub(crate) fn of(mut self, files: &[PathBuf]) -> Self {
        if let Kind::NothingToDraw { name, .. } = &mut *self.0 {
            *name = Some(files.iter().map(|file| crate::read::name_of(file)).collect::<Vec<_>>().join(", "));
        }
        self
    }

    pub(crate) fn over_input(input: &Path, out: &Path) -> Self {
        Self(Box::new(Kind::OverInput { input: input.to_owned(), out: out.to_owned() }))
    }

    pub(crate) fn nothing_to_merge(given: usize) -> Self {
        Self(Box::new(Kind::NothingToMerge { given }))
    }

    pub(crate) fn too_few_runs(old: usize, new: usize) -> Self {
        Self(Box::new(Kind::TooFewRuns { old, new }))
    }

    pub(crate) fn is_too_few_runs(&self) -> bool {
        matches!(*self.0, Kind::TooFewRuns { .. })
    }

    /// A gate has nothing to decide by.
    pub(crate) fn is_undecided(&self) -> bool {
        matches!(*self.0, Kind::Undecided { .. })
    }

    pub(crate) fn undecided(why: String) -> Self {
        Self(Box::new(Kind::Undecided { why }))
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
            Kind::NoFile { path } => write!(
                f,
                "failed to read `{}`: it is not an ordinary file (a pipe, a device or a socket); remove it, or name it to wait for it",
                path.display()
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
            Kind::Since { later, earlier, .. } => write!(
                f,
                "failed to subtract `{}` from `{}`; give an earlier and a later report.json of one run",
                earlier.display(),
                later.display()
            ),
            Kind::NothingToDraw { name: None, why } => write!(f, "nothing to draw: {why}"),
            Kind::NothingToDraw { name: Some(name), why } => write!(f, "nothing to draw in {name}: {why}"),
            Kind::Search { folder, .. } => {
                write!(f, "failed to look for reports in `{}`; give the files themselves", folder.display())
            }
            Kind::NoReport { folder } => write!(
                f,
                "no report.json in or below `{}`; give the folder that holds the runs' own folders",
                folder.display()
            ),
            Kind::List { name, line, why } => {
                write!(f, "failed to read the names in {name}: line {line} {why}; write one name a line")
            }
            Kind::UnreadList { name, .. } => {
                write!(f, "failed to read the names in {name}; give --files-from a text file with one name a line")
            }
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
            Kind::NothingToMerge { given: 0 } => {
                write!(f, "nothing to merge: no name is given; name reports or folders")
            }
            Kind::NothingToMerge { given } => {
                write!(f, "nothing to merge: none of the {given} inputs can be used; mend one of those left out")
            }
            Kind::Incomparable { name, why } => write!(f, "failed to compare {name}: {why}"),
            Kind::TooFewRuns { old, new } => write!(
                f,
                "too few runs to compare: {old} before, {new} after; runs differ by themselves, and one does not tell by how \
                 much. Give at least two a side, better five, in turns: `tollbridge compare OLD... --with NEW...`"
            ),
            Kind::Undecided { why } => write!(f, "nothing to decide --fail-over by: {why}"),
            Kind::OverInput { input, out } if input == out => write!(
                f,
                "`{}` is read, and would be written over; give another file, such as `--out {}`, or --force",
                out.display(),
                beside(out).display()
            ),
            Kind::OverInput { input, out } => write!(
                f,
                "`{}` is {}, which is read, and would be written over; give another file, such as `--out {}`, or --force",
                out.display(),
                crate::read::name_of(input),
                beside(out).display()
            ),
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
            | Kind::Draw { source, .. }
            | Kind::Search { source, .. }
            | Kind::UnreadList { source, .. } => Some(source),
            Kind::Damaged { source, .. } => Some(source),
            Kind::Since { source, .. } => Some(source),
            Kind::Directory { .. }
            | Kind::NoFile { .. }
            | Kind::Empty { .. }
            | Kind::Foreign { .. }
            | Kind::Mixed { .. }
            | Kind::NothingToDraw { .. }
            | Kind::NoReport { .. }
            | Kind::List { .. }
            | Kind::GivenTwice { .. }
            | Kind::NothingToMerge { .. }
            | Kind::Incomparable { .. }
            | Kind::OverInput { .. }
            | Kind::TooFewRuns { .. }
            | Kind::Undecided { .. } => None,
        }
    }
}
