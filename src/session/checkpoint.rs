//! A whole report in a file at any time: written every second under a temporary name, then renamed.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use tollbridge_instrument::ledger::Reporter;
use tollbridge_instrument::report::Report;

use super::error::Error;
use super::folder::Folder;

/// Time between two checkpoints: what a killed process loses at most.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// Writes checkpoints until it is told to stop.
#[derive(Debug)]
pub(super) struct Checkpoints {
    folder: Folder,
    stop: mpsc::Sender<()>,
    thread: JoinHandle<Option<std::io::Error>>,
}

impl Checkpoints {
    /// Writes the first one, so that a folder that cannot be written is found now.
    pub(super) fn start(folder: Folder, reporter: Reporter) -> Result<Self, Error> {
        let path = folder.report();
        reporter.report().save(&path).map_err(|error| Error::folder(folder.path(), error))?;
        let (stop, stopped) = mpsc::channel();
        let write = move || {
            let mut last_error = None;
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                last_error = reporter.report().save(&path).err();
            }
            last_error
        };
        let thread = std::thread::Builder::new()
            .name("tollbridge".to_owned())
            .spawn(write)
            .map_err(|error| Error::folder(folder.path(), error))?;
        Ok(Self { folder, stop, thread })
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Stops, and writes the last one.
    pub(super) fn finish(self, report: &Report) -> Result<Folder, Error> {
        drop(self.stop);
        // The last report is tried whatever became of earlier ones; its outcome is what counts.
        let _ = self.thread.join();
        match report.save(&self.folder.report()) {
            Ok(()) => Ok(self.folder),
            Err(error) => Err(Error::folder(self.folder.path(), error)),
        }
    }
}
