//! A source shared between threads: one thread completes it, one takes from it, any number observe it.
//!
//! The handles enforce the ownership rule. Nobody can complete twice, because [`Completer`] is consumed. Nobody can take while
//! another takes, because [`Reader`] is not `Clone` and taking needs `&mut`. In CPython everybody can read every future,
//! which in Rust would cost a reference count or a `Clone` for each result.

use std::fmt;
use std::time::Duration;

use tollbridge_instrument::names::LockOp;
use tollbridge_instrument::probe::Ambient;

use super::cell::{Sole, Source};
use super::source::Probed;
use super::{Exception, FutureState, InvalidState, Refused, Snapshot, State, TimedOut};
use crate::sync::Arc;

type Raw = parking_lot::RawMutex;

/// Returns the two sides of a new source. This makes one allocation.
///
/// # Examples
///
/// ```
/// use std::thread;
/// use tollbridge::bridge::{FutureState, pair};
///
/// let (mut completer, mut reader) = pair::<u32, ()>();
/// let worker = thread::spawn(move || {
///     if completer.start() {
///         let _ = completer.set_result(6 * 7);
///     }
/// });
/// reader.wait(None).unwrap();
/// assert_eq!(reader.result(), Ok(42));
/// worker.join().unwrap();
/// ```
#[must_use]
pub fn pair<T, E>() -> (Completer<T, E>, Reader<T, E>) {
    let sole = Sole::share(Source::pending());
    let completer = Completer { source: Some(Arc::clone(sole.source())) };
    (completer, Reader { sole })
}

/// The side that completes.
///
/// If it is dropped without completing, the reader gets [`InvalidState::Abandoned`], so that nobody waits forever for a job that panicked.
pub struct Completer<T, E> {
    /// `None` once completed.
    source: Option<Arc<Source<T, E>>>,
}

impl<T, E> Completer<T, E> {
    /// Announces that the job is about to run, after which it can no longer be cancelled. Returns whether it should run.
    ///
    /// False means that it was cancelled; anything set now is refused.
    ///
    /// # Source
    ///
    /// `set_running_or_notify_cancel` of `concurrent.futures.Future`.
    #[must_use = "a cancelled job is not to run"]
    pub fn start(&mut self) -> bool {
        self.source().start(&Ambient)
    }

    /// Stores the result and wakes the reader.
    ///
    /// This happens before the reader takes the result.
    ///
    /// # Errors
    ///
    /// Returns the result if the source was cancelled meanwhile. That cannot happen after [`start`](Self::start) returned
    /// true.
    pub fn set_result(self, result: T) -> Result<(), Refused<T>> {
        match self.complete(Ok(result)) {
            Ok(()) => Ok(()),
            Err(Ok(result)) => Err(Refused(result)),
            Err(Err(_)) => unreachable!("what is refused is what was given: a result"),
        }
    }

    /// Stores an exception and wakes the reader.
    ///
    /// # Errors
    ///
    /// As [`set_result`](Self::set_result).
    pub fn set_exception(self, exception: Exception<E>) -> Result<(), Refused<Exception<E>>> {
        match self.complete(Err(exception)) {
            Ok(()) => Ok(()),
            Err(Err(exception)) => Err(Refused(exception)),
            Err(Ok(_)) => unreachable!("what is refused is what was given: an exception"),
        }
    }

    /// Gives up the job before it starts. Returns whether the source is cancelled now.
    ///
    /// If true, the reader sees a cancelled source. If false, the job had started, and the reader sees [`InvalidState::Abandoned`].
    pub fn cancel(self) -> bool {
        self.source().cancel(&Ambient)
    }

    /// Returns a handle that only observes the source.
    pub fn observer(&self) -> Observer<T, E> {
        Observer { source: Arc::clone(self.source()) }
    }

    fn complete(mut self, outcome: Result<T, Exception<E>>) -> Result<(), Result<T, Exception<E>>> {
        let source = self.source.take().expect(COMPLETED);
        source.publish(outcome, &Ambient).map_err(Refused::into_inner)
    }

    fn source(&self) -> &Arc<Source<T, E>> {
        self.source.as_ref().expect(COMPLETED)
    }
}

/// Why a [`Completer`] in anybody's hands still has its source.
const COMPLETED: &str = "completing consumes the completer";

impl<T, E> Drop for Completer<T, E> {
    fn drop(&mut self) {
        if let Some(source) = self.source.take() {
            let abandoned = Err(Exception::InvalidState(InvalidState::Abandoned));
            // Refused: it was cancelled, and that stands.
            let _ = source.publish(abandoned, &Ambient);
        }
    }
}

/// The side that takes the outcome, by [`FutureState`]'s calls or through [`wrap_future`](super::wrap_future()).
///
/// There is one reader per source, and taking needs `&mut`:
///
/// ```
/// # use tollbridge::bridge::{Exception, FutureState, Reader};
/// fn take(reader: &mut Reader<u32, ()>) -> Result<u32, Exception<()>> {
///     reader.result()
/// }
/// ```
/// ```compile_fail
/// # use tollbridge::bridge::{Exception, FutureState, Reader};
/// fn take(reader: &Reader<u32, ()>) -> Result<u32, Exception<()>> {
///     reader.result()
/// }
/// ```
///
/// It is not `Clone`, an [`Observer`] is:
///
/// ```
/// # use tollbridge::bridge::pair;
/// let (_completer, reader) = pair::<u32, ()>();
/// let _second = reader.observer().clone();
/// ```
/// ```compile_fail
/// # use tollbridge::bridge::pair;
/// let (_completer, reader) = pair::<u32, ()>();
/// let _second = reader.clone();
/// ```
///
/// Dropping it does not cancel anything. An outcome that is there is dropped with it, whatever observers remain. Each call
/// of [`FutureState`] takes the bridge locks that [`Probed`] lists.
pub struct Reader<T, E> {
    sole: Sole<T, E, Raw>,
}

impl<T, E> Reader<T, E> {
    /// Returns the current state, without a lock.
    #[must_use]
    pub fn state(&self) -> State {
        self.source().state()
    }

    /// Cancels the source unless its job has started. Returns whether the source is cancelled now.
    pub fn cancel(&self) -> bool {
        self.source().cancel(&Ambient)
    }

    /// Blocks the thread until the source is done. In async code, use [`wrap_future`](super::wrap_future()).
    ///
    /// A `timeout` of `None` waits forever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if the source was not done in time.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<(), TimedOut> {
        self.source().wait(timeout, &Ambient)
    }

    /// Returns a handle that only observes the source.
    pub fn observer(&self) -> Observer<T, E> {
        Observer { source: Arc::clone(self.source()) }
    }

    pub(super) fn source(&self) -> &Arc<Source<T, E>> {
        self.sole.source()
    }

    fn probed(&mut self) -> Probed<'_, T, E, Raw, Ambient> {
        Probed::new(self.sole.taking(), &Ambient)
    }
}

impl<T, E> FutureState for Reader<T, E> {
    type Output = T;
    type Exception = Exception<E>;

    const ONE_STEP: bool = true;

    fn done(&self) -> bool {
        self.source().lock(LockOp::Done, &Ambient).state().is_done()
    }

    fn cancelled(&self) -> bool {
        let locked = self.source().lock(LockOp::Cancelled, &Ambient);
        locked.state().is_cancelled()
    }

    fn exception(&mut self) -> Option<Exception<E>> {
        self.probed().exception()
    }

    fn result(&mut self) -> Result<T, Exception<E>> {
        self.probed().result()
    }

    fn snapshot(&mut self) -> Snapshot<T, Exception<E>> {
        self.probed().snapshot()
    }
}

impl<T, E> Drop for Reader<T, E> {
    fn drop(&mut self) {
        // Observers may live long; the outcome has no business to.
        drop(self.sole.taking().finished(Option::take));
    }
}

/// A handle that sees the state and nothing else. It never takes a lock.
pub struct Observer<T, E> {
    source: Arc<Source<T, E>>,
}

impl<T, E> Observer<T, E> {
    /// Returns the current state. Whatever its writer did before writing it happens before this call returns.
    #[must_use]
    pub fn state(&self) -> State {
        self.source.state()
    }

    /// Returns whether the source is cancelled or finished. Once true, it stays true.
    #[must_use]
    pub fn done(&self) -> bool {
        self.state().is_done()
    }

    /// Returns whether the source is cancelled. Once true, it stays true.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.state().is_cancelled()
    }
}

impl<T, E> Clone for Observer<T, E> {
    fn clone(&self) -> Self {
        Self { source: Arc::clone(&self.source) }
    }
}

impl<T, E> fmt::Debug for Completer<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "Completer", self.source().state())
    }
}

impl<T, E> fmt::Debug for Reader<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "Reader", self.state())
    }
}

impl<T, E> fmt::Debug for Observer<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "Observer", self.state())
    }
}

fn debug(f: &mut fmt::Formatter<'_>, name: &str, state: State) -> fmt::Result {
    f.debug_struct(name).field("state", &state).finish_non_exhaustive()
}
