//! Many files: which they are, and reading them all, a few at a time.

use std::ffi::OsStr;
use std::io::BufRead;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use indicatif::{ProgressBar, ProgressStyle};
use tollbridge_report::{Merger, Report};

use crate::error::Error;
use crate::standard;
use tollbridge_flamegraphs::read::{self, Input};

/// Name of a run's report.
pub(crate) const REPORT: &str = "report.json";

/// A file to read.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    path: PathBuf,
    /// The user named the folder, not the file.
    in_folder: bool,
}

impl Found {
    fn named(path: &Path) -> Self {
        Self { path: path.to_owned(), in_folder: false }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it. Who names a pipe wants to wait for it; one that somebody left in a folder would hold up all of it for good.
    fn open(&self) -> Result<Input, Error> {
        let ordinary = !self.in_folder || std::fs::metadata(&self.path).map_or(true, |found| found.is_file());
        if ordinary { Ok(read::open_primary(&self.path)?) } else { Err(Error::no_file(&self.path)) }
    }
}

/// The files that names stand for: a folder for every report.json in or below it, in the order of their names.
pub(crate) fn found(names: &[PathBuf]) -> Result<Vec<Found>, Error> {
    let mut files = Vec::new();
    for name in names {
        if !name.is_dir() {
            files.push(Found::named(name));
            continue;
        }
        let before = files.len();
        for entry in walkdir::WalkDir::new(name).sort_by_file_name() {
            let entry = entry.map_err(|error| Error::search(name, error.into()))?;
            if entry.file_name() == REPORT && !entry.file_type().is_dir() {
                files.push(Found { path: entry.into_path(), in_folder: true });
            }
        }
        if files.len() == before {
            return Err(Error::no_report(name));
        }
    }
    Ok(files)
}

/// What several files are called: the first one's name, and how many follow.
pub(crate) fn and_more(first: &Path, files: &[PathBuf]) -> String {
    let first = first.display();
    if files.len() < 2 { first.to_string() } else { format!("{first} and {} more", files.len() - 1) }
}

/// A file's name without its ending, and without that of what it is packed with.
pub(crate) fn stem(file: &Path) -> &OsStr {
    let stem = file.file_stem().unwrap_or_default();
    let packed = file.extension().is_some_and(|ending| ending == "gz" || ending == "zst");
    if packed { Path::new(stem).file_stem().unwrap_or(stem) } else { stem }
}

/// The names in a file, one a line; `-` is standard input.
pub(crate) fn listed(list: &Path) -> Result<Vec<PathBuf>, Error> {
    if standard::is_standard(list) {
        return names(std::io::stdin().lock(), "standard input");
    }
    let name = format!("`{}`", list.display());
    let opened = std::fs::File::open(list).map_err(|source| Error::unread_list(&name, source))?;
    names(std::io::BufReader::new(opened), &name)
}

fn names(mut list: impl BufRead, name: &str) -> Result<Vec<PathBuf>, Error> {
    let (mut names, mut line, mut number) = (Vec::new(), Vec::new(), 0);
    while list.read_until(b'\n', &mut line).map_err(|source| Error::unread_list(name, source))? > 0 {
        number += 1;
        while let [.., b'\n' | b'\r'] = &line[..] {
            line.pop();
        }
        if !line.is_empty() {
            // As `find -print0` parts them, or of UTF-16.
            if line.contains(&0) {
                return Err(Error::list(name, number, "holds a NUL"));
            }
            names.push(path(&line).ok_or_else(|| Error::list(name, number, "is no UTF-8"))?);
        }
        line.clear();
    }
    Ok(names)
}

/// A name may be any bytes where the system takes them.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere not every name is one")]
fn path(name: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(OsStr::from_bytes(name).into())
}

#[cfg(not(unix))]
fn path(name: &[u8]) -> Option<PathBuf> {
    Some(std::str::from_utf8(name).ok()?.into())
}

/// Hands every file's contents to `each`, in the files' order, until that fails, and gives the sum of what `each` gives back.
/// Some files are read ahead, so memory does not grow with their number. A terminal sees how far it is.
///
/// The thread that read a report adds it up too: the memory that a report takes is given back where it was taken, without
/// threads waiting for one another, and adding up takes turns with reading on every processor.
pub(crate) fn read_all<E>(
    files: &[Found],
    mut each: impl FnMut(&Path, Result<Input, Error>) -> Result<Option<Report>, E>,
) -> Result<Merger, E> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(files.len());
    let bar = progress(files.len());
    let sum = std::thread::scope(|scope| {
        // Thread i reads every file whose turn is i, so that taking turns gives the files back in their order.
        let turns: Vec<_> = (0..threads)
            .map(|turn| {
                let (sender, inputs) = sync_channel(1);
                let (reports, receiver) = channel();
                let reader =
                    scope.spawn(move || read_some(files.iter().skip(turn).step_by(threads), sender, &receiver));
                (inputs, reports, reader)
            })
            .collect();
        for (file, (inputs, reports, _)) in files.iter().zip(turns.iter().cycle()) {
            // A thread that is gone has panicked, which is passed on below.
            let Ok(input) = inputs.recv() else { break };
            if let Some(report) = each(&file.path, input)? {
                let _ = reports.send(report);
            }
            bar.inc(1);
        }
        let mut sum = Merger::default();
        for (_, reports, reader) in turns {
            drop(reports);
            sum.append(reader.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        Ok(sum)
    });
    bar.finish_and_clear();
    sum
}

/// Sends the contents of some files, and adds up what comes back.
fn read_some<'a>(
    files: impl Iterator<Item = &'a Found>,
    inputs: SyncSender<Result<Input, Error>>,
    reports: &Receiver<Report>,
) -> Merger {
    let mut sum = Merger::default();
    for file in files {
        if inputs.send(file.open()).is_err() {
            // Nobody wants more: an earlier file has failed.
            return sum;
        }
        reports.try_iter().for_each(|report| sum.add(report));
    }
    drop(inputs);
    reports.iter().for_each(|report| sum.add(report));
    sum
}

/// A bar that draws nothing where standard error is no terminal.
fn progress(files: usize) -> ProgressBar {
    ProgressBar::new(files as u64).with_style(
        ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} files, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_hold_a_name_a_line() {
        let found = names(&b"a b.json\r\n\n c\n-"[..], "x").unwrap();
        assert_eq!(found, ["a b.json", " c", "-"].map(PathBuf::from));
        let error = names(&b"a\nb\0c\n"[..], "`x`").unwrap_err();
        assert!(
            error.exit_code() == crate::exit::UNUSABLE_INPUT && error.to_string().contains("`x`: line 2 holds a NUL"),
            "{error}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_name_in_a_list_is_any_bytes() {
        let found = names(&b"a\n\xff b\n"[..], "x").unwrap();
        assert_eq!(
            found.iter().map(|path| path.as_os_str().as_encoded_bytes()).collect::<Vec<_>>(),
            [&b"a"[..], b"\xff b"]
        );
    }

    #[test]
    fn files_come_in_their_order_and_stop_where_told() {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<PathBuf> = (0..50).map(|i| folder.path().join(format!("{i}"))).collect();
        let all: Vec<Found> = files.iter().map(|file| Found::named(file)).collect();
        let mut seen = Vec::new();
        read_all(&all, |file, input| {
            seen.push(file.to_owned());
            assert!(input.is_err());
            Ok::<_, ()>(None)
        })
        .unwrap();
        assert_eq!(seen, files);
        let mut left = 7;
        let stopped = read_all(&all, |file, _| {
            left -= 1;
            if left == 0 { Err(file.to_owned()) } else { Ok(None) }
        });
        assert_eq!(stopped.err(), Some(files[6].clone()));
    }
}
