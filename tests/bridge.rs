//! The bridge through its public face: the rules of a transfer in every form, cancellation both ways, waiting, awaiting.

#![cfg(not(tollbridge_loom))]

use std::error::Error;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use tollbridge::bridge::{
    Awaiter, Bridge, Completer, Destination, Exception, Failure, FutureState, InvalidState, NotDone, Observer, Reader,
    Snapshot, Source, State, TimedOut, WrapFuture, naive, pair, snapshot, wrap_future,
};
use tollbridge_instrument::probe::Silent;

type Outcome = Result<u32, Exception<&'static str>>;
type Dest = Awaiter<u32, &'static str>;
type Copied = Result<(), NotDone>;

/// Where a source stands before a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Pending,
    Running,
    Cancelled,
    Notified,
    Finished(Outcome),
    Taken,
}

/// A source in one piece with only the four calls: asyncio's own future, in the seed's terms.
struct FourCalls {
    state: State,
    outcome: Option<Outcome>,
}

impl FourCalls {
    fn given(given: Given) -> Self {
        let (state, outcome) = match given {
            Given::Pending => (State::Pending, None),
            Given::Running => (State::Running, None),
            Given::Cancelled => (State::Cancelled, None),
            Given::Notified => (State::CancelledAndNotified, None),
            Given::Finished(outcome) => (State::Finished, Some(outcome)),
            Given::Taken => (State::Finished, None),
        };
        Self { state, outcome }
    }

    fn missing(&self) -> Exception<&'static str> {
        match self.state {
            State::Pending | State::Running => Exception::InvalidState(InvalidState::NotDone),
            State::Cancelled | State::CancelledAndNotified => Exception::Cancelled,
            State::Finished => Exception::InvalidState(InvalidState::Taken),
        }
    }
}

impl FutureState for FourCalls {
    type Output = u32;
    type Exception = Exception<&'static str>;

    fn done(&self) -> bool {
        self.state.is_done()
    }
    fn cancelled(&self) -> bool {
        self.state.is_cancelled()
    }
    fn exception(&mut self) -> Option<Self::Exception> {
        match self.outcome {
            Some(Ok(_)) => None,
            _ => self.result().err(),
        }
    }
    fn result(&mut self) -> Outcome {
        self.outcome.take().unwrap_or_else(|| Err(self.missing()))
    }
}

/// A shared source, with its completing side kept alive.
fn shared(given: Given) -> (Option<Completer<u32, &'static str>>, Reader<u32, &'static str>) {
    let (mut completer, mut reader) = pair();
    match given {
        Given::Pending => {}
        Given::Running => assert!(completer.start()),
        Given::Cancelled => assert!(reader.cancel()),
        Given::Notified => {
            assert!(reader.cancel());
            assert!(!completer.start());
        }
        Given::Finished(Ok(result)) => {
            completer.set_result(result).unwrap();
            return (None, reader);
        }
        Given::Finished(Err(exception)) => {
            completer.set_exception(exception).unwrap();
            return (None, reader);
        }
        Given::Taken => {
            completer.set_result(0).unwrap();
            assert_eq!(reader.result(), Ok(0));
            return (None, reader);
        }
    }
    (Some(completer), reader)
}

/// The same, unshared.
fn by_value(given: Given) -> Source<u32, &'static str> {
    let source = Source::pending();
    match given {
        Given::Pending => {}
        Given::Running => assert!(source.start(&Silent)),
        Given::Cancelled => assert!(source.cancel(&Silent)),
        Given::Notified => return Source::cancelled(),
        Given::Finished(outcome) => return Source::finished(outcome),
        Given::Taken => {
            let mut source = Source::finished(Ok(0));
            assert_eq!(source.probed(&Silent).result(), Ok(0));
            return source;
        }
    }
    source
}

const OTHER: Exception<&str> = Exception::Other("no such file");
const TAKEN: InvalidState = InvalidState::Taken;

/// Every state a source can be in, and what a transfer into an empty awaiter makes of it.
fn rules() -> Vec<(Given, Copied, Dest)> {
    let done = |given, failure| (given, Ok(()), Awaiter::Done(Err(failure)));
    let exception = |exception, failure| done(Given::Finished(Err(exception)), failure);
    vec![
        (Given::Pending, Err(NotDone), Awaiter::Empty),
        (Given::Running, Err(NotDone), Awaiter::Empty),
        (Given::Cancelled, Ok(()), Awaiter::Cancelled),
        (Given::Notified, Ok(()), Awaiter::Cancelled),
        (Given::Finished(Ok(7)), Ok(()), Awaiter::Done(Ok(7))),
        exception(OTHER, Failure::Other("no such file")),
        // An exception of these classes is converted and *set*: only a cancelled source cancels.
        exception(Exception::Cancelled, Failure::Cancelled),
        exception(Exception::TimedOut, Failure::TimedOut),
        exception(Exception::InvalidState(InvalidState::Abandoned), Failure::InvalidState(InvalidState::Abandoned)),
        done(Given::Taken, Failure::InvalidState(TAKEN)),
    ]
}

type Form = fn(Given, Dest) -> (Copied, Dest);

/// All the ways to make one transfer.
fn forms() -> Vec<(&'static str, Form)> {
    vec![
        ("naive, shared", |given, mut dest| {
            let (_completer, mut reader) = shared(given);
            (naive::copy_future_state(&mut reader, &mut dest), dest)
        }),
        ("snapshot, shared", |given, mut dest| {
            let (_completer, mut reader) = shared(given);
            (snapshot::copy_future_state(&mut reader, &mut dest), dest)
        }),
        ("naive, by value", |given, mut dest| {
            let mut source = by_value(given);
            let copied = naive::copy_future_state(&mut source.probed(&Silent), &mut dest);
            (copied, dest)
        }),
        ("snapshot, by value", |given, mut dest| {
            let mut source = by_value(given);
            let copied = snapshot::copy_future_state(&mut source.probed(&Silent), &mut dest);
            (copied, dest)
        }),
        ("four calls, direct", |given, mut dest| {
            let copied = naive::copy_future_state(&mut FourCalls::given(given), &mut dest);
            (copied, dest)
        }),
        ("four calls, fallback", |given, mut dest| {
            let copied = snapshot::copy_future_state(&mut FourCalls::given(given), &mut dest);
            (copied, dest)
        }),
    ]
}

#[test]
fn every_form_follows_the_rules() {
    for (given, copied, awaiter) in rules() {
        for (form, transfer) in forms() {
            let expected = (copied, awaiter.clone());
            assert_eq!(transfer(given, Awaiter::Empty), expected, "{form}: {given:?}");
        }
    }
}

#[test]
fn a_cancelled_awaiter_gets_nothing() {
    for (given, copied, _) in rules() {
        for (form, transfer) in forms() {
            let asks_the_awaiter_first = form.starts_with("snapshot");
            let copied = if asks_the_awaiter_first { Ok(()) } else { copied };
            assert_eq!(transfer(given, Awaiter::Cancelled), (copied, Awaiter::Cancelled), "{form}: {given:?}");
        }
    }
}

#[test]
fn a_cancelled_awaiter_leaves_the_outcome_in_the_source() {
    let (_, mut reader) = shared(Given::Finished(Ok(7)));
    for transfer in [naive::copy_future_state, snapshot::copy_future_state] {
        transfer(&mut reader, &mut Awaiter::Cancelled).unwrap();
    }
    assert_eq!(reader.result(), Ok(7));
}

#[test]
fn the_default_snapshot_says_what_the_one_step_says() {
    for (given, _, _) in rules() {
        let (_completer, mut reader) = shared(given);
        let one_step = reader.snapshot();
        assert_eq!(one_step, FourCalls::given(given).snapshot(), "{given:?}");
        assert_eq!(one_step, by_value(given).probed(&Silent).snapshot(), "{given:?}");
    }
}

#[test]
fn each_call_of_a_source_agrees_with_its_state() {
    for (given, _, _) in rules() {
        let (_completer, mut reader) = shared(given);
        let mut four = FourCalls::given(given);
        assert_eq!(reader.done(), four.done(), "{given:?}");
        assert_eq!(reader.cancelled(), four.cancelled(), "{given:?}");
        assert_eq!(reader.exception(), four.exception(), "{given:?}");
        assert_eq!(reader.result(), four.result(), "{given:?}");
    }
}

/// What a hand-made destination is asked, in order.
#[derive(Default)]
struct Diary(std::cell::RefCell<Vec<&'static str>>);

impl Destination for Diary {
    type Output = u32;
    type Failure = Failure<&'static str>;

    fn cancelled(&self) -> bool {
        self.0.borrow_mut().push("cancelled?");
        false
    }
    fn cancel(&mut self) {
        self.0.borrow_mut().push("cancel");
    }
    fn set_exception(&mut self, _: Self::Failure) {
        self.0.borrow_mut().push("set_exception");
    }
    fn set_result(&mut self, _: u32) {
        self.0.borrow_mut().push("set_result");
    }
}

#[test]
fn an_awaiter_is_asked_once_and_told_once() {
    for (given, told) in [
        (Given::Cancelled, "cancel"),
        (Given::Finished(Err(OTHER)), "set_exception"),
        (Given::Finished(Ok(7)), "set_result"),
    ] {
        for transfer in [naive::copy_future_state, snapshot::copy_future_state] {
            let (_completer, mut reader) = shared(given);
            let mut diary = Diary::default();
            transfer(&mut reader, &mut diary).unwrap();
            assert_eq!(diary.0.into_inner(), ["cancelled?", told], "{given:?}");
        }
    }
}

#[test]
fn cancelling_works_until_the_job_starts() {
    let (mut completer, reader) = pair::<u32, ()>();
    assert!(reader.cancel());
    assert!(reader.cancel(), "a second time says the same");
    assert_eq!(reader.state(), State::Cancelled);
    assert!(!completer.start());
    assert_eq!(reader.state(), State::CancelledAndNotified);
    assert!(!completer.start());
    assert_eq!(completer.set_result(7).unwrap_err().into_inner(), 7);

    let (mut completer, mut reader) = pair::<u32, ()>();
    assert!(completer.start());
    assert!(completer.start(), "a second time says the same");
    assert!(!reader.cancel());
    completer.set_result(7).unwrap();
    assert!(!reader.cancel());
    assert_eq!(reader.result(), Ok(7));
}

#[test]
fn a_refused_exception_comes_back() {
    let (completer, reader) = pair::<u32, &str>();
    assert!(reader.cancel());
    let refused = completer.set_exception(OTHER).unwrap_err();
    assert_eq!(refused.to_string(), "the source was already done");
    assert_eq!(refused.into_inner(), OTHER);
}

#[test]
fn the_completing_side_may_give_up() {
    let (completer, mut reader) = pair::<u32, ()>();
    assert!(completer.cancel());
    assert_eq!(reader.snapshot(), Snapshot::Cancelled);

    let (mut completer, mut reader) = pair::<u32, ()>();
    assert!(completer.start());
    assert!(!completer.cancel(), "too late");
    let abandoned = Exception::InvalidState(InvalidState::Abandoned);
    assert_eq!(reader.result(), Err(abandoned));
}

#[test]
fn a_job_that_panics_leaves_an_exception() {
    let (mut completer, reader) = pair::<u32, ()>();
    let observer = reader.observer();
    let panicked = catch_unwind(AssertUnwindSafe(move || {
        assert!(completer.start());
        let never: u32 = "not a number".parse().unwrap();
        let _ = completer.set_result(never);
    }));
    assert!(panicked.is_err());
    assert!(observer.done() && !observer.cancelled());
    let abandoned = Failure::InvalidState(InvalidState::Abandoned);
    assert_eq!(poll_once(&mut wrap_future(reader)), Poll::Ready(Err(abandoned)));
}

#[test]
fn a_published_source_refuses_a_second_outcome() {
    let mut source = Source::<u32, ()>::pending();
    source.publish(Ok(1), &Silent).unwrap();
    assert_eq!(source.publish(Ok(2), &Silent).unwrap_err().into_inner(), Ok(2));
    assert_eq!(source.probed(&Silent).result(), Ok(1));
}

#[test]
fn waiting_ends_with_the_outcome_or_the_time() {
    let (completer, reader) = pair::<u32, &str>();
    assert_eq!(reader.wait(Some(Duration::ZERO)), Err(TimedOut));
    assert_eq!(reader.wait(Some(Duration::from_millis(5))), Err(TimedOut));
    assert_eq!(Exception::<()>::from(TimedOut), Exception::TimedOut);
    thread::scope(|scope| {
        scope.spawn(|| completer.set_result(7).unwrap());
        reader.wait(None).unwrap();
    });
    reader.wait(Some(Duration::ZERO)).unwrap();
    reader.wait(Some(Duration::MAX)).unwrap();

    // Cancelling is an end, too, and may come from another thread that borrows the reader.
    let (_completer, reader) = pair::<u32, &str>();
    thread::scope(|scope| {
        scope.spawn(|| reader.wait(None).unwrap());
        assert!(reader.cancel());
    });
}

/// Counts wakes; clones and drops are the `Arc`'s.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Wakes {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

fn poll<F: Future + Unpin>(future: &mut F, wakes: &Arc<Wakes>) -> Poll<F::Output> {
    let waker = Waker::from(Arc::clone(wakes));
    Pin::new(future).poll(&mut Context::from_waker(&waker))
}

fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll(future, &Arc::default())
}

#[test]
fn an_awaited_source_wakes_the_last_waker() {
    for bridge in [Bridge::Naive, Bridge::Snapshot] {
        let (completer, reader) = pair::<u32, ()>();
        let mut future = wrap_future(reader).with_bridge(bridge);
        let (first, last) = (Arc::<Wakes>::default(), Arc::<Wakes>::default());
        assert!(poll(&mut future, &first).is_pending());
        assert_eq!(Arc::strong_count(&first), 2, "kept");
        assert!(poll(&mut future, &first).is_pending());
        assert_eq!(Arc::strong_count(&first), 2, "the same waker is not kept twice");
        assert!(poll(&mut future, &last).is_pending());
        assert_eq!(Arc::strong_count(&first), 1, "replaced");
        completer.set_result(7).unwrap();
        assert_eq!((first.count(), last.count()), (0, 1));
        assert_eq!(Arc::strong_count(&last), 1, "used up");
        assert_eq!(poll_once(&mut future), Poll::Ready(Ok(7)));
        let taken = Failure::InvalidState(TAKEN);
        assert_eq!(poll_once(&mut future), Poll::Ready(Err(taken)), "polled too often");
    }
}

#[test]
fn a_waker_may_do_as_it_pleases() {
    /// Completes another source, and looks at its own.
    struct Busybody {
        next: std::sync::Mutex<Option<Completer<u32, ()>>>,
        own: Observer<u32, ()>,
    }
    impl Wake for Busybody {
        fn wake(self: Arc<Self>) {
            assert!(self.own.done());
            let next = self.next.lock().unwrap().take().unwrap();
            next.set_result(2).unwrap();
        }
    }
    let (first, reader) = pair::<u32, ()>();
    let (second, mut next) = pair::<u32, ()>();
    let waker = Waker::from(Arc::new(Busybody { next: std::sync::Mutex::new(Some(second)), own: reader.observer() }));
    let mut future = wrap_future(reader);
    let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    first.set_result(1).unwrap();
    assert_eq!(next.result(), Ok(2));
}

#[test]
fn an_awaiter_that_goes_cancels_what_does_not_run() {
    let (completer, reader) = pair::<u32, ()>();
    let observer = completer.observer();
    let wakes = Arc::<Wakes>::default();
    let mut future = wrap_future(reader);
    assert!(poll(&mut future, &wakes).is_pending());
    drop(future);
    assert!(observer.cancelled());
    assert_eq!(Arc::strong_count(&wakes), 1, "it takes its waker along");
    assert!(completer.set_result(7).is_err());

    let (mut completer, reader) = pair::<u32, ()>();
    assert!(completer.start());
    let mut future = wrap_future(reader);
    assert!(poll(&mut future, &wakes).is_pending());
    drop(future);
    assert_eq!(Arc::strong_count(&wakes), 1);
    completer.set_result(7).unwrap();
    assert_eq!(wakes.count(), 0, "nobody is there to be woken");
}

#[test]
fn a_cancelled_awaiter_is_cancelled_whatever_the_source_does() {
    let (completer, reader) = pair::<u32, ()>();
    let mut future = wrap_future(reader);
    assert!(future.cancel());
    assert!(completer.observer().cancelled());
    assert_eq!(poll_once(&mut future), Poll::Ready(Err(Failure::Cancelled)));
    assert!(!future.cancel(), "resolved");

    let (mut completer, reader) = pair::<u32, ()>();
    assert!(completer.start());
    let mut future = wrap_future(reader);
    assert!(future.cancel());
    completer.set_result(7).unwrap();
    assert_eq!(poll_once(&mut future), Poll::Ready(Err(Failure::Cancelled)));
}

#[test]
fn a_cancelled_source_cancels_its_awaiter() {
    for bridge in [Bridge::Naive, Bridge::Snapshot] {
        let (completer, reader) = pair::<u32, ()>();
        let wakes = Arc::<Wakes>::default();
        let mut future = wrap_future(reader).with_bridge(bridge);
        assert!(poll(&mut future, &wakes).is_pending());
        assert!(completer.cancel());
        assert_eq!(wakes.count(), 1);
        assert_eq!(poll_once(&mut future), Poll::Ready(Err(Failure::Cancelled)));
    }
}

#[test]
fn the_callers_place_is_kept() {
    let (_completer, reader) = pair::<u32, ()>();
    let (future, line) = (wrap_future(reader), line!());
    assert_eq!((future.caller().file(), future.caller().line()), (file!(), line));
}

#[tokio::test]
async fn it_works_inside_a_runtime() {
    let (mut completer, reader) = pair::<String, std::io::Error>();
    let job = thread::spawn(move || {
        assert!(completer.start());
        thread::yield_now();
        completer.set_result("done".to_owned()).unwrap();
    });
    assert_eq!(wrap_future(reader).await.unwrap(), "done");
    job.join().unwrap();
}

/// The limit that the docs state: to a runtime whose time is paused, nothing is going on.
#[tokio::test(start_paused = true)]
async fn paused_time_does_not_wait_for_it() {
    let (completer, reader) = pair::<u32, ()>();
    let awaited = tokio::time::timeout(Duration::from_secs(3600), wrap_future(reader)).await;
    assert!(awaited.is_err(), "an hour has passed at once");
    assert!(completer.observer().cancelled());
}

#[test]
fn an_outcome_goes_with_its_reader() {
    let value = Arc::new(7);
    let (completer, reader) = pair::<Arc<u32>, ()>();
    let observer = reader.observer();
    completer.set_result(Arc::clone(&value)).unwrap();
    assert_eq!(Arc::strong_count(&value), 2);
    drop(reader);
    assert_eq!(Arc::strong_count(&value), 1, "whoever looks on keeps nothing alive");
    assert_eq!(observer.clone().state(), State::Finished);
}

#[test]
fn messages_are_for_people() {
    for (exception, message) in [
        (Exception::Cancelled, "cancelled"),
        (Exception::TimedOut, "timed out"),
        (Exception::InvalidState(InvalidState::NotDone), "the source is not done"),
        (Exception::InvalidState(TAKEN), "the outcome was already taken"),
        (Exception::InvalidState(InvalidState::Abandoned), "the completer was dropped without completing"),
        (Exception::Other("no such file"), "no such file"),
    ] {
        assert_eq!(exception.to_string(), message);
        assert_eq!(Failure::from(exception).to_string(), message);
    }
    assert_eq!(NotDone.to_string(), "the source is not done");
    assert_eq!(TimedOut.to_string(), "timed out");

    let wrapped = Failure::Other(std::io::Error::other(TimedOut));
    assert_eq!(wrapped.to_string(), "timed out");
    assert!(wrapped.source().is_none(), "shown as itself, not as its own cause");
}

/// A value that may move between threads but not be shared by them, as `Cell` is.
type MovesOnly = std::cell::Cell<u32>;

#[test]
fn handles_move_between_threads_if_their_values_do() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    send::<Source<MovesOnly, MovesOnly>>();
    sync::<Source<MovesOnly, MovesOnly>>();
    send::<Completer<MovesOnly, MovesOnly>>();
    send::<Reader<MovesOnly, MovesOnly>>();
    sync::<Reader<MovesOnly, MovesOnly>>();
    send::<Observer<MovesOnly, MovesOnly>>();
    sync::<Observer<MovesOnly, MovesOnly>>();
    send::<WrapFuture<MovesOnly, MovesOnly>>();
}

#[test]
fn sizes_are_known() {
    let word = size_of::<usize>();
    assert_eq!(size_of::<Completer<[u8; 256], ()>>(), word);
    assert_eq!(size_of::<Reader<[u8; 256], ()>>(), word);
    assert_eq!(size_of::<Observer<[u8; 256], ()>>(), word);
    assert_eq!(size_of::<WrapFuture<[u8; 256], ()>>(), 3 * word);
    // Beside the outcome: a waker, a condition variable, a lock and the state word.
    let held = size_of::<Option<Result<u64, Exception<u64>>>>();
    assert_eq!(size_of::<Source<u64, u64>>(), held + 5 * word);
}
