//! The runtimes that cells run on.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use tokio::runtime::{Builder, Runtime};

use crate::patience;
use crate::threads;
use crate::transcript::Log;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheduler {
    CurrentThread,
    MultiThread,
}

pub(crate) const SCHEDULERS: [Scheduler; 2] = [Scheduler::CurrentThread, Scheduler::MultiThread];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    Flows,
    Paused,
}

/// A runtime of one blocking thread and at most one worker, whose threads are counted.
pub(crate) struct Rig {
    pub(crate) runtime: Runtime,
    rest: Rest,
}

/// What remains to be seen of a runtime that is gone.
pub(crate) struct Rest {
    threads: Arc<Threads>,
    /// Owned by the runtime's hooks, so by all that keeps the runtime's insides alive.
    alive: Weak<()>,
}

#[derive(Debug, Default)]
struct Threads {
    started: AtomicU32,
    stopped: AtomicU32,
}

impl Rig {
    pub(crate) fn new(scheduler: Scheduler, time: Time, blocking_threads: usize) -> Self {
        let mut builder = match scheduler {
            Scheduler::CurrentThread => Builder::new_current_thread(),
            Scheduler::MultiThread => Builder::new_multi_thread(),
        };
        let threads = Arc::new(Threads::default());
        let alive = Arc::new(());
        let rest = Rest { threads: Arc::clone(&threads), alive: Arc::downgrade(&alive) };
        let (start, stop) = (Arc::clone(&threads), threads);
        builder
            .enable_time()
            .start_paused(time == Time::Paused)
            .worker_threads(1)
            .max_blocking_threads(blocking_threads)
            .thread_name("a thread of the rig")
            .on_thread_start(move || {
                let _alive = &alive;
                threads::enter();
                start.started.fetch_add(1, Ordering::SeqCst);
            })
            .on_thread_stop(move || {
                threads::leave();
                stop.stopped.fetch_add(1, Ordering::SeqCst);
            });
        Self { runtime: builder.build().expect("a runtime"), rest }
    }

    pub(crate) fn parts(self) -> (Runtime, Rest) {
        (self.runtime, self.rest)
    }

    /// Drops the runtime and tells what is left.
    pub(crate) fn settle(self, log: &Log) {
        let (runtime, rest) = self.parts();
        drop(runtime);
        rest.settle(log);
    }
}

impl Rest {
    /// Waits until nothing keeps the runtime's insides alive, and tells of its threads.
    pub(crate) fn settle(self, log: &Log) {
        let threads = Arc::clone(&self.threads);
        self.vanish(log);
        let [started, stopped] = [&threads.started, &threads.stopped].map(|count| count.load(Ordering::SeqCst));
        log.event(format!("threads: {started} started, {stopped} stopped"));
    }

    /// The same where the number of threads is a matter of chance.
    pub(crate) fn vanish(self, log: &Log) {
        patience::until(|| self.alive.strong_count() == 0);
        log.event("all of the runtime is freed");
    }
}
