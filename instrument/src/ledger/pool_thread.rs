//! What a pool thread remembers of its jobs: the end of the last one, which tells backlog from start.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use super::shared;
use super::state::Armed;
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
    /// Its [`thread_number`].
    pub number: u32,
    /// Tick at which its previous job ended; [`Ticks::NEVER`] if tollbridge saw none.
    pub previous_end: u64,
}

impl PreviousJob {
    /// The thread's number, its next one if it has none yet.
    fn number(&mut self) -> u32 {
        static THREADS: AtomicU32 = AtomicU32::new(0);
        if self.thread == 0 {
            // ORDERING: relaxed; a number.
            self.thread = THREADS.fetch_add(1, Ordering::Relaxed) + 1;
        }
        self.thread
    }
}

/// Number of the calling thread, counted up from 1 in this process over all threads that were asked for one: those of the pool
/// and, while whole hops are kept, those that call and await.
#[cold]
#[inline(never)]
#[must_use]
pub fn thread_number() -> u32 {
    PREVIOUS_JOB.with(|cell| {
        let mut previous = cell.get();
        let number = previous.number();
        cell.set(previous);
        number
    })
}

/// Number of the calling thread while whole hops are kept, 0 if not.
#[inline]
#[must_use]
pub fn caller(armed: Armed) -> u32 {
    if armed.keeps_hops() { thread_number() } else { 0 }
}

/// Says that a job of a capture begins on the calling thread.
#[must_use]
pub fn job_begins(generation: u32) -> PoolThread {
    PREVIOUS_JOB.with(|cell| {
        let mut previous = cell.get();
        if previous.generation != generation {
            previous.number();
            previous.generation = generation;
            if let Some(shared) = shared::current(generation) {
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
