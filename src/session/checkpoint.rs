//! A whole report in a file at any time: written every so often under a temporary name, then renamed.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tollbridge_instrument::ledger::Reporter;
use tollbridge_instrument::report::Report;

use super::error::Error;
use super::folder::Folder;

/// Time between the beginnings of two checkpoints. Below a second, so that with the writing a killed process loses at most
/// that.
pub const INTERVAL: Duration = Duration::from_millis(900);

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
        let mut due = Instant::now() + INTERVAL;
        while stopped.recv_timeout(due.saturating_duration_since(Instant::now())) == Err(RecvTimeoutError::Timeout) {
            // A write that took longer than the interval is followed by a whole one: never one write after the other.
            due = (due + INTERVAL).max(Instant::now());
            reporter.measure_costs();
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
