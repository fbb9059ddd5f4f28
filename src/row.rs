//! Which hops a task calls in a row: from one line, each within [`MOST_NS`] after it called, or came back from, the one before. They
//! could share one, whether they are awaited one by one or together.
//!
//! A thread remembers the line that a hop was called from, or came back to, last, which task that was, and when. What the task calls next in
//! the same poll is called on the same thread. That it is the same poll is taken from the time in between, which is less than a task
//! should compute without an await (tokio's own advice is 10 to 100 us: A. Ryhl, "Async: What is blocking?") and than most waits take: a
//! task that serves a connection calls a hop a request, and not in a row. What lies farther apart is not counted, so a row may be
//! longer than what is told of it, and not shorter.

use std::cell::Cell;
use std::panic::Location;

use tokio::task::{self, Id};
use tollbridge_instrument::clock;

/// Between two hops of a row, at most.
const MOST_NS: u64 = 10_000;

/// Who was at which line.
#[derive(Clone, Copy)]
struct At {
    line: &'static Location<'static>,
    /// `None` is what `block_on` runs, of which a thread has one at a time.
    task: Option<Id>,
}

impl At {
    /// The compiler may hold one line in several places.
    #[inline]
    fn is(&self, other: &Self) -> bool {
        self.task == other.task && (std::ptr::eq(self.line, other.line) || self.line == other.line)
    }
}

thread_local! {
    static LAST: Cell<Option<At>> = const { Cell::new(None) };
    /// When.
    static TICKS: Cell<u64> = const { Cell::new(0) };
}

/// The task that runs here calls a hop from this line. When the last one was called from it, or came back to it, if it was this task's.
#[inline]
pub(crate) fn calls(line: &'static Location<'static>) -> Option<u64> {
    let at = At { line, task: task::try_id() };
    LAST.replace(Some(at)).filter(|last| last.is(&at)).map(|_| TICKS.get())
}

/// It has called it.
#[inline]
pub(crate) fn has_called(ticks: u64) {
    TICKS.set(ticks);
}

/// A hop of this line has come back to the task that runs here.
#[inline]
pub(crate) fn came_back(line: &'static Location<'static>, ticks: u64) {
    LAST.set(Some(At { line, task: task::try_id() }));
    TICKS.set(ticks);
}

/// Whether a hop goes on with its row.
#[inline]
pub(crate) fn goes_on(last: u64, called: u64) -> bool {
    clock::span_ns(last, called) < MOST_NS
}
