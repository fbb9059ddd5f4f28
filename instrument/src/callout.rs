//! Calls into the app's own subscriber, which may do anything: hop, drop the handle of a hop, panic.
//!
//! - Inside such a call tollbridge makes no other one: a layer that ships each line by `spawn_blocking` would be called for
//!   the hop of each line that it ships, and for that hop's, without end. So a hop that begins there is counted, and not shown
//!   for the whole of its life.
//! - What has to reach the subscriber all the same, the end of something that it has seen, waits until the call is over. It
//!   would find locks of the app's held, or recurse once for each handle that the subscriber drops.
//! - A panic ends at the call. Most calls are made where something is dropped, and there a second panic would abort the process.
//!
//! The same holds inside a call that `tracing` makes for the app, where that can be known: while any scoped subscriber is set, tracing
//! marks the thread (tollbridge itself sets none where the subscriber is the global one). What has to wait there waits for the thread's next call. Where there is no mark, a hop that the subscriber begins
//! is shown; what is shown of it reaches the subscriber by calls from here, so it ends there.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing_core::dispatcher;

use crate::record::Armed;

type Call = Box<dyn FnOnce()>;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// As many as the subscriber drops handles, and what it is to be told of each.
    static LATER: Later = const { Later(RefCell::new(VecDeque::new())) };
}

struct Later(RefCell<VecDeque<Call>>);

impl Drop for Later {
    /// The thread ends without a next call. A span may be dropped here, and the subscriber sees its end, so a panic of it ends here too.
    fn drop(&mut self) {
        for call in self.0.take() {
            let _ = contained(|| drop(call));
        }
    }
}

/// Where so many calls wait, further events are dropped: a line of the log each. Ends of spans wait all the same, as the subscriber keeps each span
/// until then.
const MOST_WAIT: usize = 1_024;

/// Returns whether the app's subscriber is to see what begins here and now.
#[inline]
#[must_use]
pub fn shows(armed: Armed) -> bool {
    armed.is_visible() && !is_inside()
}

fn is_inside() -> bool {
    INSIDE.get() || is_inside_of_tracings()
}

/// Whether tracing is known to call a subscriber on this thread. Then the thread's default cannot be replaced either.
fn is_inside_of_tracings() -> bool {
    dispatcher::get_current(|_| ()).is_none()
}

/// Calls the app's subscriber by `call`, and after that makes the calls that had to wait. Returns `None` if it panicked, or
/// if the thread is inside such a call already: then `call` is not called.
pub fn ask<R>(call: impl FnOnce() -> R) -> Option<R> {
    if is_inside() {
        // What it holds may call the subscriber where it is dropped.
        let _ = contained(|| drop(call));
        return None;
    }
    INSIDE.set(true);
    let answer = contained(call);
    while let Some(call) = next() {
        let _ = contained(call);
    }
    INSIDE.set(false);
    answer
}

/// Has the app's subscriber see the end of a span by `call`; inside a call to it, once that is over.
pub fn tell(call: impl FnOnce() + 'static) {
    tell_if(|_| true, call);
}

/// Has the app's subscriber see an event by `call`; inside a call to it, once that is over, if no more than 1,024 others wait for that.
pub fn mention(call: impl FnOnce() + 'static) {
    tell_if(|waiting| waiting < MOST_WAIT, call);
}

fn tell_if(has_room: impl FnOnce(usize) -> bool, call: impl FnOnce() + 'static) {
    if !is_inside() {
        let _ = ask(call);
        return;
    }
    let mut call = Some(call);
    // Where the thread is being torn down there is no later.
    let _ = LATER.try_with(|Later(later)| {
        let mut later = later.borrow_mut();
        if has_room(later.len()) {
            later.extend(call.take().map(|call| Box::new(call) as Call));
        }
    });
    let _ = contained(|| drop(call));
}

fn next() -> Option<Call> {
    LATER.try_with(|Later(later)| later.borrow_mut().pop_front()).ok().flatten()
}

/// `None` if it panicked. The app's panic hook has reported that.
pub(crate) fn contained<R>(call: impl FnOnce() -> R) -> Option<R> {
    let payload = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(answer) => return Some(answer),
        Err(payload) => payload,
    };
    // The drop of what it panicked with is the app's code too.
    if let Err(again) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
        std::mem::forget(again);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! {
        static CALLS: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
    }

    fn note(call: &'static str) {
        CALLS.with(|calls| calls.borrow_mut().push(call));
    }

    #[test]
    fn what_has_to_be_told_inside_a_call_waits_and_what_is_asked_there_is_not() {
        let answer = ask(|| {
            tell(|| {
                note("second");
                tell(|| note("third"));
                note("second, its end");
            });
            assert_eq!(ask(|| note("never")), None);
            note("first");
            7
        });
        assert_eq!(answer, Some(7));
        assert_eq!(CALLS.take(), ["first", "second", "second, its end", "third"]);
        assert_eq!(ask(|| 8), Some(8));
    }

    #[test]
    fn no_more_events_wait_than_may() {
        thread_local! {
            static EVENTS: Cell<usize> = const { Cell::new(0) };
        }
        let _ = ask(|| {
            (0..2 * MOST_WAIT).for_each(|_| mention(|| EVENTS.set(EVENTS.get() + 1)));
            tell(|| note("the end of a span"));
        });
        assert_eq!((EVENTS.get(), CALLS.take()), (MOST_WAIT, vec!["the end of a span"]));
    }

    #[test]
    fn what_waits_at_a_threads_end_is_dropped_and_may_panic() {
        struct NotesAndPanics(&'static std::sync::atomic::AtomicUsize);
        impl Drop for NotesAndPanics {
            fn drop(&mut self) {
                self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                std::panic::resume_unwind(Box::new("the subscriber panics"));
            }
        }
        static DROPPED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let wait = || {
            // As within a call that tracing makes, with no other one to follow.
            INSIDE.set(true);
            for _ in 0..2 {
                let span = NotesAndPanics(&DROPPED);
                tell(move || drop(span));
            }
            let asked = NotesAndPanics(&DROPPED);
            assert_eq!(ask(move || drop(asked)), None);
        };
        std::thread::spawn(wait).join().expect("no panic gets out");
        assert_eq!(DROPPED.load(std::sync::atomic::Ordering::Relaxed), 3);
    }

    struct PanicsWhenDropped(bool);

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            if self.0 {
                std::panic::resume_unwind(Box::new(Self(false)));
            }
        }
    }

    #[test]
    fn a_panic_ends_at_the_call_whatever_it_carries_and_where() {
        assert_eq!(ask(|| std::panic::resume_unwind(Box::new(PanicsWhenDropped(true)))), None::<()>);
        struct Asks;
        impl Drop for Asks {
            fn drop(&mut self) {
                assert_eq!(ask(|| std::panic::resume_unwind(Box::new("while another one unwinds"))), None::<()>);
            }
        }
        let unwound = catch_unwind(|| {
            let _asks = Asks;
            std::panic::resume_unwind(Box::new(1));
        });
        assert_eq!(unwound.expect_err("it panics").downcast_ref(), Some(&1));
        assert_eq!(ask(|| 9), Some(9));
    }
}
