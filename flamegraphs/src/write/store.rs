//! Puts files into a folder, each whole or not at all: under a temporary name first, renamed once all of them are
//! written.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tollbridge_report::disk::{Readers, Temporary};

use crate::Error;
use crate::error::Fault;

/// Stores files by name, all or none, and returns their paths.
///
/// # Errors
/// [`Error::is_unwritable`], with the file or folder.
pub fn store_files<N: AsRef<OsStr>>(folder: &Path, files: &[(N, Vec<u8>)]) -> Result<Vec<PathBuf>, Error> {
    fs::create_dir_all(folder).map_err(|source| {
        let message = format!("failed to make the folder `{}`; choose another one with --out", folder.display());
        unwritable(message, source)
    })?;
    let stored = |name: &OsStr| {
        let path = folder.join(name);
        move |source| unstored(&path, source)
    };
    // All of them are written before the first has its name. What is not renamed in the end is removed.
    let written = files.iter().map(|(name, bytes)| {
        let name = name.as_ref();
        let temporary = Temporary::write(folder, bytes, Readers::Usual).map_err(stored(name))?;
        Ok((name, temporary))
    });
    let written = written.collect::<Result<Vec<_>, Error>>()?;
    let renamed = written.into_iter().map(|(name, temporary)| {
        let path = folder.join(name);
        temporary.rename(&path).map_err(stored(name))?;
        Ok(path)
    });
    renamed.collect()
}

/// Stores one file, in the folder where its path lies. What is there and is no file of a disk (`/dev/null`, a pipe) is
/// written to, not replaced.
///
/// # Errors
/// [`Error::is_unwritable`], with the file.
pub fn store_file(path: &Path, bytes: Vec<u8>) -> Result<(), Error> {
    let unwritable = |source| unstored(path, source);
    let path = match fs::metadata(path) {
        Err(source) if source.kind() == ErrorKind::NotFound => path.to_owned(),
        Err(source) => return Err(unwritable(source)),
        Ok(there) if there.is_dir() => return Err(unwritable(ErrorKind::IsADirectory.into())),
        // What a link points to is replaced, not the link.
        Ok(there) if there.is_file() => fs::canonicalize(path).map_err(unwritable)?,
        Ok(_) => return fs::write(path, &bytes).map_err(unwritable),
    };
    let name = path.file_name().ok_or_else(|| unwritable(ErrorKind::InvalidInput.into()))?;
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    store_files(folder, &[(name, bytes)]).map(|_| ())
}

fn unstored(path: &Path, source: std::io::Error) -> Error {
    unwritable(format!("failed to write `{}`; choose another place with --out", path.display()), source)
}

/// The error that a file or folder cannot be written or removed.
pub(super) fn unwritable(message: String, source: std::io::Error) -> Error {
    Fault { message, source: Some(source.into()), is_unwritable: true, ..Fault::default() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = entries.collect();
        names.sort();
        names
    }

    #[test]
    fn files_are_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        for content in ["old", "new"] {
            let paths = store_files(&inner, &[("x.svg".to_owned(), content.into())]).unwrap();
            assert_eq!(paths, [inner.join("x.svg")]);
            assert_eq!(fs::read_to_string(&paths[0]).unwrap(), content);
        }
        assert_eq!(names(&inner), ["x.svg"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_may_hold_any_bytes() {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(std::ffi::OsStr::from_bytes(b"x\xff.csv"));
        store_file(&path, b"x".to_vec()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"x");
    }

    /// A temporary name that held the file's own would be longer than any may be.
    #[test]
    fn a_file_may_have_as_long_a_name_as_any() {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("{}.svg", "x".repeat(251));
        let paths = store_files(folder.path(), &[(name.clone(), b"x".to_vec())]).unwrap();
        assert_eq!((fs::read(&paths[0]).unwrap(), names(folder.path())), (b"x".to_vec(), vec![name]));
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named_and_leaves_no_part() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("y.svg")).unwrap();
        let files = [("x.svg".to_owned(), b"x".to_vec()), ("y.svg".to_owned(), b"y".to_vec())];
        let error = store_files(folder.path(), &files).unwrap_err();
        assert!(error.is_unwritable() && error.to_string().contains("y.svg"), "{error}");
        assert!(!names(folder.path()).iter().any(|name| name.contains("tmp")));
    }

    #[test]
    fn a_folder_that_is_a_file_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = store_files::<&str>(file.path(), &[]).unwrap_err();
        assert!(error.is_unwritable() && error.to_string().contains(&*file.path().to_string_lossy()), "{error}");
    }
}
