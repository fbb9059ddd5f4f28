//! Folders of earlier runs. They are the user's and stay, unless `TOLLBRIDGE_KEEP` says how many are to be kept.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tollbridge_instrument::disk::Temporary;

use super::changes::RENEWED;
use super::folder::REPORT;
use super::process;

/// Above this many runs of an executable in a folder, `init` says so.
pub(super) const MANY: usize = 100;

/// Folders that go at one `init`, at most, since `init` waits for it. The next one removes more.
const AT_ONCE: usize = 500;

/// Entries of a folder that are looked at, at most: those of others may be any number.
const LOOKED_AT: usize = 10_000;

/// Where a report says whether its run has ended: at its beginning.
const HEAD: u64 = 4_096;

/// The folders of an executable's runs in `base`, as far as they are looked at, oldest first.
pub(super) fn runs(base: &Path, executable: &str) -> Vec<Run> {
    let entries = fs::read_dir(base).into_iter().flatten().take(LOOKED_AT).filter_map(Result::ok);
    let mut runs: Vec<Run> = entries
        // A link to a folder is none.
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| Run::of(entry.path(), entry.file_name().to_str()?, executable))
        .collect();
    runs.sort_by_key(|run| run.begun);
    runs
}

/// Removes the oldest runs that have ended, until no more than `keep` are left. `own` is never among them. A folder into which somebody has put
/// something is that somebody's: it stays, and does not count.
pub(super) fn prune(runs: &[Run], keep: usize, own: &Path) {
    let plain: Vec<(&Run, Vec<PathBuf>)> = runs.iter().filter_map(|run| Some((run, run.own_files()?))).collect();
    let surplus = plain.len().saturating_sub(keep).min(AT_ONCE);
    let ended = plain.iter().filter(|(run, _)| run.path != own && run.has_ended());
    ended.filter(|(run, files)| run.remove(files)).take(surplus).for_each(drop);
}

/// The folder of a run.
#[derive(Debug)]
pub(super) struct Run {
    path: PathBuf,
    pid: u32,
    /// Seconds since 1970, and which of that second.
    begun: (u64, u32),
}

impl Run {
    /// `EXE-PID-TIME` or `EXE-PID-TIME-N`.
    fn of(path: PathBuf, name: &str, executable: &str) -> Option<Self> {
        /// Fewer digits are a part of another executable's name, not the time of a run.
        const YEAR_2001: u64 = 1_000_000_000;
        let mut parts = name.strip_prefix(executable)?.strip_prefix('-')?.split('-');
        let (pid, time) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let which = parts.next().map_or(Some(1), |part| part.parse().ok().filter(|which| (2..100).contains(which)))?;
        (time >= YEAR_2001 && parts.next().is_none()).then_some(Self { path, pid, begun: (time, which) })
    }

    /// Whether nobody writes into it any more. What cannot be told is not taken for an end until its report is older than
    /// that of a living process can be.
    fn has_ended(&self) -> bool {
        if self.is_complete() {
            return true;
        }
        // This process may have been there before under its number, or, where containers share a folder, another one that lives.
        let is_alive = if self.pid == std::process::id() { None } else { process::is_alive(self.pid) };
        is_alive.map_or_else(|| self.is_old(), |is_alive| !is_alive)
    }

    /// Whether the report says that its capture was ended.
    fn is_complete(&self) -> bool {
        let report = self.path.join(REPORT);
        // Never a pipe, which would be waited for.
        if !fs::symlink_metadata(&report).is_ok_and(|metadata| metadata.is_file()) {
            return false;
        }
        let mut head = Vec::new();
        let read = fs::File::open(report).and_then(|file| file.take(HEAD).read_to_end(&mut head));
        // A name in the report has its quotes escaped, so this is the member.
        read.is_ok() && String::from_utf8_lossy(&head).contains(",\"complete\":true")
    }

    /// Whether a living process would have written since.
    fn is_old(&self) -> bool {
        let at = |path: &Path| fs::symlink_metadata(path).and_then(|metadata| metadata.modified()).ok();
        let age = |at: SystemTime| SystemTime::now().duration_since(at).ok();
        // A clock that was set back says nothing.
        at(&self.path.join(REPORT)).or_else(|| at(&self.path)).and_then(age).is_some_and(|age| age > 2 * RENEWED)
    }

    /// The files in the folder, if they are tollbridge's own and nothing else is there.
    fn own_files(&self) -> Option<Vec<PathBuf>> {
        let own = |entry: fs::DirEntry| {
            let name = entry.file_name();
            let is_own = entry.file_type().is_ok_and(|kind| kind.is_file())
                && (name == REPORT || Temporary::owner(&name).is_some());
            is_own.then(|| entry.path())
        };
        // One that cannot be looked into is somebody else's.
        fs::read_dir(&self.path).ok()?.map(|entry| own(entry.ok()?)).collect()
    }

    /// Removes the folder with these files. Says whether it is gone: what somebody has put there since keeps it.
    fn remove(&self, files: &[PathBuf]) -> bool {
        files.iter().all(|file| fs::remove_file(file).is_ok()) && fs::remove_dir(&self.path).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(name: &str, executable: &str) -> Option<(u32, (u64, u32))> {
        Run::of(PathBuf::new(), name, executable).map(|run| (run.pid, run.begun))
    }

    #[test]
    fn a_run_is_of_the_executable_that_its_folder_names() {
        assert_eq!(begun("app-17-1700000000", "app"), Some((17, (1_700_000_000, 1))));
        assert_eq!(begun("app-17-1700000000-2", "app"), Some((17, (1_700_000_000, 2))));
        assert_eq!(begun("my-app-17-1700000000", "my-app"), Some((17, (1_700_000_000, 1))));
        // Those of `app-1`, of `apps`, and what is no run.
        for name in [
            "app-1-17-1700000000",
            "app-1-17-1700000000-2",
            "apps-17-1700000000",
            "app",
            "app-17",
            "app-17-x",
            "app-17-5",
        ] {
            assert_eq!(begun(name, "app"), None, "{name}");
        }
    }
}
