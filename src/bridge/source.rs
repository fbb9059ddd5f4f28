//! The source: the future that a blocking thread completes.
//!
//! [`Source`] is a plain value without a reference count. A hop makes one inside the blocking closure, publishes into
//! it, and tokio's own task carries it to the awaiter. So a hop needs no further allocation. [`pair`](super::pair())
//! puts a source in an `Arc`, so that any thread can complete it.
//!
//! Everything that takes the bridge lock goes through a [`Probe`]: the drop-in passes its hop's, the shared handles pass
//! the ambient one, tests a counting one. With [`Silent`](tollbridge_instrument::probe::Silent) no trace of probing is left
//! in the code.

use std::fmt;
use std::hint::black_box;
use std::time::Duration;
use std::time::Instant;

use lock_api::RawMutex;
use tollbridge_instrument::names::LockOp;
use tollbridge_instrument::probe::Probe;

use super::cell::{Cancel, Core, Held, Locked, Source, Start, Taking};
use super::{Exception, FutureState, InvalidState, Refused, Snapshot, State, TimedOut};
use crate::sync::Condvar;

impl<T, E, R: RawMutex> Source<T, E, R> {
    /// Returns a source that waits for its outcome.
    #[must_use]
    pub fn pending() -> Self {
        Self::of(Core::pending())
    }

    /// Returns a source that already holds its outcome.
    #[must_use]
    pub fn finished(outcome: Result<T, Exception<E>>) -> Self {
        Self::of(Core::finished(outcome))
    }

    /// Returns a source that is already cancelled.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::of(Core::cancelled())
    }

    fn of(core: Core<Held<T, E>, R>) -> Self {
        Self { core, condvar: Condvar::new() }
    }

    /// Announces that the job is about to run. Returns whether it should run: false if the source was cancelled.
    ///
    /// This takes one bridge lock (`start`). A second call returns the same and changes nothing.
    ///
    /// # Source
    ///
    /// `set_running_or_notify_cancel`, which raises when called twice.
    #[must_use]
    pub fn start<P: Probe>(&self, probe: &P) -> bool {
        self.lock(LockOp::Start, probe).start() == Start::Run
    }

    /// Cancels the source unless its job has started. Returns whether the source is cancelled now.
    ///
    /// This takes one bridge lock (`cancel`), and wakes those who wait.
    pub fn cancel<P: Probe>(&self, probe: &P) -> bool {
        let mut locked = self.lock(LockOp::Cancel, probe);
        match locked.cancel() {
            Cancel::Now => {
                self.tell(locked);
                true
            }
            Cancel::Already => true,
            Cancel::TooLate => false,
        }
    }

    /// The awaiter goes: takes its waker along, and cancels the source if nothing runs yet.
    pub(super) fn leave<P: Probe>(&self, probe: &P) {
        if self.state().is_done() {
            // Whoever made it so has taken the waker.
            return;
        }
        let mut locked = self.lock(LockOp::Cancel, probe);
        let waker = locked.waker().take();
        match locked.cancel() {
            Cancel::Now => self.tell(locked),
            Cancel::Already | Cancel::TooLate => drop(locked),
        }
        drop(waker);
    }

    /// Stores the outcome and wakes those who wait.
    ///
    /// This takes one bridge lock (`publish`). It happens before any `snapshot`, `result` or `exception` that returns the outcome.
    ///
    /// # Errors
    ///
    /// Returns the outcome if the source was done already: cancelled, or published before.
    #[inline]
    pub fn publish<P: Probe>(
        &self,
        outcome: Result<T, Exception<E>>,
        probe: &P,
    ) -> Result<(), Refused<Result<T, Exception<E>>>> {
        let mut locked = self.lock(LockOp::Publish, probe);
        match locked.finish(outcome) {
            Ok(()) => {
                self.tell(locked);
                Ok(())
            }
            Err(outcome) => Err(Refused(outcome)),
        }
    }

    /// Returns the view that a transfer reads, with `probe` watching its locks and its copy.
    #[inline]
    pub fn probed<'a, P: Probe>(&'a mut self, probe: &'a P) -> Probed<'a, T, E, R, P> {
        Probed::new(self.core.taking(), probe)
    }

    #[inline]
    pub(super) fn lock<P: Probe>(&self, op: LockOp, probe: &P) -> Locked<'_, Held<T, E>, R> {
        self.core.lock(op, probe)
    }

    /// Gives the lock up, then wakes everybody.
    #[inline]
    fn tell(&self, mut locked: Locked<'_, Held<T, E>, R>) {
        let waker = locked.waker().take();
        self.condvar.notify_all();
        // A waker runs code that we do not know; it must not find the lock held.
        drop(locked);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T, E, R> Source<T, E, R> {
    /// Returns the current state, without a lock. Another thread may change it at any moment, unless it is done.
    #[must_use]
    pub fn state(&self) -> State {
        self.core.state()
    }
}

impl<T, E> Source<T, E> {
    /// Blocks until the source is done.
    ///
    /// A `timeout` of `None` waits forever. This takes one bridge lock (`wait`); reacquisitions inside the condition variable are not probed.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if the source was not done in time.
    pub fn wait<P: Probe>(&self, timeout: Option<Duration>, probe: &P) -> Result<(), TimedOut> {
        // A timeout beyond what the clock can express is for ever.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut locked = self.lock(LockOp::Wait, probe);
        while !locked.state().is_done() {
            let passed = self.condvar.wait_until(locked.guard(), deadline);
            if passed && !locked.state().is_done() {
                return Err(TimedOut);
            }
        }
        Ok(())
    }
}

impl<T, E, R> fmt::Debug for Source<T, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("state", &self.state()).finish_non_exhaustive()
    }
}

/// A source as a transfer sees it: the right to take the outcome, and a probe that watches.
///
/// [`Source::probed`] makes it. `done`, `cancelled`, `exception` and `result` take one bridge lock each. `snapshot` takes none on a finished
/// source, otherwise one. Whichever of `exception`, `result` and `snapshot` returns the outcome makes a state copy, which moves the outcome
/// out.
pub struct Probed<'a, T, E, R, P> {
    taking: Taking<'a, Held<T, E>, R>,
    probe: &'a P,
}

impl<'a, T, E, R: RawMutex, P: Probe> Probed<'a, T, E, R, P> {
    #[inline]
    pub(super) fn new(taking: Taking<'a, Held<T, E>, R>, probe: &'a P) -> Self {
        Self { taking, probe }
    }

    #[inline]
    fn lock(&self, op: LockOp) -> Locked<'a, Held<T, E>, R> {
        self.taking.core().lock(op, self.probe)
    }
}

/// Moves the outcome out of its place, inside a `copy` span.
#[inline]
fn copy<T, E, P: Probe>(place: &mut Option<Held<T, E>>, probe: &P) -> Held<T, E> {
    if place.is_none() {
        return Err(Exception::InvalidState(InvalidState::Taken));
    }
    let bytes = size_of::<Held<T, E>>();
    let opened = probe.open_copy(bytes);
    let mut outcome = place.take();
    if P::WATCHES {
        // Otherwise the compiler is free to move the bytes after the span.
        black_box(&mut outcome);
    }
    probe.close_copy(opened, bytes);
    outcome.unwrap_or(Err(Exception::InvalidState(InvalidState::Taken)))
}

/// What `exception` and `result` say of a source that is not finished.
fn unfinished<E>(state: State) -> Exception<E> {
    if state.is_cancelled() { Exception::Cancelled } else { Exception::InvalidState(InvalidState::NotDone) }
}

impl<T, E, R: RawMutex, P: Probe> FutureState for Probed<'_, T, E, R, P> {
    type Output = T;
    type Exception = Exception<E>;

    const ONE_STEP: bool = true;

    #[inline]
    fn done(&self) -> bool {
        self.lock(LockOp::Done).state().is_done()
    }

    #[inline]
    fn cancelled(&self) -> bool {
        self.lock(LockOp::Cancelled).state().is_cancelled()
    }

    #[inline]
    fn exception(&mut self) -> Option<Exception<E>> {
        let locked = self.lock(LockOp::Exception);
        let probe = self.probe;
        let found = self.taking.finished(|place| match place {
            Some(Ok(_)) => None,
            Some(Err(_)) | None => copy(place, probe).err(),
        });
        found.unwrap_or_else(|| Some(unfinished(locked.state())))
    }

    #[inline]
    fn result(&mut self) -> Result<T, Exception<E>> {
        let locked = self.lock(LockOp::Result);
        let probe = self.probe;
        let found = self.taking.finished(|place| copy(place, probe));
        found.unwrap_or_else(|| Err(unfinished(locked.state())))
    }

    #[inline]
    fn snapshot(&mut self) -> Snapshot<T, Exception<E>> {
        let probe = self.probe;
        // FINISHED is final, so having seen it there is nothing that the lock could still protect.
        if let Some(outcome) = self.taking.finished(|place| copy(place, probe)) {
            return outcome.into();
        }
        // Any other state may be changing right now: look again, once, where it cannot.
        let locked = self.lock(LockOp::Snapshot);
        match self.taking.finished(|place| copy(place, probe)) {
            Some(outcome) => outcome.into(),
            None if locked.state().is_cancelled() => Snapshot::Cancelled,
            None => Snapshot::NotDone,
        }
    }
}

impl<T, E, R, P> fmt::Debug for Probed<'_, T, E, R, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probed").field("state", &self.taking.core().state()).finish_non_exhaustive()
    }
}
