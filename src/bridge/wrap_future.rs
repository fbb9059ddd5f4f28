//! The awaiter's side for sources that any thread completes: rayon, a C callback, your own pool.
//!
//! If the job runs on tokio's blocking pool, use [`task::spawn_blocking`](crate::task::spawn_blocking): there tokio does the waking, without a further allocation.
//! Here the source has its own waker. It is under the bridge lock, where the completing side finds it in the same acquisition that stores the
//! outcome. So no waker is ever missed. A lock-free slot would save one acquisition (`wait`) for each poll that finds
//! nothing, and is not worth a second protocol.
//!
//! With both bridges, a poll checks without the lock whether the source is done. The bridges differ in the transfer alone.
//!
//! # Limits
//!
//! tokio does not know this source. A pending source does not stop paused time from advancing (`tokio::time::pause`): a timer around it fires at
//! once, because for the runtime nothing is going on. The source is not in task dumps and takes no part in the coop budget. A runtime's
//! shutdown does not wait for it.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tollbridge_instrument::names::LockOp;
use tollbridge_instrument::probe::Ambient;

use super::{Awaiter, Bridge, Failure, InvalidState, Reader, naive, snapshot};

/// Returns a future of the reader's outcome.
///
/// It keeps the place of this call ([`WrapFuture::caller`]).
///
/// # Examples
///
/// ```
/// use std::thread;
/// use tollbridge::bridge::{pair, wrap_future};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let (mut completer, reader) = pair::<_, std::io::Error>();
/// thread::spawn(move || {
///     if completer.start() {
///         let _ = completer.set_result("from any thread");
///     }
/// });
/// assert_eq!(wrap_future(reader).await.unwrap(), "from any thread");
/// # });
/// ```
///
/// # Source
///
/// `asyncio.wrap_future` and the chaining behind it (`Lib/asyncio/futures.py`).
#[track_caller]
pub fn wrap_future<T, E>(reader: Reader<T, E>) -> WrapFuture<T, E> {
    WrapFuture { reader, bridge: Bridge::default(), stage: Stage::Fresh, caller: Location::caller() }
}

/// The future that [`wrap_future`] returns: the source's outcome, with its exception converted.
///
/// Cancellation goes both ways. A cancelled source resolves the future with [`Failure::Cancelled`]. Dropping the future, or
/// [`cancel`](Self::cancel), cancels a source whose job has not started.
///
/// # Cancel safety
///
/// Polling it in a `select!` by reference loses nothing. Dropping it discards the outcome.
#[must_use = "futures do nothing unless polled"]
pub struct WrapFuture<T, E> {
    reader: Reader<T, E>,
    bridge: Bridge,
    stage: Stage,
    caller: &'static Location<'static>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// No waker was left.
    Fresh,
    /// A waker was left; it may have been taken and woken since.
    Registered,
    /// The awaiter was cancelled, and nobody was told.
    Cancelled,
    /// It returned `Ready`.
    Resolved,
}

impl<T, E> WrapFuture<T, E> {
    /// Chooses the bridge. Default: [`Bridge::Snapshot`].
    pub fn with_bridge(mut self, bridge: Bridge) -> Self {
        self.bridge = bridge;
        self
    }

    /// Returns the place of the call to [`wrap_future`].
    #[must_use]
    pub fn caller(&self) -> &'static Location<'static> {
        self.caller
    }

    /// Cancels the awaiter, and the source unless its job has started. Returns whether it did.
    ///
    /// The next poll returns [`Failure::Cancelled`], whatever the source does. Once the future has resolved, this does nothing and returns false.
    pub fn cancel(&mut self) -> bool {
        if self.stage == Stage::Resolved {
            return false;
        }
        self.stage = Stage::Cancelled;
        self.reader.source().leave(&Ambient);
        true
    }

    /// Leaves the waker, unless the source is done. Returns whether it is.
    fn done_or_wait(&mut self, waker: &Waker) -> bool {
        if self.reader.state().is_done() {
            return true;
        }
        // Cloning and dropping a waker runs code that we do not know: never with the lock held.
        let mut fresh = (self.stage == Stage::Fresh).then(|| waker.clone());
        loop {
            let mut locked = self.reader.source().lock(LockOp::Wait, &Ambient);
            // Asked under the lock: either this sees the outcome, or the completing side sees the waker (E4).
            if locked.state().is_done() {
                return true;
            }
            if let Some(fresh) = fresh.take() {
                let old = locked.waker().replace(fresh);
                drop(locked);
                drop(old);
                self.stage = Stage::Registered;
                return false;
            }
            if matches!(locked.waker(), Some(left) if left.will_wake(waker)) {
                return false;
            }
            drop(locked);
            fresh = Some(waker.clone());
        }
    }
}

impl<T, E> Future for WrapFuture<T, E> {
    type Output = Result<T, Failure<E>>;

    /// # Panics
    ///
    /// Never panics. If it is polled after it resolved, it returns [`InvalidState::Taken`].
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        match this.stage {
            Stage::Fresh | Stage::Registered => {}
            Stage::Cancelled => {
                this.stage = Stage::Resolved;
                return Poll::Ready(Err(Failure::Cancelled));
            }
            Stage::Resolved => {
                return Poll::Ready(Err(Failure::InvalidState(InvalidState::Taken)));
            }
        }
        if !this.done_or_wait(cx.waker()) {
            return Poll::Pending;
        }
        let mut awaiter = Awaiter::new();
        let copied = match this.bridge {
            Bridge::Naive => naive::copy_future_state(&mut this.reader, &mut awaiter),
            Bridge::Snapshot => snapshot::copy_future_state(&mut this.reader, &mut awaiter),
        };
        this.stage = Stage::Resolved;
        match (copied, awaiter.take()) {
            (Ok(()), Some(outcome)) => Poll::Ready(outcome),
            _ => unreachable!("done is final, and a transfer from a done source sets the awaiter"),
        }
    }
}

/// Nothing here is pinned: the outcome is only ever moved.
impl<T, E> Unpin for WrapFuture<T, E> {}

impl<T, E> Drop for WrapFuture<T, E> {
    fn drop(&mut self) {
        if matches!(self.stage, Stage::Fresh | Stage::Registered) {
            self.reader.source().leave(&Ambient);
        }
    }
}

impl<T, E> fmt::Debug for WrapFuture<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrapFuture")
            .field("state", &self.reader.state())
            .field("bridge", &self.bridge)
            .field("stage", &self.stage)
            .field("caller", &format_args!("{}", self.caller))
            .finish()
    }
}
