//! A runtime ends while a job is somewhere, and the handle is used afterwards.

use std::task::Poll;
use std::thread;
use std::time::Duration;

use super::fixture::{Fixture, Pending, park_on};
use crate::cell::{Then, Way, When};
use crate::job::Outcome;
use crate::patience::{self, Gate, gate};
use crate::rig::{Rig, Scheduler, Time};
use crate::transcript::Log;

pub(super) fn run(log: &Log, outcome: Outcome, scheduler: Scheduler, way: Way, when: When, then: Then) {
    let rig = Rig::new(scheduler, Time::Flows, 1);
    // A worker that the shutdown stops becomes a blocking thread, which could take a queued job before the pool knows of
    // the shutdown. This one stops when the gate is open.
    let (release, busy) = gate();
    if scheduler == Scheduler::MultiThread {
        occupy_worker(log, &rig, busy);
    }
    let entered = rig.runtime.enter();
    let fixture = Fixture::new(log, Outcome { queued: when == When::Queued, ..outcome });
    drop(entered);
    let mut pending = Some((fixture.pending, release));
    let mut hop = fixture.hop;
    let open = |pending: Option<(Pending, patience::Opener)>| {
        pending.map(|(pending, release)| {
            release.open();
            pending.open()
        })
    };
    if when == When::Finished {
        drop(open(pending.take()));
        hop.wait_finished();
    }
    let (runtime, rest) = rig.parts();
    log.event("shuts down");
    match way {
        Way::Drop => {
            // Drop waits for the job, so somebody else lets that go, when the pool is shut for sure.
            let pending = pending.take();
            let kept = runtime.handle().clone();
            let opens = thread::spawn(move || {
                if pending.is_some() {
                    patience::until(|| kept.spawn_blocking(|| ()).is_finished());
                }
                drop(open(pending));
            });
            drop(runtime);
            opens.join().expect("no panic");
        }
        Way::Timeout if when == When::Finished => runtime.shutdown_timeout(patience::LIMIT),
        Way::Timeout => runtime.shutdown_timeout(Duration::from_millis(1)),
        Way::Background => runtime.shutdown_background(),
    }
    log.event("has shut down");
    hop.tell_finished();
    match then {
        Then::Await => {
            drop(open(pending));
            hop.conclude_here();
        }
        Then::PollThenAwait => {
            let mut first = None;
            park_on(|cx| {
                first = Some(hop.poll(cx));
                Poll::Ready(())
            });
            drop(open(pending));
            match first.expect("polled") {
                Poll::Ready(result) => {
                    hop.conclude_with(result);
                    drop(hop);
                }
                Poll::Pending => hop.conclude_here(),
            }
        }
        Then::AbortThenAwait => {
            hop.handle.abort();
            hop.tell_finished();
            drop(open(pending));
            hop.conclude_here();
        }
        Then::AwaitOnOtherRuntime => {
            drop(open(pending));
            let other = Rig::new(Scheduler::CurrentThread, Time::Flows, 1);
            other.runtime.block_on(hop.conclude());
            other.settle(log);
        }
        Then::Drop => {
            drop(hop);
            log.event("dropped the handle");
            drop(open(pending));
        }
    }
    rest.settle(log);
}

fn occupy_worker(log: &Log, rig: &Rig, busy: Gate) {
    let (occupy, occupied) = gate();
    let log = log.clone();
    drop(rig.runtime.spawn(async move {
        // It may take the job, too.
        log.thread_is("pool");
        occupy.open();
        busy.wait();
    }));
    occupied.wait();
}
