//! A file is written under a temporary name beside its place and then renamed: a reader finds the old file or the new one.
//!
//! A temporary name is `.tollbridge-PID-N.tmp`, short whatever the file is called, and nobody else's: it has the process's number, and is
//! created only where nothing is, so that no link is followed and no two writers share one.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Result, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::limit::check_size;

const PREFIX: &str = ".tollbridge-";
const SUFFIX: &str = ".tmp";

/// The next temporary name's number.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Names that are tried: an ended process with the same number may have left some.
const TRIES: u32 = 1_000;

/// Bytes that are written at a time. The limit for files may change at any moment, so it is looked at before each part.
const PART: usize = 1 << 20;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Its owner alone, whatever the process's umask is (Unix).
    Owner,
    /// Whoever the umask lets.
    Usual,
}

/// A whole file under a temporary name. Removed when dropped.
#[derive(Debug)]
pub struct Temporary {
    path: PathBuf,
    /// Nothing is left under its name.
    is_renamed: bool,
}

impl Temporary {
    /// Writes `bytes` into a new file in `folder`.
    ///
    /// # Errors
    /// Those of creating and writing it; [`ErrorKind::FileTooLarge`] where the process's limit for files (`ulimit -f`) is lower.
    pub fn write(folder: &Path, bytes: &[u8], readers: Readers) -> Result<Self> {
        check_size(bytes.len() as u64)?;
        let (temporary, mut file) = Self::create(folder, readers)?;
        let mut end = 0;
        for part in bytes.chunks(PART) {
            end += part.len() as u64;
            check_size(end)?;
            file.write_all(part)?;
        }
        Ok(temporary)
    }

    fn create(folder: &Path, readers: Readers) -> Result<(Self, File)> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        restrict(&mut options, readers);
        let mut taken = ErrorKind::AlreadyExists.into();
        for _ in 0..TRIES {
            // ORDERING: relaxed; all that matters is that each is given once.
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{PREFIX}{}-{number}{SUFFIX}", std::process::id()));
            match options.open(&path) {
                Ok(file) => {
                    // From here on it is removed if anything fails.
                    let temporary = Self { path, is_renamed: false };
                    unmask(&file, readers)?;
                    return Ok((temporary, file));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    /// Puts the file into its place, over what is there.
    ///
    /// # Errors
    /// Those of the renaming; what was there is then untouched.
    pub fn rename(mut self, to: &Path) -> Result<()> {
        fs::rename(&self.path, to)?;
        self.is_renamed = true;
        Ok(())
    }

    /// Returns the number of the process that a file of this name belongs to, if it is a temporary name.
    #[must_use]
    pub fn owner(name: &OsStr) -> Option<u32> {
        let (pid, number) = name.to_str()?.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split_once('-')?;
        number.parse::<u32>().ok()?;
        pid.parse().ok()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_renamed {
            // It is of no use to anybody, and the error that brought us here is the one to report.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Replaces a file as a whole.
///
/// # Errors
/// Those of [`Temporary::write`] and [`Temporary::rename`]; what was there is then untouched.
pub fn replace(path: &Path, bytes: &[u8], readers: Readers) -> Result<()> {
    // A name alone is in the current directory.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Temporary::write(folder, bytes, readers)?.rename(path)
}

#[cfg(unix)]
fn restrict(options: &mut OpenOptions, readers: Readers) {
    use std::os::unix::fs::OpenOptionsExt as _;
    if readers == Readers::Owner {
        options.mode(0o600);
    }
}

/// A umask may take the owner's own rights.
#[cfg(unix)]
fn unmask(file: &File, readers: Readers) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if readers == Readers::Usual || file.metadata()?.permissions().mode() & 0o777 == 0o600 {
        return Ok(());
    }
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn restrict(_: &mut OpenOptions, _: Readers) {}

#[cfg(not(unix))]
fn unmask(_: &File, _: Readers) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_name_has_its_process() {
        for (name, owner) in [
            (".tollbridge-17-4.tmp", Some(17)),
            (".tollbridge-17.tmp", None),
            (".tollbridge-17-x.tmp", None),
            (".tollbridge--17-4.tmp", None),
            ("tollbridge-17-4.tmp", None),
            ("report.json", None),
        ] {
            assert_eq!(Temporary::owner(OsStr::new(name)), owner, "{name}");
        }
    }
}
