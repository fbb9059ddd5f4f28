//! How soon a task calls a hop after its last one, and which that was: who sees calls in a row or a burst can put them into one hop, or into
//! fewer (docs/design/rows.md).
//!
//! A thread remembers the hop that was called from it, or came back to it, last: its site, which task that was, and when. What the same task
//! calls next, on the same thread and with no other task's hop in between, it may have called in the same poll:
//!
//! - within [`Spacing::ROW_NS`] it nearly always has, since most waits take longer: calls *in a row*, awaited one by one or together;
//! - within [`Spacing::BURST_NS`] it may have, with work in between, such as parsing a line: calls in a *burst*. Whether it also waited for
//!   something, nobody sees;
//! - later, from another thread, or behind another task's hop, it has waited for something else, or nobody knows: *apart*.
//!
//! Besides, the first hop of each task is known, and by that how many hops tasks call in their lives: those of a task that was
//! spawned for one request are few. Tasks are told apart by their ids in a table of `TASKS` places. A task that shares its place with another
//! one that lives at the same time counts as new each time they take turns; ids are given one after the other, so that
//! takes more than `TASKS` tasks.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock;
use crate::hop::{Begun, How, SiteId};
use crate::names::Spacing;

/// Between two hops of a row, at most. Less than a task should compute without an await (tokio's own advice is 10 to 100 us: A. Ryhl,
/// "Async: What is blocking?").
const ROW_NS: u64 = Spacing::ROW_NS;
/// Between two hops of a burst, at most.
const BURST_NS: u64 = Spacing::BURST_NS;
/// Tasks that are told apart, at a time.
const TASKS: usize = 8_192;

/// The hop that was at this thread last.
#[derive(Clone, Copy)]
struct Last {
    task: u64,
    /// `None` before the first one.
    site: Option<SiteId>,
    ticks: u64,
    /// It has come back.
    back: bool,
}

thread_local! {
    static LAST: Cell<Last> = const { Cell::new(Last { task: NO_TASK, site: None, ticks: 0, back: false }) };
    /// A hop was called on this thread outside any task: by what `block_on` runs, of which a thread has one at a time.
    static OUTSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Ids of tasks that have called a hop.
static SEEN: [AtomicU64; TASKS] = [const { AtomicU64::new(0) }; TASKS];

/// Stands for what `block_on` runs. Ids count from 1.
pub const NO_TASK: u64 = 0;

/// Says that a task has called a hop, which has just begun on the calling thread; 0 stands for what runs outside any task. Returns how soon after its
/// last one, and which that was.
#[inline]
#[must_use]
pub fn calls(&Begun { site, nested, called, .. }: &Begun, task: u64) -> How {
    let last = LAST.replace(Last { task, site: Some(site), ticks: called, back: false });
    if let Some(before) = last.site.filter(|_| last.task == task) {
        let gap = called.saturating_sub(last.ticks);
        let spacing = match clock::span_ns(0, gap) {
            ..ROW_NS => Some(Spacing::Row),
            ROW_NS..BURST_NS => Some(Spacing::Burst),
            _ => None,
        };
        if let Some(spacing) = spacing {
            let how = How::new(spacing, nested, Some((before, gap)));
            return if last.back { how } else { how.together() };
        }
    }
    How::new(if is_first(task) { Spacing::First } else { Spacing::Apart }, nested, None)
}

/// Whether the task has not called any hop so far.
#[cold]
fn is_first(task: u64) -> bool {
    if task == NO_TASK {
        return !OUTSIDE.replace(true);
    }
    #[expect(clippy::cast_possible_truncation, reason = "the low bits tell tasks of one time apart")]
    let seen = &SEEN[task as usize % TASKS];
    // ORDERING: relaxed; a task runs on one thread at a time, and tokio hands it on.
    let known = seen.load(Ordering::Relaxed) == task;
    if !known {
        seen.store(task, Ordering::Relaxed);
    }
    !known
}

/// Says that the hop has been called.
#[inline]
pub fn has_called(ticks: u64) {
    LAST.set(Last { ticks, ..LAST.get() });
}

/// Says that a hop of this site has come back to a task, on the calling thread.
#[inline]
pub fn came_back(site: SiteId, task: u64, ticks: u64) {
    LAST.set(Last { task, site: Some(site), ticks, back: true });
}
