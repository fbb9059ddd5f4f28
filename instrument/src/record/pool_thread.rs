//! A job comes to a thread, runs, and ends there.

use std::cell::Cell;
use std::sync::atomic::Ordering;

use super::fork;
use super::here::{self, Here};
use super::job_cpu::Sampler;
use super::jobs;
use super::local;
use super::shared;
use super::slot::{self, Slot};
use crate::clock;
use crate::hop::{Begun, EndedHop, How, Place, Threads, Ticks};
use crate::names::{Arm, Detail, Outcome};

thread_local! {
    static SAMPLER: Sampler = const { Sampler::new() };
    /// Leaves the thread's slot when the thread ends.
    static LEAVING: Leaving = const { Leaving(Cell::new(None)) };
}

struct Leaving(Cell<Option<&'static Slot>>);

impl Drop for Leaving {
    fn drop(&mut self) {
        // In a forked process the slot is a copy, and so is the lock of their list.
        let Some(slot) = self.0.take().filter(|_| !fork::is_inherited()) else { return };
        let (generation, runtime) = here::with(|here| (here.generation.get(), here.runtime.get()));
        let cpu_ns = clock::cpu::thread().map_or(0, |now| now.saturating_sub(slot.cpu_before()));
        let busy = slot.leave();
        if let Some(shared) = shared::try_current(generation) {
            shared.runtimes.lock().thread_ends(runtime, busy, cpu_ns);
        }
    }
}

/// The thread on which a job begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolThread {
    /// Its [`thread_number`](super::thread_number).
    pub number: u32,
    /// Number of the runtime that it is of; 0 if it is of none.
    pub runtime: u8,
    /// Tick at which its previous job ended; [`Ticks::NEVER`](crate::hop::Ticks::NEVER) if tollbridge saw none.
    pub previous_end: u64,
    /// The job.
    place: Place,
    /// The one that called this one as a function, on its own thread.
    outer: Place,
    /// When that began; 0 if there is none.
    outer_start: u64,
}

impl PoolThread {
    /// The thread on which a job began that no other one called as a function.
    #[must_use]
    pub fn outermost(number: u32, runtime: u8, previous_end: u64, place: Place) -> Self {
        Self { number, runtime, previous_end, place, outer: Place::NONE, outer_start: 0 }
    }

    /// The job was called by another one as a function, on that one's thread.
    #[inline]
    #[must_use]
    pub fn is_inner(&self) -> bool {
        self.outer_start != 0
    }
}

/// A hop of which its job's own thread alone tells: its call, `how` and from which thread, and, if it ran, on which thread since when; at the job's end.
#[must_use]
pub fn wrapped(
    begun: &Begun,
    how: How,
    caller: u32,
    run: Option<(&PoolThread, u64)>,
    outcome: Outcome,
    end: u64,
) -> EndedHop<'static> {
    let ticks = Ticks::between(begun.called, end);
    let hop = EndedHop::of(begun, Arm::Wrapped, Detail::Phases, outcome, ticks);
    let Some((thread, run_start)) = run else {
        return EndedHop { how, threads: Threads { caller, pool: 0 }, ..hop };
    };
    let how = how.with_runtime(thread.runtime);
    EndedHop {
        how: if thread.is_inner() { how.inner() } else { how },
        threads: Threads { caller, pool: thread.number },
        ticks: Ticks { previous_end: thread.previous_end, run_start, run_end: end, ..ticks },
        ..hop
    }
}

impl Here {
    /// The thread's first job of a capture.
    #[cold]
    #[inline(never)]
    fn join(&self, generation: u32, runtime: impl FnOnce() -> u64) {
        self.number();
        if generation < self.generation.get() {
            // A hop that was submitted before the present capture was armed: nothing of it is anybody's.
            return;
        }
        self.generation.set(generation);
        // Here a forked process finds out that it is one.
        let Some(shared) = shared::current(generation) else { return };
        self.runtime.set(shared.runtimes.lock().thread_comes(runtime()));
        if self.slot.get().is_none() {
            self.slot.set(slot::take());
            if let Some(slot) = self.slot.get() {
                // Where the thread is being torn down the slot stays its own for good: one of 4,096.
                let _ = LEAVING.try_with(|leaving| leaving.0.set(Some(slot)));
            }
        }
        let cpu_before = clock::cpu::thread().unwrap_or_default();
        let joined = self.slot.get().is_some_and(|slot| slot.join(generation, self.runtime.get(), task(), cpu_before));
        if !joined {
            // ORDERING: relaxed; a count.
            shared.threads_lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Returns the number that Linux gave the calling thread; 0 where it does not show it.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn task() -> u32 {
    let link = std::fs::read_link("/proc/thread-self").ok();
    link.and_then(|link| link.file_name()?.to_str()?.parse().ok()).unwrap_or_default()
}

/// Returns 0: no CPU times are read of other threads here ([`super::processors`]), so their numbers are of no use.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn task() -> u32 {
    0
}

/// Says that a job of a capture comes to the calling thread. `runtime`: what tells the thread's runtime from others, 0 if it is of none;
/// asked once a thread and capture.
#[inline]
#[must_use]
pub fn job_begins(generation: u32, place: Place, runtime: impl FnOnce() -> u64) -> PoolThread {
    here::with(|here| {
        if here.generation.get() != generation {
            here.join(generation, runtime);
        }
        let (outer, outer_start) = (here.place.replace(place), here.run_start.get());
        if outer_start == 0 {
            SAMPLER.with(|sampler| sampler.begins(generation));
        }
        PoolThread {
            number: here.thread.get(),
            runtime: here.runtime.get(),
            previous_end: here.previous_end.get(),
            place,
            outer,
            outer_start,
        }
    })
}

/// Says that its closure is called now.
#[inline]
pub fn job_runs(thread: &PoolThread, at: u64) {
    here::with(|here| {
        here.run_start.set(at);
        jobs::started(thread.place, at);
        if let (0, Some(slot)) = (thread.outer_start, here.slot.get()) {
            slot.begins(thread.place, at);
        }
    });
}

/// Says at which tick it ended.
#[inline]
pub fn job_ended(generation: u32, thread: &PoolThread, at: u64) {
    here::with(|here| {
        here.previous_end.set(at);
        let start = here.run_start.replace(thread.outer_start);
        here.place.set(thread.outer);
        if thread.outer_start == 0 {
            let length = at.saturating_sub(start);
            if let Some(slot) = here.slot.get() {
                slot.ends(at, length);
            }
            SAMPLER.with(|sampler| sampler.ends(generation, thread.place, length));
        }
    });
    if jobs::ended(thread.place, at) {
        local::abandoned(generation, thread.place);
    }
}

/// Says that a job was dropped before it began.
#[cold]
pub fn job_dropped(generation: u32, place: Place) {
    if jobs::dropped(place) {
        local::abandoned(generation, place);
    }
}
