//! Folders of earlier runs. They are the user's and stay, unless `TOLLBRIDGE_KEEP` says how many are to be kept.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::fs;
use std::io::Read as _;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use crate::disk::Temporary;

use super::age;
use super::folder::REPORT;

/// Above this many runs of an executable in a folder, `init` says so.
pub(super) const MANY: usize = 100;

/// Entries of a folder that are looked at, at most: those of others may be any number.
const LOOKED_AT: usize = 10_000;

/// Where a report says whether its run has ended: at its beginning.
const HEAD: u64 = 4_096;

/// The entries of `base`, as far as they are looked at: folders of the executable's runs, and what is none.
fn entries(base: &Path, executable: String) -> impl Iterator<Item = Option<Run>> + Send + use<> {
    let run = move |entry: fs::DirEntry| {
        // A link to a folder is none.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        is_folder.then(|| Run::of(entry.path(), entry.file_name().to_str()?, &executable)).flatten()
    };
    fs::read_dir(base).into_iter().flatten().take(LOOKED_AT).map(move |entry| run(entry.ok()?))
}

/// How many runs of an executable there are in `base`, as far as it is looked at.
pub(super) fn count(base: &Path, executable: String) -> usize {
    entries(base, executable).flatten().count()
}

/// Removes the oldest runs that have ended, until no more than so many are left. A folder into which somebody has put something is that somebody's:
/// it stays, and does not count. Done step by step, since there may be thousands.
pub(super) struct Pruning {
    keep: usize,
    /// The folder of this run, which stays.
    own: PathBuf,
    /// Those of the folder that holds all runs, until each has been read.
    entries: Option<Box<dyn Iterator<Item = Option<Run>> + Send>>,
    /// Not yet looked into; once all are known, newest first.
    unseen: Vec<Run>,
    /// How many of those that were looked into count, and are left.
    counted: usize,
    /// These, oldest first; once one is surplus, they are asked whether they have ended, one by one.
    plain: VecDeque<Run>,
}

impl Pruning {
    /// Nothing is done yet.
    pub(super) fn new(base: &Path, executable: String, keep: NonZeroU32, own: &Path) -> Self {
        Self {
            keep: usize::try_from(keep.get()).unwrap_or(usize::MAX),
            own: own.to_owned(),
            entries: Some(Box::new(entries(base, executable))),
            unseen: Vec::new(),
            counted: 0,
            plain: VecDeque::new(),
        }
    }

    /// Goes on for as long as it may.
    pub(super) fn go_on(&mut self, mut may: impl FnMut() -> bool) {
        while may() && self.step() {}
    }

    /// Looks at one entry, or into one run's folder. False if nothing is left to do.
    fn step(&mut self) -> bool {
        if let Some(entries) = &mut self.entries {
            match entries.next() {
                Some(entry) => self.unseen.extend(entry),
                None => {
                    self.unseen.sort_by_key(|run| Reverse(run.begun));
                    self.entries = None;
                }
            }
            return true;
        }
        if let Some(run) = self.unseen.pop() {
            if run.own_files().is_some() {
                self.counted += 1;
                self.plain.push_back(run);
            }
            return true;
        }
        if self.counted <= self.keep {
            return false;
        }
        let Some(run) = self.plain.pop_front() else { return false };
        if run.path != self.own && run.has_ended() && run.remove() {
            self.counted -= 1;
        }
        true
    }
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

    /// Whether nobody writes into it any more. Where its report does not say so, neither must its process be seen here, nor its report be younger than that
    /// of a living one can be: the process may live on another host, or in another container.
    fn has_ended(&self) -> bool {
        self.is_complete() || (age::is_gone(self.pid) && self.is_old())
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
        let report = self.path.join(REPORT);
        age::is_old(if fs::symlink_metadata(&report).is_ok() { &report } else { &self.path })
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

    /// Removes the folder with its files. Says whether it is gone: what somebody has put there since keeps it.
    fn remove(&self) -> bool {
        let files = self.own_files().unwrap_or_default();
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

    /// `init` waits for the first few alone, and what it leaves is done later. One that somebody has put something into stays, and does not count.
    #[cfg(unix)]
    #[test]
    fn old_runs_go_step_by_step_and_the_oldest_first() {
        let base = std::env::temp_dir().join(format!("tollbridge-keep-{}", std::process::id()));
        fs::create_dir(&base).unwrap();
        let long_ago = std::time::SystemTime::now().checked_sub(3 * super::super::changes::RENEWED).unwrap();
        // Of this process's number, so that they are of another one.
        let path = |at: u32| base.join(format!("app-{}-{}", std::process::id(), 1_600_000_000 + at));
        for at in 0..40 {
            fs::create_dir(path(at)).unwrap();
            if at == 38 {
                fs::write(path(at).join("hop.svg"), "<svg/>").unwrap();
            }
            fs::File::open(path(at)).and_then(|folder| folder.set_modified(long_ago)).unwrap();
        }
        let own = path(0);
        let left = || (0..40).filter(|&at| path(at).exists()).collect::<Vec<_>>();
        let mut pruning = Pruning::new(&base, "app".to_owned(), NonZeroU32::new(3).unwrap(), &own);
        // All entries, their end, and some runs.
        let mut steps = 0..40 + 1 + 32;
        pruning.go_on(|| steps.next().is_some());
        assert_eq!((pruning.unseen.len(), left().len()), (8, 40), "32 are looked into");
        let mut steps = 0..10;
        pruning.go_on(|| steps.next().is_some());
        assert_eq!(left(), [0].into_iter().chain(2..40).collect::<Vec<_>>(), "the oldest goes, but for the own one");
        pruning.go_on(|| true);
        assert_eq!(left(), [0, 37, 38, 39]);
        fs::remove_dir_all(&base).unwrap();
    }
}
