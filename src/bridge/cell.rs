//! The outcome's cell and the source around it, and all of the bridge's unsafe code: three small blocks behind a safe face.
//! What a source does is in `source.rs`.
//!
//! Who may touch the cell is decided by two things that the types here carry, so that no caller has to promise anything:
//!
//! - [`Locked`] exists only while the bridge lock is held, and writes only before FINISHED (rule O1);
//! - [`Taking`] exists at most once per source, and touches the cell only after FINISHED (rule O2).
//!
//! The rules and the edges are in the [tables of the protocol](super#ownership). A `Mutex<Option<V>>` would need no unsafe
//! code and is what the naive bridge amounts to; the cell is apart from the lock because the snapshot's finished path
//! takes no lock.

#![expect(unsafe_code, reason = "the finished path reads the outcome without the lock, which no safe std type allows")]

use std::task::Waker;

use lock_api::RawMutex;
use tollbridge_instrument::names::LockOp;
use tollbridge_instrument::probe::Probe;

use super::Exception;
use super::state::{State, Word};
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, UnsafeCell};

/// State word, bridge lock and cell. The lock guards the word's changes and the awaiter's waker.
pub(super) struct Core<V, R> {
    word: Word,
    lock: Mutex<R, Option<Waker>>,
    outcome: UnsafeCell<Option<V>>,
}

// SAFETY: what a shared `&Core` can reach is the word (atomic), the waker (behind the lock) and the cell, and the cell only
// through rules O1 and O2: one thread moves a `V` in, one other moves it out, and E1 or E2 lies between. Values move
// between threads, hence `V: Send`; no two threads ever share a `&V`, hence no `V: Sync`. `R` is shared by everybody who
// locks. `Send` needs no word here: it is derived from the fields.
unsafe impl<V: Send, R: Send + Sync> Sync for Core<V, R> {}

impl<V, R: RawMutex> Core<V, R> {
    pub(super) fn pending() -> Self {
        Self::of(State::Pending, None)
    }

    pub(super) fn cancelled() -> Self {
        Self::of(State::CancelledAndNotified, None)
    }

    pub(super) fn finished(outcome: V) -> Self {
        Self::of(State::Finished, Some(outcome))
    }

    fn of(state: State, outcome: Option<V>) -> Self {
        Self { word: Word::new(state), lock: Mutex::new(None), outcome: UnsafeCell::new(outcome) }
    }

    /// Acquires the bridge lock inside a span.
    #[inline(always)]
    pub(super) fn lock<P: Probe>(&self, op: LockOp, probe: &P) -> Locked<'_, V, R> {
        let guard = probe.acquire(op, || self.lock.try_lock(), || self.lock.lock());
        Locked { core: self, guard }
    }

    /// The right to take, from the exclusive borrow of an unshared core.
    #[inline]
    pub(super) fn taking(&mut self) -> Taking<'_, V, R> {
        Taking { core: self }
    }
}

impl<V, R> Core<V, R> {
    /// The state just now, without the lock.
    #[inline]
    pub(super) fn state(&self) -> State {
        self.word.load()
    }
}

/// Proof that the bridge lock is held.
pub(super) struct Locked<'a, V, R: RawMutex> {
    core: &'a Core<V, R>,
    guard: MutexGuard<'a, R, Option<Waker>>,
}

/// What the completing side learns when it starts.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// The job is to run.
    Run,
    /// It was cancelled: do not run it.
    Cancelled,
}

/// What came of a request to cancel.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cancel {
    /// It is cancelled as of now: tell those who wait.
    Now,
    /// It was cancelled before.
    Already,
    /// It runs or is finished.
    TooLate,
}

impl<'a, V, R: RawMutex> Locked<'a, V, R> {
    /// The state, which cannot change while the lock is held.
    #[inline]
    pub(super) fn state(&self) -> State {
        self.core.word.load()
    }

    /// The place of the awaiter's waker.
    pub(super) fn waker(&mut self) -> &mut Option<Waker> {
        &mut self.guard
    }

    /// The guard itself, to wait with. The lock is free in the meantime, and held again afterwards.
    pub(super) fn guard(&mut self) -> &mut MutexGuard<'a, R, Option<Waker>> {
        &mut self.guard
    }

    /// PENDING to RUNNING, CANCELLED to CANCELLED_AND_NOTIFIED.
    pub(super) fn start(&mut self) -> Start {
        match self.state() {
            State::Pending => {
                self.core.word.store(State::Running);
                Start::Run
            }
            State::Cancelled => {
                self.core.word.store(State::CancelledAndNotified);
                Start::Cancelled
            }
            State::CancelledAndNotified => Start::Cancelled,
            State::Running | State::Finished => Start::Run,
        }
    }

    /// PENDING to CANCELLED.
    pub(super) fn cancel(&mut self) -> Cancel {
        match self.state() {
            State::Pending => {
                self.core.word.store(State::Cancelled);
                Cancel::Now
            }
            State::Cancelled | State::CancelledAndNotified => Cancel::Already,
            State::Running | State::Finished => Cancel::TooLate,
        }
    }

    /// PENDING or RUNNING to FINISHED. Gives the outcome back if the source was done.
    #[inline]
    pub(super) fn finish(&mut self, outcome: V) -> Result<(), V> {
        if self.state().is_done() {
            return Err(outcome);
        }
        self.core.outcome.with_mut(|cell| {
            // SAFETY: O1: before FINISHED only the holder of the lock touches the cell, and `self` is the lock held. It is
            // `None` (only FINISHED has an outcome), so that nothing is overwritten undropped.
            unsafe { cell.write(Some(outcome)) }
        });
        self.core.word.store(State::Finished);
        Ok(())
    }
}

/// The right to take the outcome. At most one exists per source at any time.
pub(super) struct Taking<'a, V, R> {
    core: &'a Core<V, R>,
}

impl<'a, V, R> Taking<'a, V, R> {
    #[inline]
    pub(super) fn core(&self) -> &'a Core<V, R> {
        self.core
    }

    /// Runs `f` on the outcome's place, `None` there meaning taken; or returns `None` if the source is not finished.
    #[inline]
    pub(super) fn finished<O>(&mut self, f: impl FnOnce(&mut Option<V>) -> O) -> Option<O> {
        if !self.core.word.is_finished() {
            return None;
        }
        Some(self.core.outcome.with_mut(|cell| {
            // SAFETY: O2: in FINISHED the cell belongs to the one `Taking`, which `self` is and which is borrowed for as
            // long as this reference lives. FINISHED is final, so no `Locked` writes any more, and E1 (or E2, when the
            // caller holds the lock) makes the completer's write visible.
            let outcome = unsafe { &mut *cell };
            f(outcome)
        }))
    }
}

/// What a finished source holds.
pub(super) type Held<T, E> = Result<T, Exception<E>>;

/// A source, by value: lock, condition variable, state word, and the outcome once there is one.
///
/// `T` is the result, `E` the job's own error, and `R` the raw mutex of the bridge lock.
///
/// Through `&Source` anybody may complete it, once. Only `&mut Source` can take the outcome ([`probed`](Self::probed)).
///
/// # Concurrency
///
/// `Send` and `Sync` if `T` and `E` are `Send`: values move through it and are never shared.
///
/// # Examples
///
/// ```
/// use tollbridge::bridge::{Awaiter, Source, snapshot};
/// use tollbridge_instrument::probe::Silent;
///
/// let mut source: Source<u32, std::io::Error> = Source::pending();
/// source.publish(Ok(7), &Silent).unwrap();
///
/// let mut awaiter = Awaiter::new();
/// snapshot::copy_future_state(&mut source.probed(&Silent), &mut awaiter).unwrap();
/// assert_eq!(awaiter.take().unwrap().unwrap(), 7);
/// ```
///
/// # Source
///
/// `concurrent.futures.Future` (`Lib/concurrent/futures/_base.py`) has the same five states and one condition variable. This type gives the
/// outcome to one taker instead of to everybody, and has one waker instead of a list of callbacks.
pub struct Source<T, E, R = parking_lot::RawMutex> {
    pub(super) core: Core<Held<T, E>, R>,
    pub(super) condvar: Condvar,
}

/// A shared source, and the one right to take from it: rule O3.
///
/// Not `Clone`. It is made only by [`share`](Self::share), which consumes an unshared source, and it keeps a count of the `Arc`, so
/// that nobody can get a `&mut Source` (the other way to a [`Taking`]) while it lives.
pub(super) struct Sole<T, E, R>(Arc<Source<T, E, R>>);

impl<T, E, R: RawMutex> Sole<T, E, R> {
    pub(super) fn share(source: Source<T, E, R>) -> Self {
        Self(Arc::new(source))
    }

    pub(super) fn source(&self) -> &Arc<Source<T, E, R>> {
        &self.0
    }

    #[inline]
    pub(super) fn taking(&mut self) -> Taking<'_, Held<T, E>, R> {
        Taking { core: &self.0.core }
    }
}
