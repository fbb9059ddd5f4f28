//! Which hops a task calls in a row: of one line, each within [`MOST_NS`] after the one before has come back. They could share one.
//!
//! A thread remembers the line whose hop came back on it last, to which task, and when. The next hop that the task calls from that line
//! in the same poll is called on the same thread. That it is the same poll is taken from the time in between, which is less than a task
//! should compute without an await (tokio's own advice is 10 to 100 us: A. Ryhl, "Async: What is blocking?") and than most waits take: a
//! task that serves a connection calls a hop a request, and not in a row. What lies farther apart is not counted, so a row is never
//! longer than what is told of it.

use std::cell::Cell;
use std::panic::Location;

use tokio::task::{self, Id};
use tollbridge_instrument::clock;

/// From a hop's end to the next one's call, at most.
const MOST_NS: u64 = 10_000;

/// A hop that came back.
#[derive(Clone, Copy)]
pub(crate) struct Before {
    line: &'static Location<'static>,
    /// To which task; `None` is what `block_on` runs, of which a thread has one at a time.
    task: Option<Id>,
    ticks: u64,
}

thread_local! {
    static LAST: Cell<Option<Before>> = const { Cell::new(None) };
}

/// A hop of this line has come back to the task that runs here.
#[inline]
pub(crate) fn came_back(line: &'static Location<'static>, ticks: u64) {
    let before = Before { line, task: task::try_id(), ticks };
    // A thread that is being torn down calls nothing any more.
    let _ = LAST.try_with(|last| last.set(Some(before)));
}

/// The hop that came back here last, if it was of this line, and to the task that calls now.
#[inline]
pub(crate) fn before(line: &'static Location<'static>) -> Option<Before> {
    let last = LAST.try_with(Cell::get).ok().flatten()?;
    (std::ptr::eq(last.line, line) && last.task == task::try_id()).then_some(last)
}

impl Before {
    /// Whether a hop that is called then goes on with its row.
    #[inline]
    pub(crate) fn goes_on(self, called: u64) -> bool {
        clock::span_ns(self.ticks, called) < MOST_NS
    }
}
