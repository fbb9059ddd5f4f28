//! The folder of a run, and the report in it. All of it is the writing thread's: a file system may not answer.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::disk::{self, Readers, Temporary};
use crate::record;

use super::age;
use super::error::Error;
use super::place::Place;

/// Name of the report's file.
pub(super) const REPORT: &str = "report.json";

/// The longest part of a folder's name, in bytes, that an executable's name makes up: names of files have up to 255, and the rest needs some
/// 30 of them.
const LONGEST: usize = 200;

/// What the folders of the calling process's runs begin with.
pub(super) fn executable() -> String {
    beginning(record::executable())
}

fn beginning(mut name: String) -> String {
    name.truncate((0..=LONGEST).rev().find(|&end| name.is_char_boundary(end)).unwrap_or_default());
    name
}

/// A folder that was there once.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    /// Absolute, so that an app that changes its directory still finds it.
    path: PathBuf,
    /// Whether it was made for this run.
    made: bool,
}

impl Folder {
    /// Makes the folder of a run.
    pub(super) fn make(place: &Place) -> Result<Self, Error> {
        match place {
            Place::Below { base, .. } => Self::unique(base),
            Place::Exactly(path) => Self::exact(path),
        }
    }

    /// Makes `EXE-PID-TIME` in `base`; TIME in seconds since 1970.
    fn unique(base: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(base).map_err(|error| Error::folder(base, error))?;
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let name = format!("{}-{}-{seconds}", executable(), std::process::id());
        // The same process may arm twice in a second.
        for suffix in std::iter::once(String::new()).chain((2..100).map(|n| format!("-{n}"))) {
            let path = base.join(format!("{name}{suffix}"));
            match make_private(&path) {
                Ok(()) => return Ok(Self { path, made: true }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::folder(&path, error)),
            }
        }
        Err(Error::folder(&base.join(name), ErrorKind::AlreadyExists.into()))
    }

    /// Makes `path` itself, unless it is there. What processes that are no more have left there half written is removed.
    fn exact(path: &Path) -> Result<Self, Error> {
        let made = make_with_parents(path).map_err(|error| Error::folder(path, error))?;
        if !made {
            remove_leftovers(path);
        }
        Ok(Self { path: path.to_owned(), made })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn report(&self) -> PathBuf {
        self.path.join(REPORT)
    }

    /// Stores the report's text. If the folder is not there any more, it is made again.
    pub(super) fn store(&self, text: &[u8]) -> Result<(), Error> {
        let replace = || disk::replace(&self.report(), text, Readers::Owner);
        let stored = match replace() {
            // A file system may say that in words of its own, such as ESTALE.
            Err(error) if error.kind() == ErrorKind::NotFound || !self.path.is_dir() => {
                make_with_parents(&self.path).and_then(|_| replace())
            }
            stored => stored,
        };
        stored.map_err(|error| Error::folder(&self.path, error))
    }

    /// Removes the folder of a run that is to leave nothing, with its report; one that was there before stays.
    pub(super) fn discard(&self) {
        if self.made {
            // What cannot be removed is left as it is: a run without a hop.
            let _ = std::fs::remove_file(self.report());
            self.take_back();
        }
    }

    /// Takes back a folder that came to no use; one that was there before stays.
    pub(super) fn take_back(&self) {
        if self.made {
            // One that holds something by now is of use to somebody.
            let _ = std::fs::remove_dir(&self.path);
        }
    }
}

/// Makes a folder, and those above it. Says whether it was not there.
fn make_with_parents(path: &Path) -> std::io::Result<bool> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    match make_private(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes a folder that its owner alone may look into, whatever the umask is.
#[cfg(unix)]
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    const OWNER: u32 = 0o700;
    std::fs::DirBuilder::new().mode(OWNER).create(path)?;
    // A umask may take the owner's own rights; as a rule there is nothing to do.
    if path.symlink_metadata()?.permissions().mode() & 0o777 != OWNER {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(OWNER))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> std::io::Result<()> {
    std::fs::create_dir(path)
}

/// Removes temporary files of processes that are no more, and those of an earlier process that had the number of this one. Young ones stay: they may be
/// written by a process of another host.
fn remove_leftovers(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let is_left = Temporary::owner(&entry.file_name()).is_some_and(age::is_gone);
        if is_left && age::is_old(&entry.path()) {
            // Another process may have been faster.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_of_an_executable_is_cut_between_letters() {
        assert_eq!(beginning("app".to_owned()), "app");
        assert_eq!(beginning("a".repeat(255)), "a".repeat(LONGEST));
        assert_eq!(beginning(format!("a{}", "é".repeat(127))), format!("a{}", "é".repeat(LONGEST / 2 - 1)));
    }
}
