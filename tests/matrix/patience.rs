//! Waiting without deciding anything by time: the limit only turns a hang into a failure.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything in a cell may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Yields the thread until `done`.
#[track_caller]
pub(crate) fn until(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < LIMIT, "waited for too long");
        thread::yield_now();
    }
}

/// The side of a gate that waits at it.
#[derive(Debug)]
pub(crate) struct Gate(Receiver<()>);

/// The side that opens it, also by being dropped.
#[derive(Debug)]
pub(crate) struct Opener(Sender<()>);

pub(crate) fn gate() -> (Opener, Gate) {
    let (opener, gate) = channel();
    (Opener(opener), Gate(gate))
}

impl Opener {
    pub(crate) fn open(self) {
        drop(self.0);
    }
}

impl Gate {
    #[track_caller]
    pub(crate) fn wait(&self) {
        let waited = self.0.recv_timeout(LIMIT);
        assert_eq!(waited, Err(std::sync::mpsc::RecvTimeoutError::Disconnected), "waited for too long");
    }
}
