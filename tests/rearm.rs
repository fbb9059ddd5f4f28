//! Armed and disarmed at any moment, with hops in flight: a hop belongs to the capture that it was submitted in.

mod common;

use std::sync::mpsc::{self, Sender};
use std::task::{Context, Poll, Waker};

use tokio::runtime::Runtime;
use tokio::task::JoinError;
use tollbridge::report::{Outcomes, Report};
use tollbridge::task::{JoinHandle, spawn_blocking, wrap};
use tollbridge::{Arm, Detail, Guard};

/// How a hop is armed.
const WAYS: [(Arm, Detail); 6] = [
    (Arm::Native, Detail::Phases),
    (Arm::Native, Detail::Locks),
    (Arm::Snapshot, Detail::Phases),
    (Arm::Snapshot, Detail::Locks),
    (Arm::Naive, Detail::Phases),
    (Arm::Naive, Detail::Locks),
];

fn arm((arm, detail): (Arm, Detail)) -> Guard {
    let guard = common::builder().with_transfer(arm).with_detail(detail).init();
    assert!(guard.is_armed());
    guard
}

fn finish(guard: Guard) -> Report {
    let report = guard.finish().expect("armed");
    assert_eq!(report.dropped.total(), 0);
    report
}

/// Submitted, and nothing yet.
fn in_flight(hops: u64) -> Outcomes {
    Outcomes { submitted: hops, in_flight: hops, ..Outcomes::default() }
}

/// A job that runs until it is told to return.
fn held(runtime: &Runtime) -> (JoinHandle<u32>, Sender<u32>) {
    let _entered = runtime.enter();
    let (release, wait) = mpsc::channel();
    (spawn_blocking(move || wait.recv().expect("released")), release)
}

/// Awaits a job once it has been told to return.
fn joined(runtime: &Runtime, (handle, release): (JoinHandle<u32>, Sender<u32>)) {
    release.send(7).expect("the job waits");
    assert_eq!(runtime.block_on(handle).expect("the job returns"), 7);
}

#[test]
fn a_hop_that_outlives_its_capture_stays_in_flight_there_and_is_unknown_to_the_next() {
    let _alone = common::alone();
    let runtime = common::runtime();
    for first in WAYS {
        for second in WAYS {
            let one = arm(first);
            let running = held(&runtime);
            let queued = held(&runtime);
            assert_eq!(one.report().expect("armed").outcomes, in_flight(2));
            assert_eq!(finish(one).outcomes, in_flight(2));

            let two = arm(second);
            joined(&runtime, running);
            assert_eq!(two.report().expect("armed").outcomes, Outcomes::default());
            // Its thread ran jobs that this capture does not know.
            let (handle, release) = queued;
            release.send(7).expect("the job waits");
            drop(handle);
            joined(&runtime, held(&runtime));
            let outcomes = finish(two).outcomes;
            assert_eq!(outcomes, Outcomes { submitted: 1, joined: 1, ..Outcomes::default() });
        }
    }
}

#[test]
fn a_hop_that_began_off_is_nobodys() {
    let _alone = common::alone();
    let runtime = common::runtime();
    for way in WAYS {
        let early = held(&runtime);
        let guard = arm(way);
        joined(&runtime, early);
        assert_eq!(finish(guard).outcomes, Outcomes::default());
    }
}

#[test]
fn a_hop_may_end_while_nothing_is_armed() {
    let _alone = common::alone();
    let runtime = common::runtime();
    for way in WAYS {
        let guard = arm(way);
        let late = held(&runtime);
        let handle = late.0.abort_handle();
        assert_eq!(finish(guard).outcomes, in_flight(1));
        joined(&runtime, late);
        assert!(handle.is_finished());
    }
}

/// Polled in one capture, ready in the next: the first poll is nothing that the second capture could take for its own.
#[test]
fn a_hop_may_be_polled_in_two_captures() {
    let _alone = common::alone();
    let runtime = common::runtime();
    for way in WAYS {
        let one = arm(way);
        let (mut handle, release) = held(&runtime);
        let polled =
            |handle: &mut JoinHandle<u32>| std::pin::Pin::new(handle).poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled(&mut handle).is_pending());
        assert_eq!(finish(one).outcomes, in_flight(1));
        let two = arm(way);
        release.send(7).expect("the job waits");
        let ready: Result<u32, JoinError> = loop {
            match polled(&mut handle) {
                Poll::Ready(ready) => break ready,
                Poll::Pending => std::thread::yield_now(),
            }
        };
        assert_eq!(ready.expect("the job returns"), 7);
        assert_eq!(finish(two).outcomes, Outcomes::default());
    }
}

#[test]
fn panics_and_cancellations_of_an_earlier_capture_are_nobodys_either() {
    let _alone = common::alone();
    let runtime = common::runtime();
    for way in WAYS {
        let one = arm(way);
        let running = held(&runtime);
        let panics = {
            let _entered = runtime.enter();
            spawn_blocking(|| -> u32 { std::panic::resume_unwind(Box::new("no message wanted")) })
        };
        let (aborted, _release) = held(&runtime);
        aborted.abort();
        assert_eq!(finish(one).outcomes, in_flight(3));
        let two = arm(way);
        joined(&runtime, running);
        assert!(runtime.block_on(panics).expect_err("it panics").is_panic());
        assert!(runtime.block_on(aborted).expect_err("it is aborted").is_cancelled());
        assert_eq!(finish(two).outcomes, Outcomes::default());
    }
}

#[test]
fn a_wrapped_job_belongs_to_the_capture_that_it_was_wrapped_in() {
    let _alone = common::alone();
    let runtime = common::runtime();
    for way in WAYS {
        let one = arm(way);
        let (release, wait) = mpsc::channel::<()>();
        let job = wrap(move || wait.recv().expect("released"));
        let never = wrap(|| ());
        assert_eq!(finish(one).outcomes, in_flight(2));
        let two = arm(way);
        let handle = runtime.spawn_blocking(job);
        release.send(()).expect("the job waits");
        runtime.block_on(handle).expect("the job returns");
        drop(never);
        assert_eq!(finish(two).outcomes, Outcomes::default());
    }
}
