//! Whether the calling thread is inside the recorder itself.
//!
//! The recorder allocates while it holds its own locks. If the app's allocator has an instrumented mutex, its acquisition would
//! then be recorded too, which allocates again: without end, or into a lock that this thread holds. So what a busy
//! thread would record is counted as lost.

use std::cell::Cell;

thread_local! {
    // Without destructors, so that they are there until the thread's very end.
    static BUSY: Cell<bool> = const { Cell::new(false) };
    static LOST: Cell<u32> = const { Cell::new(0) };
}

/// The thread is busy until this is dropped.
pub(super) struct Busy {
    before: bool,
}

/// Marks the thread as inside the recorder, until the returned guard is dropped.
pub(super) fn begin() -> Busy {
    Busy { before: BUSY.replace(true) }
}

/// The same if the thread is not inside it yet; `None` if it is.
pub(super) fn begin_once() -> Option<Busy> {
    (!is_busy()).then(begin)
}

pub(super) fn is_busy() -> bool {
    BUSY.get()
}

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.set(self.before);
    }
}

/// Counts a span that a busy thread did not record.
#[cold]
pub(super) fn lose() {
    LOST.set(LOST.get().saturating_add(1));
}

/// Whether there are such spans.
#[inline]
pub(super) fn has_lost() -> bool {
    LOST.get() != 0
}

/// How many there are, which are the caller's to count.
pub(super) fn take_lost() -> u32 {
    LOST.take()
}
