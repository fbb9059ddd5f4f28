//! The state word: the five states of a source, and every atomic operation on them.

use crate::sync::{AtomicU8, Ordering};

/// The state of a source. The names are those of `concurrent.futures`.
///
/// ```text
///   PENDING --start--> RUNNING --finish--> FINISHED
///      |  \----------------finish-------------^
///    cancel
///      v
///   CANCELLED --start--> CANCELLED_AND_NOTIFIED
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum State {
    /// Its job has not started, so it can still be cancelled.
    Pending = 0,
    /// Its job runs, so it is too late to cancel.
    Running = 1,
    /// Cancelled, and the completing side does not know yet.
    Cancelled = 2,
    /// Cancelled, and the completing side knows.
    CancelledAndNotified = 3,
    /// It has a result or an exception. Final.
    Finished = 4,
}

impl State {
    /// Returns whether nothing more will come: the source is cancelled or finished.
    #[must_use]
    pub const fn is_done(self) -> bool {
        self as u8 >= Self::Cancelled as u8
    }

    /// Returns whether the source was cancelled, whether or not the completing side knows.
    #[must_use]
    pub const fn is_cancelled(self) -> bool {
        matches!(self, Self::Cancelled | Self::CancelledAndNotified)
    }
}

/// The atomic that holds a [`State`]. Written only by whoever holds the bridge lock; `cell.rs` sees to that.
pub(super) struct Word(AtomicU8);

/// Weakened on purpose for one build of the loom models, which must then fail (`cargo xtask loom`).
const RELEASE: Ordering = if cfg!(tollbridge_weakened) { Ordering::Relaxed } else { Ordering::Release };

/// See [`RELEASE`].
const ACQUIRE: Ordering = if cfg!(tollbridge_weakened) { Ordering::Relaxed } else { Ordering::Acquire };

impl Word {
    pub(super) fn new(state: State) -> Self {
        Self(AtomicU8::new(state as u8))
    }

    /// Reads the state.
    #[inline]
    pub(super) fn load(&self) -> State {
        // ORDERING: E3 acquire; pairs with store(). No field is read on the strength of it (that is is_finished()'s);
        // it is what lets an observer that saw a state see what its writer had done before. Under the lock it is
        // conservative: E2 already orders it.
        match self.0.load(ACQUIRE) {
            0 => State::Pending,
            1 => State::Running,
            2 => State::Cancelled,
            3 => State::CancelledAndNotified,
            4 => State::Finished,
            _ => unreachable!("only store() and new() write the word, and they write a State"),
        }
    }

    /// Whether the outcome is there, for good.
    #[inline]
    pub(super) fn is_finished(&self) -> bool {
        // ORDERING: E1 acquire; pairs with store(FINISHED). Weaker fails because the taker reads the cell next, without
        // the lock: with a relaxed load nothing orders that read after the completer's write.
        self.0.load(ACQUIRE) == State::Finished as u8
    }

    /// Changes the state. Only for the holder of the bridge lock.
    #[inline]
    pub(super) fn store(&self, state: State) {
        // A plain store suffices where a lock-free word would need an RMW: the lock makes its holder the only writer.
        // ORDERING: E1 release of FINISHED; pairs with is_finished(). Weaker fails because the cell was written just
        // before, and the taker may read it without the lock. For the other states it is E3, conservative.
        self.0.store(state as u8, RELEASE);
    }
}
