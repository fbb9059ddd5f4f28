//! What the calling thread knows of the job that it is at.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use super::jobs::Parent;
use super::slot::Slot;
use super::state::Armed;
use crate::hop::{Place, Ticks};

/// What a thread that runs jobs knows.
pub(super) struct Here {
    /// Number of the thread; 0 if it was never asked for.
    pub(super) thread: Cell<u32>,
    /// The capture that its last job was of.
    pub(super) generation: Cell<u32>,
    /// Number of its runtime.
    pub(super) runtime: Cell<u8>,
    pub(super) slot: Cell<Option<&'static Slot>>,
    /// When its last job ended; [`Ticks::NEVER`] before the first one.
    pub(super) previous_end: Cell<u64>,
    /// The job that runs; [`Place::NONE`] if none does that stands somewhere.
    pub(super) place: Cell<Place>,
    /// Since when; 0 if none runs.
    pub(super) run_start: Cell<u64>,
}

thread_local! {
    // Without a destructor, so that a job pays nothing for one.
    static HERE: Here = const {
        Here {
            thread: Cell::new(0),
            generation: Cell::new(0),
            runtime: Cell::new(0),
            slot: Cell::new(None),
            previous_end: Cell::new(Ticks::NEVER),
            place: Cell::new(Place::NONE),
            run_start: Cell::new(0),
        }
    };
}

/// Runs `f` on it.
#[inline(always)]
pub(super) fn with<R>(f: impl FnOnce(&Here) -> R) -> R {
    HERE.with(f)
}

impl Here {
    /// The thread's number, its next one if it has none yet.
    pub(super) fn number(&self) -> u32 {
        static THREADS: AtomicU32 = AtomicU32::new(0);
        if self.thread.get() == 0 {
            // ORDERING: relaxed; a number.
            self.thread.set(THREADS.fetch_add(1, Ordering::Relaxed) + 1);
        }
        self.thread.get()
    }
}

/// Number of the calling thread, counted up from 1 in this process over all threads that were asked for one: those of the pool
/// and, while whole hops are kept, those that call and await.
#[cold]
#[inline(never)]
#[must_use]
pub fn thread_number() -> u32 {
    with(Here::number)
}

/// Number of the calling thread while whole hops are kept, 0 if not.
#[inline]
#[must_use]
pub fn caller(armed: Armed) -> u32 {
    if armed.keeps_hops() { thread_number() } else { 0 }
}

/// The job that runs on the calling thread; `None` if none does.
#[inline]
pub(super) fn job() -> Option<Parent> {
    with(|here| (here.run_start.get() != 0).then(|| Parent::of(here.place.get())))
}
