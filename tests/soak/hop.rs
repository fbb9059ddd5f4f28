//! A hop that notes in the book how it ends, wherever its handle is awaited or dropped.

use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::{Condvar, Mutex};
use tollbridge::task::{JoinHandle, spawn_blocking};

use crate::book::{Book, End, Job, Moment};

/// Holds jobs back on their pool threads until it is opened.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<GateState>,
    opened: Condvar,
}

#[derive(Debug, Default)]
struct GateState {
    is_open: bool,
    waiting: usize,
}

impl Gate {
    pub(crate) fn open(&self) {
        self.state.lock().is_open = true;
        self.opened.notify_all();
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state.lock().is_open
    }

    /// Threads that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.state.lock().waiting
    }

    pub(crate) fn pass(&self) {
        let mut state = self.state.lock();
        state.waiting += 1;
        self.opened.wait_while(&mut state, |state| !state.is_open);
        state.waiting -= 1;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Value,
    Panic,
    /// Submits a hop itself and returns that.
    Nested,
}

/// What a job returns: on the heap, so that one that is lost or dropped twice is found.
#[derive(Debug)]
pub(crate) enum Output {
    Value(Box<u64>),
    Nested(Box<Hop>),
}

/// What a job is made from.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    pub(crate) value: u64,
    /// Whether it waits for its gate.
    pub(crate) waits: bool,
    pub(crate) gate: Arc<Gate>,
    pub(crate) book: Arc<Book>,
}

impl Plan {
    /// The closure of a hop.
    pub(crate) fn job(self) -> impl FnOnce() -> Output + Send + 'static {
        let submitter = self.book.job();
        move || {
            let _submitter = submitter;
            self.wait();
            match self.kind {
                Kind::Value => Output::Value(Box::new(self.value)),
                // Without the panic hook's words.
                Kind::Panic => resume_unwind(Box::new(self.value)),
                Kind::Nested => {
                    let inner = Self { kind: Kind::Value, waits: false, ..self };
                    let mut hop = Hop::submit(&inner.clone(), || spawn_blocking(inner.job()));
                    hop.may_be_torn();
                    Output::Nested(Box::new(hop))
                }
            }
        }
    }

    /// The closure of a job that notes its own end.
    pub(crate) fn unseen_job(self, job: Job) -> impl FnOnce() -> Output + Send + 'static {
        move || {
            self.wait();
            if self.kind == Kind::Panic {
                let _job = job.will(End::Panicked);
                resume_unwind(Box::new(self.value));
            }
            drop(job.will(End::Joined));
            Output::Value(Box::new(self.value))
        }
    }

    fn wait(&self) {
        if self.waits {
            self.gate.pass();
        }
    }
}

/// A hop's handle.
#[derive(Debug)]
pub(crate) struct Hop {
    handle: Option<JoinHandle<Output>>,
    submitted: Moment,
    kind: Kind,
    value: u64,
    gate: Arc<Gate>,
    book: Arc<Book>,
    /// How it ends if it is dropped.
    dropped: End,
}

impl Hop {
    /// A hop whose job is made from `plan`.
    pub(crate) fn submit(plan: &Plan, submit: impl FnOnce() -> JoinHandle<Output>) -> Self {
        let (gate, book) = (Arc::clone(&plan.gate), Arc::clone(&plan.book));
        let (submitted, handle) = book.submit(submit);
        let (kind, value) = (plan.kind, plan.value);
        Self { handle: Some(handle), submitted, kind, value, gate, book, dropped: End::Detached }
    }

    /// Whether awaiting it comes to an end.
    pub(crate) fn may_be_awaited(&self) -> bool {
        self.gate.is_open()
    }

    pub(crate) fn abort(&self, through_abort_handle: bool) {
        let handle = self.handle.as_ref().expect("not ended");
        if through_abort_handle { handle.abort_handle().abort() } else { handle.abort() }
    }

    /// It may be dropped while its thread comes to its end: by a thread-local variable, or with what a runtime still held
    /// when the last of its threads ended.
    pub(crate) fn may_be_torn(&mut self) {
        self.dropped = End::Torn;
    }

    /// Checks what was awaited against what was submitted.
    fn check(&self, outcome: Result<Output, tokio::task::JoinError>) -> (End, Option<Hop>) {
        match outcome {
            Ok(Output::Value(value)) => {
                assert_eq!((self.kind, self.value), (Kind::Value, *value));
                (End::Joined, None)
            }
            Ok(Output::Nested(mut hop)) => {
                assert_eq!((self.kind, self.value), (Kind::Nested, hop.value));
                // It is in the same hands from now on.
                hop.dropped = self.dropped;
                (End::Joined, Some(*hop))
            }
            Err(error) if error.is_cancelled() => (End::Cancelled, None),
            Err(error) => {
                let value = error.into_panic().downcast::<u64>().expect("a job's own panic");
                assert_eq!((self.kind, self.value), (Kind::Panic, *value));
                (End::Panicked, None)
            }
        }
    }
}

impl Future for Hop {
    /// The hop that it submitted, if it did.
    type Output = Option<Hop>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut handle = self.handle.take().expect("not ended");
        let hop = &*self;
        let polled = hop.book.end(hop.submitted, || match Pin::new(&mut handle).poll(context) {
            Poll::Pending => (None, None),
            Poll::Ready(outcome) => {
                let (end, nested) = hop.check(outcome);
                (Some(end), Some(nested))
            }
        });
        match polled {
            Some(nested) => Poll::Ready(nested),
            None => {
                self.handle = Some(handle);
                Poll::Pending
            }
        }
    }
}

impl Drop for Hop {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take() {
            self.book.end(self.submitted, || {
                drop(handle);
                (Some(self.dropped), ())
            });
        }
    }
}
