//! The writing thread (`writer.rs`) as `init` and the guard see it: they ask it for something, and wait for as long as they may.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::record::Reporter;
use crate::report::Report;
use parking_lot::Mutex;

use super::error::Error;
use super::folder::REPORT;
use super::left::{self, Mark};
use super::pace::Gap;
use super::place::Place;
use super::stderr;
use super::writer::{Seen, Writer};

/// How long `init` waits for the folder and the first checkpoint: some ms on a disk that answers.
const AT_INIT: Duration = Duration::from_millis(200);

/// How long the guard waits for the last report.
const AT_END: Duration = Duration::from_secs(1);

/// Writes checkpoints until it is told to stop.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// What was asked for.
    place: PathBuf,
    seen: Arc<Seen>,
    last: Sender<Option<Vec<u8>>>,
    /// Locked by nobody: a guard may be shared between threads, a receiver may not.
    done: Mutex<Receiver<Result<(), Error>>>,
    thread: JoinHandle<()>,
}

impl Checkpoints {
    /// Has the folder made and the first checkpoint written, unless too many earlier threads still wait for theirs. Of a file system that does not answer in time it says so, and goes on. `unasked`: the run
    /// leaves nothing if it has no job.
    pub(super) fn start(place: Place, reporter: Reporter, unasked: bool) -> Result<Self, Error> {
        let left = left::count();
        if left >= left::MOST {
            return Err(Error::left(left));
        }
        let (last, is_last) = mpsc::channel();
        let (tell_begun, begun) = mpsc::channel();
        let (tell_done, done) = mpsc::channel();
        let seen = Arc::new(Seen {
            folder: OnceLock::new(),
            gap: Gap::new(),
            ends: AtomicBool::new(false),
            mark: Mark::new(),
        });
        let path = place.path().to_owned();
        let writer = Writer::new(place, reporter, unasked, Arc::clone(&seen));
        let run = move || writer.run(&tell_begun, &is_last, &tell_done);
        let thread = std::thread::Builder::new().name("tollbridge".to_owned()).spawn(run).map_err(Error::thread)?;
        let checkpoints = Self { place: path, seen, last, done: Mutex::new(done), thread };
        match begun.recv_timeout(AT_INIT) {
            Ok(Ok(begun)) => {
                if let Some(runs) = begun.many_runs {
                    stderr::complain(&format!(
                        "{} holds {runs} runs of this executable; TOLLBRIDGE_KEEP=N keeps the newest N and removes older ones",
                        checkpoints.place.display()
                    ));
                }
            }
            // The thread ends with its channel.
            Ok(Err(error)) => return Err(error),
            Err(RecvTimeoutError::Disconnected) => return Err(Error::thread(std::io::Error::other("it panicked"))),
            Err(RecvTimeoutError::Timeout) => stderr::complain(&format!(
                "{} has not answered for {} ms; recording goes on, and the report follows once it does",
                checkpoints.place.display(),
                AT_INIT.as_millis()
            )),
        }
        Ok(checkpoints)
    }

    /// The folder, or where it is to be.
    pub(super) fn path(&self) -> &Path {
        self.folder().unwrap_or(&self.place)
    }

    /// The folder, once it is made.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.seen.folder.get().map(PathBuf::as_path)
    }

    /// Time between two checkpoints, as it is now.
    pub(super) fn gap(&self) -> Duration {
        self.seen.gap.get()
    }

    /// Stops, and has the last one written. Gives its path.
    pub(super) fn finish(self, report: &Report) -> Result<PathBuf, Error> {
        // The one at hand is of no use any more.
        // ORDERING: relaxed; nothing else is read by it.
        self.seen.ends.store(true, Ordering::Relaxed);
        let mut text = Vec::new();
        report.write_json(&mut text).map_err(|error| Error::folder(&self.place, error))?;
        self.end(Some(text))
    }

    /// Stops, and has the folder and what is in it removed, as if there had been no run.
    pub(super) fn take_back(self) -> Result<(), Error> {
        // ORDERING: relaxed, as in `finish`.
        self.seen.ends.store(true, Ordering::Relaxed);
        self.end(None).map(drop)
    }

    fn end(self, text: Option<Vec<u8>>) -> Result<PathBuf, Error> {
        // A thread that panicked has said so itself, and answers nothing.
        let _ = self.last.send(text);
        let path = self.path().to_owned();
        match self.done.into_inner().recv_timeout(AT_END) {
            Ok(stored) => {
                let _ = self.thread.join();
                stored?;
                Ok(path.join(REPORT))
            }
            Err(RecvTimeoutError::Timeout) => {
                self.seen.mark.leave();
                Err(Error::silent(&path, AT_END))
            }
            Err(RecvTimeoutError::Disconnected) => Err(Error::thread(std::io::Error::other("it panicked"))),
        }
    }
}
