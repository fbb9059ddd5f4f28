//! Every pair of bridge operations that can race, tried in all interleavings that loom allows. `cargo xtask loom` runs it.
//!
//! One model per pair, two or three threads each. Counters and wakers of the tests use std's atomics: loom runs one thread at a
//! time, and what it has to judge is the bridge's own synchronisation, not theirs.
//!
//! Each model is tried from both ends: the spawning thread goes first, or yields first. loom's search turns back at a racing access only if
//! that was the last one to its location; the completing side reads the state word under the lock before it writes it, and that
//! read hides the reader's earlier one. Begun from one end only, the weakened build below passed.
//!
//! With `--cfg tollbridge_weakened` the state word's release and acquire are relaxed; `publish_snapshot` must then fail,
//! which proves that the models would notice.

#![cfg(tollbridge_loom)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::Arc;
use loom::thread;
use tollbridge::bridge::{
    Awaiter, Bridge, Exception, Failure, FutureState, InvalidState, NotDone, Snapshot, Source, State, naive, pair,
    snapshot, wrap_future,
};
use tollbridge_instrument::probe::Silent;

/// Who goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    Spawner,
    Spawned,
}

impl First {
    /// To be called once everybody is spawned.
    fn begin(self) {
        if self == Self::Spawned {
            thread::yield_now();
        }
    }
}

fn model(f: impl Fn(First) + Copy + Send + Sync + 'static) {
    for first in [First::Spawner, First::Spawned] {
        loom::model(move || f(first));
    }
}

/// A value whose drops are counted.
struct Counted(StdArc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn counted() -> (Counted, StdArc<AtomicUsize>) {
    let drops = StdArc::new(AtomicUsize::new(0));
    (Counted(StdArc::clone(&drops)), drops)
}

fn count(drops: &AtomicUsize) -> usize {
    drops.load(Ordering::SeqCst)
}

/// Wakes a parked loom thread.
struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: StdArc<Self>) {
        self.0.unpark();
    }
}

/// Polls until ready, parking in between: hangs, and loom says so, if a wake is lost.
fn block_on<F: Future + Unpin>(mut future: F) -> F::Output {
    let waker = Waker::from(StdArc::new(Unpark(thread::current())));
    loop {
        match Pin::new(&mut future).poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Counts its wakes.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: StdArc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// E1: a snapshot that sees FINISHED without the lock sees the outcome.
#[test]
fn publish_snapshot() {
    model(|first| {
        let (completer, mut reader) = pair::<Box<u32>, ()>();
        let publisher = thread::spawn(move || completer.set_result(Box::new(7)).unwrap());
        first.begin();
        let early = reader.snapshot();
        publisher.join().unwrap();
        match early {
            Snapshot::Result(value) => assert_eq!(*value, 7),
            Snapshot::NotDone => assert_eq!(reader.snapshot(), Snapshot::Result(Box::new(7))),
            other => panic!("{other:?}"),
        }
        assert_eq!(reader.snapshot(), Snapshot::Exception(Exception::InvalidState(InvalidState::Taken)));
    });
}

/// The same with an exception, through the whole transfer.
#[test]
fn publish_snapshot_transfer() {
    model(|first| {
        let (completer, mut reader) = pair::<u32, Box<u32>>();
        let publisher = thread::spawn(move || {
            completer.set_exception(Exception::Other(Box::new(7))).unwrap();
        });
        first.begin();
        let mut awaiter = Awaiter::new();
        let early = snapshot::copy_future_state(&mut reader, &mut awaiter);
        publisher.join().unwrap();
        if early == Err(NotDone) {
            assert_eq!(awaiter, Awaiter::Empty);
            snapshot::copy_future_state(&mut reader, &mut awaiter).unwrap();
        }
        assert_eq!(awaiter.take(), Some(Err(Failure::Other(Box::new(7)))));
    });
}

/// E2: four locks apart, and still one state.
#[test]
fn publish_naive_transfer() {
    model(|first| {
        let (completer, mut reader) = pair::<Box<u32>, ()>();
        let publisher = thread::spawn(move || completer.set_result(Box::new(7)).unwrap());
        first.begin();
        let mut awaiter = Awaiter::new();
        let early = naive::copy_future_state(&mut reader, &mut awaiter);
        publisher.join().unwrap();
        if early == Err(NotDone) {
            assert_eq!(awaiter, Awaiter::Empty);
            naive::copy_future_state(&mut reader, &mut awaiter).unwrap();
        }
        assert_eq!(awaiter.take(), Some(Ok(Box::new(7))));
    });
}

/// E4: no wake is lost, whichever bridge takes the outcome afterwards.
#[test]
fn publish_poll() {
    for bridge in [Bridge::Naive, Bridge::Snapshot] {
        model(move |first| {
            let (completer, reader) = pair::<Box<u32>, ()>();
            let publisher = thread::spawn(move || completer.set_result(Box::new(7)).unwrap());
            first.begin();
            let awaited = block_on(wrap_future(reader).with_bridge(bridge));
            assert_eq!(awaited, Ok(Box::new(7)));
            publisher.join().unwrap();
        });
    }
}

/// E4 again: the waker of the last poll is the one that counts.
#[test]
fn publish_repoll() {
    model(|first| {
        let (completer, reader) = pair::<u32, ()>();
        let publisher = thread::spawn(move || completer.set_result(7).unwrap());
        first.begin();
        let mut future = wrap_future(reader);
        let mut last = None;
        for _ in 0..2 {
            let wakes = StdArc::new(Wakes::default());
            let waker = Waker::from(StdArc::clone(&wakes));
            if Pin::new(&mut future).poll(&mut Context::from_waker(&waker)).is_ready() {
                last = None;
                break;
            }
            last = Some(wakes);
        }
        publisher.join().unwrap();
        if let Some(wakes) = last {
            assert_eq!(wakes.0.load(Ordering::SeqCst), 1);
        }
    });
}

/// A cancelled source wakes its awaiter too.
#[test]
fn completer_cancel_poll() {
    model(|first| {
        let (completer, reader) = pair::<u32, ()>();
        let canceller = thread::spawn(move || assert!(completer.cancel()));
        first.begin();
        assert_eq!(block_on(wrap_future(reader)), Err(Failure::Cancelled));
        canceller.join().unwrap();
    });
}

/// A reader that goes while the outcome comes: it is dropped once, by one of them.
#[test]
fn publish_reader_drop() {
    model(|first| {
        let (value, drops) = counted();
        let (completer, reader) = pair::<Counted, ()>();
        let publisher = thread::spawn(move || assert!(completer.set_result(value).is_ok()));
        first.begin();
        drop(reader);
        publisher.join().unwrap();
        assert_eq!(count(&drops), 1);
    });
}

/// A polled awaiter that goes while the outcome comes: refused if it went first, and dropped once either way.
#[test]
fn publish_awaiter_drop() {
    model(|first| {
        let (value, drops) = counted();
        let (completer, reader) = pair::<Counted, ()>();
        let wakes = StdArc::new(Wakes::default());
        let waker = Waker::from(StdArc::clone(&wakes));
        let mut future = wrap_future(reader);
        let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        let publisher = thread::spawn(move || completer.set_result(value).is_ok());
        first.begin();
        drop(future);
        let accepted = publisher.join().unwrap();
        assert_eq!(count(&drops), 1);
        // Gone first, it took its waker along; either way the source keeps none.
        assert_eq!(wakes.0.load(Ordering::SeqCst), usize::from(accepted));
        drop(waker);
        assert_eq!(StdArc::strong_count(&wakes), 1);
    });
}

/// Exactly one of `start` and `cancel` wins.
#[test]
fn cancel_start() {
    model(|first| {
        let (mut completer, reader) = pair::<u32, ()>();
        let observer = reader.observer();
        let worker = thread::spawn(move || {
            let runs = completer.start();
            assert_eq!(completer.set_result(7).is_ok(), runs);
            runs
        });
        first.begin();
        let cancelled = reader.cancel();
        let runs = worker.join().unwrap();
        assert_ne!(cancelled, runs);
        let expected = if runs { State::Finished } else { State::CancelledAndNotified };
        assert_eq!(observer.state(), expected);
    });
}

/// Exactly one of `set_result` and `cancel` wins, and a refused result comes back whole.
#[test]
fn cancel_publish() {
    model(|first| {
        let (completer, mut reader) = pair::<Box<u32>, ()>();
        let worker = thread::spawn(move || completer.set_result(Box::new(7)));
        first.begin();
        let cancelled = reader.cancel();
        match worker.join().unwrap() {
            Ok(()) => {
                assert!(!cancelled);
                assert_eq!(reader.snapshot(), Snapshot::Result(Box::new(7)));
            }
            Err(refused) => {
                assert!(cancelled);
                assert_eq!(refused.into_inner(), Box::new(7));
                assert_eq!(reader.snapshot(), Snapshot::Cancelled);
            }
        }
    });
}

/// Nobody waits for ever for a completer that is gone.
#[test]
fn completer_drop_wait() {
    model(|first| {
        let (completer, mut reader) = pair::<u32, ()>();
        let dropper = thread::spawn(move || drop(completer));
        first.begin();
        reader.wait(None).unwrap();
        let abandoned = Exception::InvalidState(InvalidState::Abandoned);
        assert_eq!(reader.result(), Err(abandoned));
        dropper.join().unwrap();
    });
}

/// A waiter at the condition variable is notified.
#[test]
fn publish_wait() {
    model(|first| {
        let (mut completer, mut reader) = pair::<Box<u32>, ()>();
        let publisher = thread::spawn(move || {
            assert!(completer.start());
            completer.set_result(Box::new(7)).unwrap();
        });
        first.begin();
        reader.wait(None).unwrap();
        assert_eq!(reader.snapshot(), Snapshot::Result(Box::new(7)));
        publisher.join().unwrap();
    });
}

/// E3: an observer that sees FINISHED sees what the publisher had done before.
#[test]
fn publish_observer() {
    model(|first| {
        let (completer, reader) = pair::<u32, ()>();
        let before = Arc::new(loom::cell::UnsafeCell::new(0));
        let observer = reader.observer().clone();
        let publisher = {
            let before = Arc::clone(&before);
            thread::spawn(move || {
                before.with_mut(|_| ());
                completer.set_result(7).unwrap();
            })
        };
        first.begin();
        if observer.done() {
            assert!(!observer.cancelled());
            // loom fails here if this access is not ordered after the publisher's.
            before.with(|_| ());
        }
        publisher.join().unwrap();
        assert_eq!(observer.state(), State::Finished);
    });
}

/// Publisher, taker and observer all end at once: one drop, and loom checks that nothing leaks.
#[test]
fn everybody_drops() {
    model(|first| {
        let (value, drops) = counted();
        let (completer, mut reader) = pair::<Counted, ()>();
        let observer = completer.observer();
        let publisher = thread::spawn(move || assert!(completer.set_result(value).is_ok()));
        let looker = thread::spawn(move || drop(observer));
        first.begin();
        drop(reader.result());
        drop(reader);
        publisher.join().unwrap();
        looker.join().unwrap();
        assert_eq!(count(&drops), 1);
    });
}

/// Three at once: what is published, asked to be cancelled and looked at has one story.
#[test]
fn cancel_publish_observer() {
    model(|first| {
        let (mut completer, reader) = pair::<u32, ()>();
        let observer = reader.observer();
        let worker = thread::spawn(move || {
            let runs = completer.start();
            drop(completer);
            runs
        });
        let looker = thread::spawn(move || {
            let (first, second) = (observer.state(), observer.state());
            assert!(!first.is_done() || second.is_done(), "done is final");
            assert!(!first.is_cancelled() || second.is_cancelled(), "so is cancelled");
        });
        first.begin();
        let cancelled = reader.cancel();
        assert_ne!(worker.join().unwrap(), cancelled);
        looker.join().unwrap();
        assert_eq!(reader.state().is_cancelled(), cancelled);
    });
}

/// A bare source takes the first outcome and gives the second back.
#[test]
fn publish_publish() {
    model(|first| {
        let source = Arc::new(Source::<u32, ()>::pending());
        let other = {
            let source = Arc::clone(&source);
            thread::spawn(move || source.publish(Ok(1), &Silent).is_ok())
        };
        first.begin();
        let here = source.publish(Ok(2), &Silent).is_ok();
        let there = other.join().unwrap();
        assert_ne!(here, there);
        assert_eq!(source.state(), State::Finished);
    });
}
