//! The bridges. A bridge carries a finished state from the source that a thread completes to the awaiter that waits for it.
//!
//! CPython's asyncio took its source's lock four times for each transfer: `done()`, `cancelled()`, `exception()`, `result()`
//! ([gh-134173](https://github.com/python/cpython/issues/134173)). One `Future._get_snapshot()` made the transfer 4.12 times
//! faster there ([gh-134174](https://github.com/python/cpython/pull/134174)). This module has both forms, over the same source, so that you can measure the
//! difference inside an app:
//!
//! - [`naive::copy_future_state`]: four calls, a bridge lock each;
//! - [`snapshot::copy_future_state`]: one step, without a lock when the source is finished.
//!
//! A [`Source`] is a plain value; in a hop, tokio's own task carries it. [`pair`](pair()) shares a source between threads, and
//! [`wrap_future`](wrap_future()) awaits it. To write your own source, implement the four calls of [`FutureState`]; to write your own awaiter, the four of
//! [`Destination`]. Nothing in this module uses tokio or the recorder.
//!
//! # States
//!
//! The state is one word. It is written only under the bridge lock, and anybody may read it.
//!
//! | state | done | cancelled | goes to | by |
//! |---|---|---|---|---|
//! | PENDING | | | RUNNING, CANCELLED, FINISHED | `start`; `cancel`; `publish` |
//! | RUNNING | | | FINISHED | `publish` |
//! | CANCELLED | yes | yes | CANCELLED_AND_NOTIFIED | `start` |
//! | CANCELLED_AND_NOTIFIED | yes | yes | nowhere | |
//! | FINISHED | yes | | nowhere | |
//!
//! # Ownership
//!
//! This table shows who may touch which field in which state.
//!
//! | field | PENDING, RUNNING | CANCELLED, CANCELLED_AND_NOTIFIED | FINISHED |
//! |---|---|---|---|
//! | outcome | `None`; holder of the lock writes it, once, going to FINISHED (**O1**) | `None`; nobody | the one `Taking` reads, takes, drops it (**O2**) |
//! | waker | holder of the lock | holder of the lock; `None` | holder of the lock; `None` |
//! | state word | holder of the lock writes | holder of the lock writes | nobody writes |
//!
//! **O3**: there is at most one `Taking` per source. It is made from `&mut Source`, or from the `&mut` of the one reading handle
//! that [`pair`](pair()) makes. That handle keeps a reference count, so that no `&mut Source` can exist next to it. A [`Completer`] that completes
//! is consumed. An [`Observer`] reads only the word.
//!
//! # Edges
//!
//! This table shows which write becomes visible to which read, and by what.
//!
//! | edge | release | acquire | what becomes visible |
//! |---|---|---|---|
//! | **E1** | `publish` stores FINISHED | a `Taking` loads FINISHED, no lock held | the outcome |
//! | **E2** | the lock is released | the lock is acquired next | word, waker, outcome |
//! | **E3** | any change of the word | a load of the word that sees it | no field; what the writer had done before |
//! | **E4** | the awaiter leaves its waker and releases the lock | `publish` or `cancel` acquires the lock | the waker; in the other order the awaiter, under its lock, sees the source done and leaves none |
//! | **E5** | a handle is dropped | the last handle is dropped (the `Arc`'s own) | everything |
//!
//! `tests/loom.rs` has a model for each pair that races. In one build, E1 and E3 are weakened on purpose, and the models must fail.
//!
//! # Freeing
//!
//! | completing side ends with | reading side ends with | who drops the outcome | who frees |
//! |---|---|---|---|
//! | outcome published | takes it | the reading side's caller, as its own value | last handle |
//! | outcome published | dropped later, untaken | the [`Reader`]'s drop | last handle |
//! | outcome published later | dropped before | the last handle, with the source | last handle |
//! | outcome refused (cancelled) | whatever | the completing side's caller, who gets it back | last handle |
//! | dropped or unwinding, started or not | whatever | there is none: [`InvalidState::Abandoned`] takes its place | last handle |
//! | a [`Source`] by value | the same thread | whoever takes it, else the source's drop | the owner |
//!
//! Nothing is freed by hand: the `Option` in the cell and the `Arc` around it drop what is left.
//!
//! # Why not simpler
//!
//! - *The outcome inside the mutex.* All of this would be safe code, but exactly the naive bridge: no transfer without a lock could be built on it.
//! - *No lock at all, a one-shot channel.* This is tokio's own handle, which the native arm measures. The question here
//!   is what the lock costs those who have one.
//! - *Every handle may read, as in CPython.* This needs a `Clone` result or one more reference count per hop. With one reader the
//!   outcome moves.
//! - *A word changed by compare-and-swap.* The holder of the lock is the only writer, so a store is enough. A waiter on the condition
//!   variable needs the lock in any case.

pub mod naive;
pub mod snapshot;

mod cell;
mod destination;
mod outcome;
mod pair;
mod source;
mod state;
mod wrap_future;

pub use self::cell::Source;
pub use self::destination::{Awaiter, Destination};
pub use self::outcome::{Exception, Failure, InvalidState, NotDone, Refused, TimedOut};
pub use self::pair::{Completer, Observer, Reader, pair};
pub use self::source::Probed;
pub use self::state::State;
pub use self::wrap_future::{WrapFuture, wrap_future};

/// A future whose state can be read. A transfer needs this of its source.
///
/// The four calls are CPython's own. If your type can give its state in one step, override
/// [`snapshot`](Self::snapshot) *and* set [`ONE_STEP`](Self::ONE_STEP).
pub trait FutureState {
    /// The type of a finished source's result.
    type Output;
    /// The type of the exception that it has instead of a result.
    type Exception;

    /// Whether `snapshot` is a separate step, and not the default that makes the four calls.
    ///
    /// This decides at compile time which way [`snapshot::copy_future_state`] goes. False by default.
    const ONE_STEP: bool = false;

    /// Returns whether the source is cancelled or finished. Once true, it stays true.
    fn done(&self) -> bool;

    /// Returns whether the source is cancelled. Once `done` is true, this does not change.
    fn cancelled(&self) -> bool;

    /// Takes the exception of a finished source. `None` if the source has a result.
    ///
    /// If the source is cancelled, not done or taken from, this returns the exception that [`result`](Self::result) would give.
    fn exception(&mut self) -> Option<Self::Exception>;

    /// Takes the result of a finished source. This never blocks.
    ///
    /// # Errors
    ///
    /// Returns the source's exception, or one that names why there is no result: cancelled, not done, already taken.
    fn result(&mut self) -> Result<Self::Output, Self::Exception>;

    /// Takes the whole state in one step.
    ///
    /// The default makes the four calls. For a source without a one-step copy, only the form changes.
    fn snapshot(&mut self) -> Snapshot<Self::Output, Self::Exception> {
        if !self.done() {
            return Snapshot::NotDone;
        }
        if self.cancelled() {
            return Snapshot::Cancelled;
        }
        match self.exception() {
            Some(exception) => Snapshot::Exception(exception),
            None => self.result().into(),
        }
    }
}

/// A source's state, copied in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snapshot<T, X> {
    /// Pending or running: there is nothing to copy.
    NotDone,
    /// Cancelled.
    Cancelled,
    /// Finished with an exception.
    Exception(X),
    /// Finished with a result.
    Result(T),
}

impl<T, X> From<Result<T, X>> for Snapshot<T, X> {
    #[inline]
    fn from(outcome: Result<T, X>) -> Self {
        match outcome {
            Ok(result) => Self::Result(result),
            Err(exception) => Self::Exception(exception),
        }
    }
}

/// Which of the two transfers carries a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Bridge {
    /// [`naive::copy_future_state`].
    Naive,
    /// [`snapshot::copy_future_state`].
    #[default]
    Snapshot,
}
