//! A job in the wanted state, its handle, and what all cells do with these.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::task::{AbortHandle, Id, JoinError, JoinHandle, spawn_blocking};
use crate::job::{Ending, Outcome, Output, Over, job};
use crate::panics::{self, caught};
use crate::patience::{self, Opener, gate};
use crate::transcript::{Log, without_id};

/// A hop that does not complete before its gate is opened.
pub(super) struct Fixture {
    pub(super) hop: Hop,
    pub(super) pending: Pending,
}

/// The handle's side.
pub(super) struct Hop {
    pub(super) log: Log,
    pub(super) handle: JoinHandle<Output>,
    id: Id,
}

/// The job of a hop that nobody holds.
pub(super) type FreeJob = Box<dyn FnOnce() -> Output + Send>;

/// What keeps it from completing.
pub(super) struct Pending {
    opener: Opener,
    over: Over,
}

impl Fixture {
    /// In the runtime that the caller is in, which has one blocking thread.
    pub(super) fn new(log: &Log, outcome: Outcome) -> Self {
        let (opener, held) = gate();
        let (start, started) = gate();
        let (hop, over) = if outcome.queued {
            let (occupy, occupied) = gate();
            let whose = log.clone();
            drop(tokio::task::spawn_blocking(move || {
                whose.thread_is("pool");
                occupy.open();
                held.wait();
            }));
            occupied.wait();
            let (job, over) = job(log, outcome.ending, start, None);
            (Hop::of(log, spawn_blocking(job)), over)
        } else {
            let (job, over) = job(log, outcome.ending, start, Some(held));
            let handle = spawn_blocking(job);
            started.wait();
            (Hop::of(log, handle), over)
        };
        if outcome.aborted {
            hop.handle.abort();
            log.event("aborted");
        }
        Self { hop, pending: Pending { opener, over } }
    }
}

impl Pending {
    pub(super) fn open(self) -> Over {
        self.opener.open();
        self.over
    }

    /// Opens, and waits for the job's end where no handle is left to tell.
    pub(super) fn open_and_wait(self) {
        let over = self.open();
        patience::until(|| over.is_over());
    }
}

impl Hop {
    /// A hop that nobody holds. Its job begins when the handle is known, so that events are in order.
    pub(super) fn free(log: &Log, spawn: impl FnOnce(FreeJob) -> JoinHandle<Output>) -> Self {
        let (begin, begun) = gate();
        let (job, _) = job(log, Ending::Value, gate().0, None);
        let handle = spawn(Box::new(move || {
            begun.wait();
            job()
        }));
        let hop = Self::of(log, handle);
        begin.open();
        hop
    }

    /// What is known of a handle that is fresh.
    pub(super) fn of(log: &Log, handle: JoinHandle<Output>) -> Self {
        log.tally(|tally| tally.spawned += 1);
        let id = handle.id();
        log.task_is(id, "job");
        log.event(without_id(&format!("has {handle:?}"), id));
        Self { log: log.clone(), handle, id }
    }

    pub(super) fn tell_finished(&self) {
        self.log.event(format!("the handle's is_finished: {}", self.handle.is_finished()));
    }

    /// Waits without polling.
    pub(super) fn wait_finished(&self) {
        patience::until(|| self.handle.is_finished());
    }

    pub(super) fn tell_abort_handle(&self, abort: &AbortHandle) {
        let same = abort.id() == self.id;
        self.log.event(without_id(
            &format!("has {abort:?}, of the same id: {same}, is_finished: {}", abort.is_finished()),
            self.id,
        ));
    }

    /// One poll with the awaiter's waker.
    pub(super) async fn poll_once(&mut self) -> Poll<Result<Output, JoinError>> {
        poll_fn(|cx| Poll::Ready(self.poll(cx))).await
    }

    /// One poll, told.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Output, JoinError>> {
        let polled = Pin::new(&mut self.handle).poll(cx);
        self.log.event(if polled.is_ready() { "polled: ready" } else { "polled: pending" });
        polled
    }

    /// Awaits, and drops the handle before it looks at the result.
    pub(super) async fn conclude(self) {
        let Self { log, handle, id } = self;
        let result = handle.await;
        conclude(&log, id, result);
    }

    /// The same without a runtime.
    pub(super) fn conclude_here(mut self) {
        let result = park_on(|cx| Pin::new(&mut self.handle).poll(cx));
        conclude(&self.log, self.id, result);
    }

    /// For a result that the handle gave while it lives on.
    pub(super) fn conclude_with(&self, result: Result<Output, JoinError>) {
        conclude(&self.log, self.id, result);
    }

    /// What a poll after completion says.
    pub(super) async fn poll_again(&mut self) {
        poll_fn(|cx| {
            let log = self.log.clone();
            let polled = caught(&log, || Pin::new(&mut self.handle).poll(cx).is_ready());
            log.event(format!("polled again: {polled:?}"));
            Poll::Ready(())
        })
        .await;
    }
}

/// Tells everything of a result and drops it.
pub(super) fn conclude(log: &Log, id: Id, result: Result<Output, JoinError>) {
    log.ended(&result);
    match result {
        Ok(output) => {
            log.event(format!("got {output:?}, of number {}", output.number));
            caught(log, || drop(output));
        }
        Err(error) => {
            let (cancelled, panic, same) = (error.is_cancelled(), error.is_panic(), error.id() == id);
            log.event(format!("got an error: cancelled {cancelled}, panic {panic}, of the same id: {same}"));
            log.event(without_id(&format!("it prints {:?} and {error:?}", error.to_string()), id));
            match error.try_into_panic() {
                Ok(payload) => {
                    log.event(format!("it carries {}", panics::text(&*payload)));
                    caught(log, || drop(payload));
                }
                Err(error) => {
                    caught(log, || error.into_panic());
                }
            }
        }
    }
    log.event("dropped the result");
}

struct Unparks(Thread);

impl Wake for Unparks {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls on the calling thread until ready.
pub(super) fn park_on<T>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
    let waker = Waker::from(Arc::new(Unparks(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(value) = poll(&mut cx) {
            return value;
        }
        thread::park_timeout(patience::LIMIT);
    }
}
