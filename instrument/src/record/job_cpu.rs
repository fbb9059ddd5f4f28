//! CPU time of jobs, and of what pool threads do between two of them, for a sample.
//!
//! A reading of the thread's clock is a system call, so one job in [`every`] is looked at, with three readings: at its
//! beginning, at its end, and when the next job comes. That many, that all of it takes [`MOST_NS`] of a job on the mean. A job behind one that
//! ran for [`LONG_TICKS`] or more is looked at too: there three readings are next to nothing, and few long jobs would be seen
//! otherwise. Each thread's first one is.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use super::jobs;
use super::shared;
use crate::clock::{self, cpu};
use crate::hop::Place;

/// What looking at jobs may take of each, on the mean, in ns.
const MOST_NS: f64 = 5.0;
/// Readings for one job.
const READINGS: f64 = 3.0;
/// Ticks: 1 ms or less, since no clock ticks less often than each ns.
const LONG_TICKS: u64 = 1 << 20;
/// Where the system has no such clock, a job in so many finds that out.
const NEVER: u32 = 1 << 20;

static EVERY: AtomicU32 = AtomicU32::new(0);

/// How many jobs there are for one that is looked at. Measured once a process, when it arms, so that no job has to.
pub(super) fn every() -> u32 {
    // ORDERING: relaxed; the number is all there is.
    match EVERY.load(Ordering::Relaxed) {
        0 => calibrate(),
        every => every,
    }
}

/// Measures what a reading takes: some tens of us.
#[cold]
fn calibrate() -> u32 {
    const BATCH: u32 = 16;
    clock::calibrate();
    let batch = || {
        let open = clock::now();
        let known = (0..BATCH).all(|_| cpu::thread().is_some());
        known.then(|| clock::span_ns(open, clock::now()) as f64 / f64::from(BATCH))
    };
    // The shortest of a few, since any of them may be interrupted.
    let reading = (0..4).map_while(|_| batch()).min_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let every = reading.map_or(NEVER, |ns| (READINGS * ns / MOST_NS).ceil().clamp(16.0, 4_096.0) as u32);
    EVERY.store(every, Ordering::Relaxed);
    every
}

/// One thread's part.
pub(super) struct Sampler {
    /// Jobs until one is looked at.
    left: Cell<u32>,
    /// The thread's clock at the beginning of the job that is looked at.
    begun: Cell<Option<u64>>,
    /// The same at its end, until the next one comes.
    ended: Cell<Option<u64>>,
}

impl Sampler {
    pub(super) const fn new() -> Self {
        Self { left: Cell::new(0), begun: Cell::new(None), ended: Cell::new(None) }
    }

    /// A job comes.
    #[inline]
    pub(super) fn begins(&self, generation: u32) {
        match self.left.get() {
            0 => self.look(generation),
            left => self.left.set(left - 1),
        }
    }

    #[cold]
    #[inline(never)]
    fn look(&self, generation: u32) {
        let now = cpu::thread();
        match self.ended.take().zip(now) {
            // What came in between may be another job's, which is not seen.
            Some((ended, now)) => {
                if let Some(shared) = shared::try_current(generation) {
                    shared.cpu_times(|times| times.between(now.saturating_sub(ended)));
                }
                self.left.set(every());
            }
            None if now.is_some() => self.begun.set(now),
            None => self.left.set(every()),
        }
    }

    /// It has ended, after so many ticks.
    #[inline]
    pub(super) fn ends(&self, generation: u32, place: Place, ticks: u64) {
        if self.begun.get().is_some() {
            self.looked(generation, place, ticks);
        } else if ticks >= LONG_TICKS {
            self.left.set(0);
        }
    }

    #[cold]
    #[inline(never)]
    fn looked(&self, generation: u32, place: Place, ticks: u64) {
        let (Some(begun), Some(now)) = (self.begun.take(), cpu::thread()) else { return };
        if let (Some(shared), Some(site)) = (shared::try_current(generation), jobs::site(place)) {
            let run_ns = shared.since.length_ns(ticks);
            shared.cpu_times(|times| times.job(site, run_ns, now.saturating_sub(begun).min(run_ns)));
        }
        self.ended.set(Some(now));
        self.left.set(0);
    }
}
