//! The proof by counting: what a probe saw of a transfer is what the raw mutex under the same code did.

#![cfg(not(tollbridge_loom))]

use std::cell::{Cell, RefCell};

use lock_api::{GuardSend, RawMutex};
use tollbridge::bridge::{Awaiter, Exception, FutureState, NotDone, Probed, Snapshot, Source, naive, snapshot};
use tollbridge_instrument::names::LockOp;
use tollbridge_instrument::probe::{Probe, Silent};

thread_local! {
    /// Acquisitions of a [`Counting`] mutex on this thread, however the lock was asked for.
    static ACQUIRED: Cell<usize> = const { Cell::new(0) };
    /// Refused tries.
    static REFUSED: Cell<usize> = const { Cell::new(0) };
}

fn add(counter: &'static std::thread::LocalKey<Cell<usize>>) {
    counter.set(counter.get() + 1);
}

/// parking_lot's raw mutex, counted.
struct Counting(parking_lot::RawMutex);

// An impl of an unsafe trait is the only way to hand `Source` another mutex; it delegates every call.
#[expect(unsafe_code, reason = "`RawMutex` is an unsafe trait")]
// SAFETY: mutual exclusion is the inner mutex's; each method passes its own contract on.
unsafe impl RawMutex for Counting {
    const INIT: Self = Self(parking_lot::RawMutex::INIT);
    type GuardMarker = GuardSend;

    fn lock(&self) {
        self.0.lock();
        add(&ACQUIRED);
    }

    fn try_lock(&self) -> bool {
        let acquired = self.0.try_lock();
        add(if acquired { &ACQUIRED } else { &REFUSED });
        acquired
    }

    unsafe fn unlock(&self) {
        // SAFETY: the caller holds this lock, which is the inner one.
        unsafe { self.0.unlock() }
    }
}

/// Writes down every span, as `op` or `copy`, with `!` where the lock was contended.
#[derive(Default)]
struct Diary {
    spans: RefCell<Vec<String>>,
    bytes: Cell<usize>,
}

impl Probe for Diary {
    const WATCHES: bool = true;
    type Opened = ();

    fn open_lock(&self, _: LockOp) {}

    fn close_lock(&self, (): (), op: LockOp, contended: bool) {
        let mark = if contended { "!" } else { "" };
        self.spans.borrow_mut().push(format!("{op}{mark}"));
    }

    fn open_copy(&self, bytes: usize) {
        self.bytes.set(bytes);
    }

    fn close_copy(&self, (): (), bytes: usize) {
        assert_eq!(bytes, self.bytes.get());
        self.spans.borrow_mut().push("copy".to_owned());
    }
}

type Counted = Source<u64, u32, Counting>;
type View<'a> = Probed<'a, u64, u32, Counting, Diary>;

/// Runs `f` on the source. Returns the spans, having checked that the mutex counted as many acquisitions.
fn spans(mut source: Counted, f: impl FnOnce(&mut View<'_>)) -> Vec<String> {
    let diary = Diary::default();
    let before = ACQUIRED.get();
    f(&mut source.probed(&diary));
    let acquired = ACQUIRED.get() - before;
    let spans = diary.spans.into_inner();
    let locks = spans.iter().filter(|span| *span != "copy").count();
    assert_eq!(locks, acquired, "{spans:?}");
    spans
}

fn naive(source: Counted) -> Vec<String> {
    spans(source, |view| {
        let _: Result<(), NotDone> = naive::copy_future_state(view, &mut Awaiter::new());
    })
}

fn snapshot(source: Counted) -> Vec<String> {
    spans(source, |view| {
        let _: Result<(), NotDone> = snapshot::copy_future_state(view, &mut Awaiter::new());
    })
}

fn result() -> Counted {
    Source::finished(Ok(7))
}

fn exception() -> Counted {
    Source::finished(Err(Exception::Other(7)))
}

#[test]
fn naive_takes_four_locks_for_a_result_three_for_an_exception_two_for_a_cancelled_source() {
    assert_eq!(naive(result()), ["done", "cancelled", "exception", "result", "copy"]);
    assert_eq!(naive(exception()), ["done", "cancelled", "exception", "copy"]);
    assert_eq!(naive(Source::cancelled()), ["done", "cancelled"]);
    assert_eq!(naive(Source::pending()), ["done"]);
}

#[test]
fn snapshot_takes_no_lock_on_the_finished_path_and_one_elsewhere() {
    assert_eq!(snapshot(result()), ["copy"]);
    assert_eq!(snapshot(exception()), ["copy"]);
    assert_eq!(snapshot(Source::cancelled()), ["snapshot"]);
    assert_eq!(snapshot(Source::pending()), ["snapshot"]);
}

#[test]
fn a_cancelled_awaiter_saves_the_rest() {
    let mut dest = Awaiter::Cancelled;
    let naive = spans(result(), |view| {
        naive::copy_future_state(view, &mut dest).unwrap();
    });
    assert_eq!(naive, ["done"]);
    let snapshot = spans(result(), |view| {
        snapshot::copy_future_state(view, &mut dest).unwrap();
    });
    assert_eq!(snapshot, [""; 0]);
}

#[test]
fn a_source_that_was_taken_from_is_not_copied_again() {
    let taken = || {
        let mut source = result();
        assert_eq!(source.probed(&Silent).snapshot(), Snapshot::Result(7));
        source
    };
    assert_eq!(snapshot(taken()), [""; 0]);
    assert_eq!(naive(taken()), ["done", "cancelled", "exception"]);
}

#[test]
fn each_transition_takes_one_lock() {
    let source = Counted::pending();
    let diary = Diary::default();
    let before = ACQUIRED.get();
    assert!(source.start(&diary));
    assert!(!source.cancel(&diary));
    assert!(source.publish(Ok(7), &diary).is_ok());
    assert!(source.publish(Ok(8), &diary).is_err());
    assert_eq!(ACQUIRED.get() - before, 4);
    assert_eq!(diary.spans.into_inner(), ["start", "cancel", "publish", "publish"]);
    assert_eq!(REFUSED.get(), 0, "alone, nothing is contended");
}

/// The unwatched code takes the same locks: it is the code that is counted, not the probe.
#[test]
fn a_silent_probe_changes_no_count() {
    let before = ACQUIRED.get();
    let mut awaiter = Awaiter::new();
    naive::copy_future_state(&mut result().probed(&Silent), &mut awaiter).unwrap();
    assert_eq!(ACQUIRED.get() - before, 4);
    let mut awaiter = Awaiter::new();
    snapshot::copy_future_state(&mut result().probed(&Silent), &mut awaiter).unwrap();
    assert_eq!(ACQUIRED.get() - before, 4);
}

#[test]
fn the_copy_span_says_how_much_was_moved() {
    let diary = Diary::default();
    let mut source = Source::<[u8; 256], u32>::finished(Ok([7; 256]));
    assert!(source.probed(&diary).result().is_ok());
    let held = size_of::<Result<[u8; 256], Exception<u32>>>();
    assert_eq!(diary.bytes.get(), held);
}

/// A lock held elsewhere shows as contended, and as one acquisition.
#[test]
fn contention_is_seen() {
    /// Refuses the first try, as a mutex does that another thread holds.
    struct Busy(parking_lot::RawMutex);

    #[expect(unsafe_code, reason = "`RawMutex` is an unsafe trait")]
    // SAFETY: mutual exclusion is the inner mutex's; a try may fail at any time.
    unsafe impl RawMutex for Busy {
        const INIT: Self = Self(parking_lot::RawMutex::INIT);
        type GuardMarker = GuardSend;

        fn lock(&self) {
            self.0.lock();
        }

        fn try_lock(&self) -> bool {
            false
        }

        unsafe fn unlock(&self) {
            // SAFETY: the caller holds this lock, which is the inner one.
            unsafe { self.0.unlock() }
        }
    }

    let diary = Diary::default();
    let mut source = Source::<u64, u32, Busy>::pending();
    assert!(source.publish(Ok(7), &diary).is_ok());
    naive::copy_future_state(&mut source.probed(&diary), &mut Awaiter::new()).unwrap();
    let expected = ["publish!", "done!", "cancelled!", "exception!", "result!", "copy"];
    assert_eq!(diary.spans.into_inner(), expected);
}
