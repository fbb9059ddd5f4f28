//! A worker: makes runtimes, does at random whatever an app may do with hops, and drops the runtimes in every order.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use parking_lot::Mutex;
use tollbridge::runtime::Runtime;
use tollbridge::task::{JoinSet, spawn_blocking, wrap};

use crate::book::Book;
use crate::hop::{Gate, Hop, Kind, Output, Plan};
use tollbridge_testkit::random::Random;

/// Hops and jobs in one runtime's life, at most.
const ACTS: usize = 150;
/// Handles that a worker has at hand, at most.
const KEPT: usize = 100;
/// Gates of runtimes that are no more that stay closed, at most.
const CLOSED: usize = 8;

/// What the workers of a round share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) book: Arc<Book>,
    /// How many hops are to be submitted.
    pub(crate) wanted: u64,
    /// Handles that go from one worker to another.
    pub(crate) exchanged: Mutex<Vec<Hop>>,
    /// The last gates that stayed closed.
    pub(crate) closed: Mutex<Vec<Arc<Gate>>>,
}

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Vec<Hop>> = const { RefCell::new(Vec::new()) };
}

/// Lets panics that the test provokes pass without words.
pub(crate) fn hush() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !IS_QUIET.get() {
            before(info);
        }
    }));
}

#[derive(Debug)]
pub(crate) struct Worker {
    shared: Arc<Shared>,
    random: Random,
    /// Where handles are awaited whose own runtime may be gone.
    home: tokio::runtime::Runtime,
    kept: Vec<Hop>,
}

/// One runtime and what was started in it.
pub(crate) struct Life {
    runtime: Runtime,
    gate: Arc<Gate>,
    /// No job ends until the gate is open.
    holds: bool,
    others: Others,
}

/// What was started beside hops with a handle of ours.
#[derive(Default)]
struct Others {
    sets: Vec<JoinSet<Output>>,
    wrapped: Vec<tokio::task::JoinHandle<Output>>,
}

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>, seed: u64, kept: Vec<Hop>) -> Self {
        let home = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        Self { shared, random: Random(seed), home, kept }
    }

    /// Submits hops until enough were. Returns the handles that are left.
    pub(crate) fn storm(mut self) -> Vec<Hop> {
        while !self.is_enough() {
            self.live();
        }
        self.kept
    }

    fn is_enough(&self) -> bool {
        self.shared.book.begun() >= self.shared.wanted
    }

    /// Ends all hops that it has: none is left.
    pub(crate) fn finish(mut self) -> Vec<Hop> {
        while let Some(hop) = self.random.take(&mut self.kept) {
            self.settle(hop);
        }
        self.kept
    }

    fn live(&mut self) {
        let opens = self.random.one_in(2);
        let mut life = self.birth(false);
        if opens {
            life.gate.open();
        }
        for _ in 0..self.random.below(ACTS) {
            if self.is_enough() {
                break;
            }
            self.act(&mut life);
        }
        self.death(life);
        while self.kept.len() > KEPT {
            let hop = self.random.take(&mut self.kept).expect("more than none");
            self.settle(hop);
        }
    }

    pub(crate) fn birth(&mut self, holds: bool) -> Life {
        let mut builder = if self.random.one_in(3) {
            tokio::runtime::Builder::new_multi_thread()
        } else {
            tokio::runtime::Builder::new_current_thread()
        };
        builder.worker_threads(1 + self.random.below(2)).max_blocking_threads(1 + self.random.below(3)).enable_time();
        if self.random.one_in(3) {
            // Pool threads that end while there are hops.
            builder.thread_keep_alive(Duration::from_micros(50));
        }
        let runtime = builder.build().expect("a runtime").into();
        Life { runtime, gate: Arc::default(), holds, others: Others::default() }
    }

    fn plan(&mut self, gate: &Arc<Gate>, holds: bool) -> Plan {
        let kind = self.random.one_of(&[Kind::Value, Kind::Value, Kind::Value, Kind::Panic, Kind::Panic, Kind::Nested]);
        let (value, waits) = (self.random.next(), holds || self.random.one_in(2));
        Plan { kind, value, waits, gate: Arc::clone(gate), book: Arc::clone(&self.shared.book) }
    }

    fn hop(&mut self, life: &Life) -> Hop {
        let plan = self.plan(&life.gate, life.holds);
        let job = plan.clone().job();
        match self.random.below(3) {
            0 => Hop::submit(&plan, || life.runtime.spawn_blocking(job)),
            1 => Hop::submit(&plan, || life.runtime.handle().spawn_blocking(job)),
            _ => {
                let _entered = life.runtime.enter();
                Hop::submit(&plan, || spawn_blocking(job))
            }
        }
    }

    fn act(&mut self, life: &mut Life) {
        match self.random.below(16) {
            0..=4 => {
                let hop = self.hop(life);
                self.kept.push(hop);
            }
            5 => drop(self.hop(life)),
            // The abort storm: jobs that wait for a thread, that run, that are over.
            6..=7 => {
                let hop = self.hop(life);
                hop.abort(self.random.one_in(2));
                self.kept.push(hop);
                let any = self.random.below(self.kept.len());
                self.kept[any].abort(self.random.one_in(2));
            }
            8 => self.hand_to_task(life),
            9 => self.wrapped(life),
            10..=11 => self.add_to_set(life),
            12 => self.exchange(),
            13 if self.random.one_in(20) => self.tear(life),
            13 if self.random.one_in(4) => self.refused(),
            13 => life.runtime.block_on(tokio::task::yield_now()),
            14 if self.random.one_in(8) => life.gate.open(),
            _ => {
                let hop = self.hop(life);
                self.kept.push(hop);
                let hop = self.random.take(&mut self.kept).expect("at least one");
                self.settle(hop);
            }
        }
    }

    /// Submits hops of every kind that cannot end before the gate is open.
    pub(crate) fn submit_held(&mut self, life: &mut Life, count: usize) {
        for _ in 0..count {
            match self.random.below(3) {
                0 => self.wrapped(life),
                1 => self.add_to_set(life),
                _ => {
                    let hop = self.hop(life);
                    if self.random.one_in(4) {
                        hop.abort(self.random.one_in(2));
                    }
                    self.kept.push(hop);
                }
            }
        }
    }

    /// Drops handles, of whichever capture. Returns how many.
    pub(crate) fn drop_some(&mut self) -> usize {
        let count = self.random.below(self.kept.len() / 2 + 1);
        for _ in 0..count {
            self.random.take(&mut self.kept);
        }
        count
    }

    /// Ends a hop, or keeps what is left of it.
    fn settle(&mut self, mut hop: Hop) {
        let may_be_awaited = hop.may_be_awaited();
        match self.random.below(4) {
            0 => drop(hop),
            1 => {
                let polled = self.home.block_on(poll_fn(|context| Poll::Ready(Pin::new(&mut hop).poll(context))));
                match polled {
                    Poll::Ready(nested) => self.kept.extend(nested),
                    Poll::Pending if self.random.one_in(2) => drop(hop),
                    Poll::Pending => self.kept.push(hop),
                }
            }
            _ if may_be_awaited => {
                let nested = self.home.block_on(hop);
                self.kept.extend(nested);
            }
            _ => {
                hop.abort(false);
                self.kept.push(hop);
            }
        }
    }

    /// An async task that awaits hops, and is aborted with them, or ends with its runtime.
    fn hand_to_task(&mut self, life: &Life) {
        let mut hops = [self.hop(life), self.hop(life)];
        hops.iter_mut().for_each(Hop::may_be_torn);
        let task = life.runtime.spawn(async move {
            for hop in hops {
                if let Some(nested) = hop.await {
                    nested.await;
                }
            }
        });
        if self.random.one_in(3) {
            task.abort();
        }
    }

    fn wrapped(&mut self, life: &mut Life) {
        let book = Arc::clone(&self.shared.book);
        let plan = self.plan(&life.gate, life.holds);
        let goes_nowhere = !life.holds && self.random.one_in(8);
        let handle = book.submit_unseen(|job| {
            let job = wrap(plan.unseen_job(job));
            if goes_nowhere {
                drop(job);
                return None;
            }
            let _entered = life.runtime.enter();
            Some(tokio::task::spawn_blocking(job))
        });
        if let Some(handle) = handle {
            if !life.holds && self.random.one_in(3) {
                handle.abort();
            }
            life.others.wrapped.push(handle);
        }
    }

    fn add_to_set(&mut self, life: &mut Life) {
        let book = Arc::clone(&self.shared.book);
        let plan = self.plan(&life.gate, life.holds);
        let sets = &mut life.others.sets;
        if sets.is_empty() || self.random.one_in(8) {
            sets.push(JoinSet::new());
        }
        let which = self.random.below(sets.len());
        let set = &mut sets[which];
        let abort = if self.random.one_in(2) {
            book.submit_unseen(|job| set.spawn_blocking_on(plan.unseen_job(job), life.runtime.handle()))
        } else {
            let _entered = life.runtime.enter();
            book.submit_unseen(|job| set.spawn_blocking(plan.unseen_job(job)))
        };
        if !life.holds && self.random.one_in(4) {
            abort.abort();
        }
    }

    fn exchange(&mut self) {
        let mut exchanged = self.shared.exchanged.lock();
        let theirs = self.random.take(&mut exchanged);
        exchanged.extend(self.random.take(&mut self.kept));
        drop(exchanged);
        self.kept.extend(theirs);
    }

    /// Leaves a hop to a thread's end: it is dropped before or after the thread's own journal.
    fn tear(&mut self, life: &Life) {
        let mut hop = self.hop(life);
        hop.may_be_torn();
        let other = self.hop(life);
        let recorder_first = self.random.one_in(2);
        let thread = std::thread::spawn(move || {
            let keep = || LAST.with_borrow_mut(|last| last.push(hop));
            if recorder_first {
                drop(other);
                keep();
            } else {
                keep();
                drop(other);
            }
        });
        thread.join().expect("nothing panics in it");
    }

    /// Outside a runtime: tokio panics.
    fn refused(&self) {
        IS_QUIET.set(true);
        self.shared.book.refused(|| {
            catch_unwind(AssertUnwindSafe(|| spawn_blocking(|| ()))).expect_err("there is no runtime");
        });
        IS_QUIET.set(false);
    }

    /// Ends a runtime, and what was started in it before or after that.
    pub(crate) fn death(&mut self, life: Life) {
        let Life { runtime, gate, mut others, .. } = life;
        let late = runtime.handle().clone();
        if self.random.one_in(2) {
            self.end_others(&gate, std::mem::take(&mut others));
        }
        match self.random.below(7) {
            0 => {
                gate.open();
                drop(runtime);
            }
            1 => {
                gate.open();
                runtime.shutdown_timeout(Duration::from_secs(5));
            }
            2 => {
                runtime.shutdown_timeout(Duration::ZERO);
                gate.open();
            }
            3 => {
                gate.open();
                std::thread::spawn(|| drop(runtime)).join().expect("a runtime ends without panic");
            }
            4 => {
                gate.open();
                while let Some(hop) = self.random.take(&mut self.kept) {
                    self.settle(hop);
                }
                drop(runtime.into_inner());
            }
            5 => {
                runtime.shutdown_background();
                let mut closed = self.shared.closed.lock();
                closed.push(Arc::clone(&gate));
                // Each holds threads back.
                if closed.len() > CLOSED {
                    closed.remove(0).open();
                }
            }
            _ => {
                runtime.shutdown_background();
                gate.open();
            }
        }
        // Into a pool that is no more.
        let plan = self.plan(&gate, false);
        let job = plan.clone().job();
        self.kept.push(Hop::submit(&plan, || late.spawn_blocking(job)));
        self.end_others(&gate, others);
    }

    fn end_others(&mut self, gate: &Gate, Others { sets, wrapped }: Others) {
        for handle in wrapped {
            match self.random.below(3) {
                0 => handle.abort(),
                1 if gate.is_open() => drop(self.home.block_on(handle)),
                _ => drop(handle),
            }
        }
        for mut set in sets {
            match self.random.below(4) {
                0 => drop(set),
                1 => set.detach_all(),
                2 => set.abort_all(),
                _ if gate.is_open() => while self.home.block_on(set.join_next()).is_some() {},
                _ => drop(set.into_inner()),
            }
        }
    }
}
