//! The runtimes whose pools ran jobs of a capture: their numbers, their threads, and what is left of threads that have ended.

use crate::hop::How;

/// Runtimes that are told apart, since 0 is no number: more than nearly any process has. Further ones have none.
const MAX_RUNTIMES: usize = How::RUNTIMES - 1;

/// One runtime's pool.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RuntimeThreads {
    /// Threads that ran a job, those that have ended too.
    pub(super) seen: u64,
    /// Ticks that those which have ended were in jobs.
    pub(super) ended_busy: u64,
}

/// All of a capture's.
#[derive(Clone, Debug, Default)]
pub(super) struct Runtimes {
    /// What tells them apart, in the order of their numbers.
    ids: Vec<u64>,
    /// By number; 0 is for those that have none.
    threads: [RuntimeThreads; How::RUNTIMES],
    /// CPU time of threads that have ended.
    pub(super) ended_cpu_ns: u64,
}

impl Runtimes {
    /// A thread runs its first job. The number of its runtime, counted up from 1; 0 if `id` is 0, or if there are too many.
    pub(super) fn thread_comes(&mut self, id: u64) -> u8 {
        let known = self.ids.iter().position(|&runtime| runtime == id);
        let index = known.or_else(|| {
            (id != 0 && self.ids.len() < MAX_RUNTIMES).then(|| {
                self.ids.push(id);
                self.ids.len() - 1
            })
        });
        let number = index.map_or(0, |index| index + 1);
        self.threads[number].seen += 1;
        u8::try_from(number).unwrap_or_default()
    }

    /// A thread of that runtime ends, `busy` ticks of which it was in jobs.
    pub(super) fn thread_ends(&mut self, number: u8, busy: u64, cpu_ns: u64) {
        if let Some(threads) = self.threads.get_mut(usize::from(number)) {
            threads.ended_busy = threads.ended_busy.saturating_add(busy);
        }
        self.ended_cpu_ns = self.ended_cpu_ns.saturating_add(cpu_ns);
    }

    /// Those that have threads, by number.
    pub(super) fn each(&self) -> impl Iterator<Item = (u32, RuntimeThreads)> {
        (0..).zip(self.threads).filter(|(_, threads)| threads.seen > 0)
    }
}
