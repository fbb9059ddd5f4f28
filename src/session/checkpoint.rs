//! A whole report in a file at any time: written every so often under a temporary name, then renamed.
//!
//! ```text
//! ms since init   0   10   30   70   150   310   630   1270   2170   3070 ...
//! gap                 10   20   40    80   160   320    640    900    900
//! ```
//!
//! A command-line tool may end by `exit` after a few ms, and nothing of ours runs then. So the first checkpoints are early, and
//! the gaps double: a process loses about as much as it had lived for at the last one, and at most the regular interval.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tollbridge_instrument::ledger::Reporter;
use tollbridge_instrument::report::Report;

use super::error::Error;
use super::folder::Folder;

/// Time between the beginnings of two regular checkpoints. The first ones follow each other faster. Below a second, so that with
/// the writing a killed process loses at most that.
pub const INTERVAL: Duration = Duration::from_millis(900);

/// Time from arming to the first checkpoint. Each gap after it is twice as long as the one before, up to the regular interval.
const FIRST_GAP: Duration = Duration::from_millis(10);

/// The gaps between checkpoints, for ever.
fn gaps() -> impl Iterator<Item = Duration> {
    std::iter::successors(Some(FIRST_GAP), |gap| Some((*gap * 2).min(INTERVAL)))
}

/// Writes checkpoints until it is told to stop.
#[derive(Debug)]
pub(super) struct Checkpoints {
    folder: Folder,
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Checkpoints {
    /// Writes the first one, so that a folder that cannot be written is found now.
    pub(super) fn start(folder: Folder, reporter: Reporter) -> Result<Self, Error> {
        let (stop, stopped) = mpsc::channel();
        let started = Self::write(&folder, &reporter.report()).and_then(|()| {
            let folder = folder.clone();
            let keep_writing = move || Self::keep_writing(&folder, &reporter, &stopped);
            std::thread::Builder::new().name("tollbridge".to_owned()).spawn(keep_writing).map_err(Error::thread)
        });
        match started {
            Ok(thread) => Ok(Self { folder, stop, thread }),
            Err(error) => {
                folder.take_back();
                Err(error)
            }
        }
    }

    fn keep_writing(folder: &Folder, reporter: &Reporter, stopped: &mpsc::Receiver<()>) {
        let mut due = Instant::now();
        for gap in gaps() {
            let now = Instant::now();
            due += gap;
            if due < now {
                // The write took longer than that. A whole gap follows: never one write right after the other.
                due = now + gap;
            }
            if stopped.recv_timeout(due.saturating_duration_since(now)) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            // The app has just started, and its first hops are not to wait for measurements.
            if gap == INTERVAL {
                reporter.measure_costs();
                reporter.read_processors();
            }
            // Nothing is printed while the app runs. What is wrong may be over soon; the last report is tried whatever
            // became of this one, and the summary says how that went.
            let _ = Self::write(folder, &reporter.report());
        }
    }

    fn write(folder: &Folder, report: &Report) -> Result<(), Error> {
        report.save(&folder.report()).map_err(|error| Error::folder(folder.path(), error))
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Stops, and writes the last one.
    pub(super) fn finish(self, report: &Report) -> Result<Folder, Error> {
        drop(self.stop);
        // A thread that panicked has said so itself.
        let _ = self.thread.join();
        Self::write(&self.folder, report).map(|()| self.folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_checkpoints_are_early_and_the_gaps_double_up_to_the_regular_one() {
        let all: Vec<u128> = gaps().take(10).map(|gap| gap.as_millis()).collect();
        assert_eq!(all, [10, 20, 40, 80, 160, 320, 640, 900, 900, 900]);
        // What was promised: by 50 ms there is one.
        assert!(gaps().next().is_some_and(|first| first <= Duration::from_millis(50)));
    }
}
