//! The folder of a run.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use tollbridge_instrument::ledger;

use super::error::Error;

/// Name of the report's file.
const REPORT: &str = "report.json";

/// A folder that exists.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    /// Absolute, so that an app that changes its directory still finds it.
    path: PathBuf,
    /// Whether it was made for this run.
    made: bool,
    /// Whether it is in `/` only because that is the current directory.
    strayed: bool,
}

impl Folder {
    /// Makes `EXE-PID-TIME` in `base`; TIME in seconds since 1970.
    pub(super) fn unique(base: &Path) -> Result<Self, Error> {
        let strayed = is_strayed(base);
        let base = &absolute(base)?;
        std::fs::create_dir_all(base).map_err(|error| Error::folder(base, error))?;
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let name = format!("{}-{}-{seconds}", ledger::executable(), std::process::id());
        // The same process may arm twice in a second.
        for suffix in std::iter::once(String::new()).chain((2..100).map(|n| format!("-{n}"))) {
            let path = base.join(format!("{name}{suffix}"));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path, made: true, strayed }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::folder(&path, error)),
            }
        }
        let error = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
        Err(Error::folder(&base.join(name), error))
    }

    /// Makes `path` itself, unless it is there.
    pub(super) fn exact(path: &Path) -> Result<Self, Error> {
        let strayed = is_strayed(path);
        let path = absolute(path)?;
        let made = !path.exists();
        std::fs::create_dir_all(&path).map_err(|error| Error::folder(&path, error))?;
        Ok(Self { path, made, strayed })
    }

    /// Whether the folder was given as a relative path while the current directory is `/`: that of a daemon, where nobody
    /// looks for a report.
    pub(super) fn is_strayed(&self) -> bool {
        self.strayed
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn report(&self) -> PathBuf {
        self.path.join(REPORT)
    }

    /// Takes back a folder that came to no use; one that was there before stays.
    pub(super) fn take_back(&self) {
        if self.made {
            // One that holds something by now is of use to somebody.
            let _ = std::fs::remove_dir(&self.path);
        }
    }
}

/// The path as it is found from any directory. Links in it stay what they are.
fn absolute(path: &Path) -> Result<PathBuf, Error> {
    // An empty path is the current directory, which `absolute` refuses to say.
    let given = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    std::path::absolute(given).map_err(|error| Error::folder(path, error))
}

fn is_strayed(path: &Path) -> bool {
    path.is_relative() && std::env::current_dir().is_ok_and(|current| current.parent().is_none())
}
