//! One cache line for each thread that runs jobs: what it is at now, and for how long it has been busy.
//!
//! Its thread alone writes it, with plain stores; reports read it. A thread that ends leaves its slot to the next one.

use std::sync::atomic::Ordering;

use super::fork::{LOCKS, PerProcess};
use super::journal::bump;
use super::sync::{AtomicU32, AtomicU64, RwLock};
use crate::hop::Place;

/// Threads that have a slot at a time, at most.
pub(super) const MAX_SLOTS: usize = 4_096;

/// One thread's line.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(super) struct Slot {
    /// The capture that the rest is of.
    generation: AtomicU32,
    /// Number of the runtime that the thread is of.
    runtime: AtomicU32,
    /// The job that runs; 0 if none that is seen does.
    place: AtomicU32,
    /// The system's number of the thread; 0 if the system does not tell, [`ENDED`] once it has ended.
    task: AtomicU32,
    /// When the job began that runs; 0 if none does.
    run_start: AtomicU64,
    /// When the last one ended.
    run_end: AtomicU64,
    /// Ticks in jobs that have ended.
    busy: AtomicU64,
    /// CPU time that its thread had used before it was the capture's, in ns.
    cpu_before: AtomicU64,
}

/// Every slot there is, and those that nobody has. Not for a process that was forked off and has armed nothing.
static SLOTS: PerProcess<RwLock<Slots>> =
    PerProcess::new([const { RwLock::new(Slots { all: Vec::new(), free: Vec::new() }) }; LOCKS]);

struct Slots {
    all: Vec<&'static Slot>,
    free: Vec<&'static Slot>,
}

const ENDED: u32 = u32::MAX;

/// Makes the list usable in a process that arms for the first time.
pub(super) fn renew() {
    SLOTS.renew(|slots| slots.try_write().is_some());
}

/// Holds the list, as a thread may at a fork.
#[cfg(all(test, not(tollbridge_loom)))]
pub(super) fn hold() -> impl Drop {
    SLOTS.get().expect("there is one").write()
}

/// A slot for the calling thread, whose process has armed; `None` if there are too many.
pub(super) fn take() -> Option<&'static Slot> {
    let Slots { all, free } = &mut *SLOTS.get()?.write();
    free.pop().or_else(|| {
        (all.len() < MAX_SLOTS).then(|| {
            let slot: &'static Slot = Box::leak(Box::default());
            all.push(slot);
            slot
        })
    })
}

impl Slot {
    /// Begins anew for another capture. False if it is a later one's already.
    pub(super) fn join(&self, generation: u32, runtime: u8, task: u32, cpu_before: u64) -> bool {
        // ORDERING: relaxed, as everywhere here: words that are complete in themselves, with one writer.
        let own = self.generation.load(Ordering::Relaxed);
        if own > generation {
            return false;
        }
        if own < generation {
            self.busy.store(0, Ordering::Relaxed);
            self.run_end.store(0, Ordering::Relaxed);
        }
        self.runtime.store(runtime.into(), Ordering::Relaxed);
        self.cpu_before.store(cpu_before, Ordering::Relaxed);
        self.task.store(task, Ordering::Relaxed);
        self.generation.store(generation, Ordering::Relaxed);
        true
    }

    /// The thread ends, in a process that has armed. Its time in jobs, in ticks, which is nobody's then but the caller's.
    pub(super) fn leave(&'static self) -> u64 {
        let busy = self.busy.swap(0, Ordering::Relaxed);
        self.run_start.store(0, Ordering::Relaxed);
        self.place.store(0, Ordering::Relaxed);
        self.task.store(ENDED, Ordering::Relaxed);
        if let Some(slots) = SLOTS.get() {
            slots.write().free.push(self);
        }
        busy
    }

    #[inline]
    pub(super) fn begins(&self, place: Place, at: u64) {
        self.place.store(place.0, Ordering::Relaxed);
        self.run_start.store(at, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn ends(&self, at: u64, length: u64) {
        bump(&self.busy, length);
        self.run_start.store(0, Ordering::Relaxed);
        self.run_end.store(at, Ordering::Relaxed);
    }

    pub(super) fn cpu_before(&self) -> u64 {
        self.cpu_before.load(Ordering::Relaxed)
    }
}

/// What a slot held at some moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) runtime: u32,
    /// The system's number of the thread; 0 if the system does not tell.
    pub(super) task: u32,
    /// Its thread has not ended.
    pub(super) is_alive: bool,
    /// The job that runs, and since when.
    pub(super) runs: Option<(Place, u64)>,
    /// When the last one ended; 0 if none did.
    pub(super) run_end: u64,
    pub(super) busy: u64,
    pub(super) cpu_before: u64,
}

/// All slots of a capture.
pub(super) fn each(generation: u32) -> Vec<Held> {
    let slots = SLOTS.get().map(|slots| slots.read().all.clone()).unwrap_or_default();
    let of_capture = slots.iter().filter(|slot| slot.generation.load(Ordering::Relaxed) == generation);
    of_capture.map(|slot| slot.held()).collect()
}

impl Slot {
    fn held(&self) -> Held {
        let run_start = self.run_start.load(Ordering::Relaxed);
        let task = self.task.load(Ordering::Relaxed);
        Held {
            runtime: self.runtime.load(Ordering::Relaxed),
            task,
            is_alive: task != ENDED,
            runs: (run_start != 0).then(|| (Place(self.place.load(Ordering::Relaxed)), run_start)),
            run_end: self.run_end.load(Ordering::Relaxed),
            busy: self.busy.load(Ordering::Relaxed),
            cpu_before: self.cpu_before(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, each, take};

    /// Of no capture that is armed.
    const GENERATION: u32 = u32::MAX;

    #[test]
    #[cfg_attr(tollbridge_loom, ignore = "not a model")]
    fn a_slot_can_be_read_while_its_thread_writes_and_goes_to_the_next_thread() {
        const JOBS: u64 = 100;
        let thread = || {
            let slot = take().expect("there is one");
            assert!(slot.join(GENERATION, 1, 7, 0));
            for job in 1..=JOBS {
                slot.begins(Place(1), job);
                slot.ends(job, 2);
            }
            slot.leave()
        };
        std::thread::scope(|scope| {
            let running = scope.spawn(thread);
            while !running.is_finished() {
                for held in each(GENERATION) {
                    assert!(held.busy <= 2 * JOBS && held.run_end <= JOBS, "{held:?}");
                }
                std::thread::yield_now();
            }
            assert_eq!(running.join().expect("no panic"), 2 * JOBS);
        });
        assert!(each(GENERATION).iter().all(|held| !held.is_alive && held.busy == 0));
        assert_eq!(thread(), 2 * JOBS);
    }

    #[test]
    fn a_slot_is_a_cache_line() {
        assert_eq!(size_of::<super::Slot>(), 64);
    }
}
