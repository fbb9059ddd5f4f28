//! What a pool thread remembers of its jobs: the end of the last one, which tells backlog from start.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use super::capture;
use crate::hop::Ticks;

thread_local! {
    static PREVIOUS_JOB: Cell<PreviousJob> = const { Cell::new(PreviousJob { end: Ticks::NEVER, thread: 0, generation: 0 }) };
}

#[derive(Clone, Copy, Debug)]
struct PreviousJob {
    /// Ticks; [`Ticks::NEVER`] before the first job.
    end: u64,
    /// Number of the thread; 0 before the first job.
    thread: u32,
    generation: u32,
}

/// The pool thread on which a job begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolThread {
    /// Counted up from 1 in this process.
    pub number: u32,
    /// Tick at which its previous job ended; [`Ticks::NEVER`] if tollbridge saw none.
    pub previous_end: u64,
}

/// Says that a job of a capture begins on the calling thread.
#[must_use]
pub fn job_begins(generation: u32) -> PoolThread {
    static THREADS: AtomicU32 = AtomicU32::new(0);
    PREVIOUS_JOB.with(|cell| {
        let mut previous = cell.get();
        if previous.generation != generation {
            if previous.thread == 0 {
                // ORDERING: relaxed; a number.
                previous.thread = THREADS.fetch_add(1, Ordering::Relaxed) + 1;
            }
            previous.generation = generation;
            if let Some(shared) = capture::current(generation) {
                // ORDERING: relaxed; a count.
                shared.threads_seen.fetch_add(1, Ordering::Relaxed);
            }
            cell.set(previous);
        }
        PoolThread { number: previous.thread, previous_end: previous.end }
    })
}

/// Says at which tick a job ended on the calling thread.
pub fn job_ended(ticks: u64) {
    PREVIOUS_JOB.with(|cell| cell.set(PreviousJob { end: ticks, ..cell.get() }));
}
