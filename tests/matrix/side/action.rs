//! One thing done with a handle.

use std::future::ready;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use super::fixture::{Fixture, Hop, Pending};
use super::task::{LocalSet, spawn, spawn_local, try_id};
use crate::cell::{Action, Place};
use crate::job::Outcome;
use crate::panics::caught;
use crate::patience;
use crate::rig::{Rig, Scheduler, Time};
use crate::transcript::{LOCAL, Log};

pub(super) fn run(log: &Log, outcome: Outcome, action: Action, scheduler: Scheduler, place: Place, time: Time) {
    let rig = Rig::new(scheduler, time, 1);
    let whose = log.clone();
    let acts = LOCAL.scope(7, async move {
        if place == Place::Task {
            whose.thread_is("worker");
        }
        try_id().into_iter().for_each(|id| whose.task_is(id, "awaiter"));
        act(action, Fixture::new(&whose, outcome)).await;
    });
    match place {
        Place::BlockOn => rig.runtime.block_on(acts),
        Place::Task => rig.runtime.block_on(async { spawn(acts).await.expect("no panic is left") }),
        Place::LocalSet => {
            LocalSet::new().block_on(&rig.runtime, async { spawn_local(acts).await.expect("no panic is left") });
        }
    }
    rig.settle(log);
}

async fn act(action: Action, fixture: Fixture) {
    let Fixture { mut hop, pending } = fixture;
    let log = hop.log.clone();
    match action {
        Action::Await => {
            assert!(hop.poll_once().await.is_pending());
            pending.open();
            hop.conclude().await;
        }
        Action::AwaitWhenFinished => {
            pending.open();
            hop.wait_finished();
            hop.conclude().await;
        }
        Action::AskUntilFinished => {
            hop.tell_finished();
            pending.open();
            hop.wait_finished();
            hop.tell_finished();
            let result = (&mut hop.handle).await;
            hop.tell_finished();
            hop.conclude_with(result);
        }
        Action::DropBefore => {
            drop(hop);
            log.event("dropped the handle");
            pending.open_and_wait();
        }
        Action::DropAfter => {
            pending.open();
            hop.wait_finished();
            log.event("drops the handle");
            drop(hop);
            log.event("dropped the handle");
        }
        Action::PollThenDrop => {
            assert!(hop.poll_once().await.is_pending());
            drop(hop);
            log.event("dropped the handle");
            pending.open_and_wait();
        }
        Action::DropOnOtherThread => {
            pending.open();
            hop.wait_finished();
            on_other_thread(&log, || drop(hop));
        }
        Action::DropWhileUnwinding => {
            pending.open();
            hop.wait_finished();
            caught(&log, || {
                let _hop = hop;
                resume_unwind(Box::new("the awaiter unwinds"));
            });
        }
        Action::AbortBefore => {
            hop.handle.abort();
            hop.tell_finished();
            pending.open();
            hop.conclude().await;
        }
        Action::AbortAfter => {
            pending.open();
            hop.wait_finished();
            hop.handle.abort();
            hop.tell_finished();
            hop.conclude().await;
        }
        Action::AbortThenDrop => {
            hop.handle.abort();
            drop(hop);
            log.event("dropped the handle");
            pending.open_and_wait();
        }
        Action::PollAfterCompletion => {
            pending.open();
            let result = (&mut hop.handle).await;
            hop.conclude_with(result);
            hop.poll_again().await;
            hop.poll_again().await;
            hop.tell_finished();
            let abort = hop.handle.abort_handle();
            hop.tell_abort_handle(&abort);
        }
        Action::LoseSelectThenAwait => {
            let lost = tokio::select! {
                biased;
                _ = &mut hop.handle => false,
                () = ready(()) => true,
            };
            log.event(format!("the handle lost: {lost}"));
            pending.open();
            hop.conclude().await;
        }
        Action::AwaitInOtherTask => await_in_other_task(hop, pending).await,
        Action::AwaitOnOtherThread => {
            pending.open();
            on_other_thread(&log, || hop.conclude_here());
        }
        Action::AbortTheAwaiter => abort_the_awaiter(hop, pending).await,
        Action::AbortHandlesAroundJoin => {
            let before = hop.handle.abort_handle();
            hop.tell_abort_handle(&before);
            pending.open();
            let result = (&mut hop.handle).await;
            // Right after the join.
            hop.tell_abort_handle(&before);
            let after = hop.handle.abort_handle();
            hop.tell_abort_handle(&after);
            before.abort();
            after.clone().abort();
            hop.tell_abort_handle(&after);
            hop.conclude_with(result);
        }
        Action::AbortHandleBefore => {
            let abort = hop.handle.abort_handle();
            on_other_thread(&log, || abort.abort());
            hop.tell_abort_handle(&abort);
            pending.open();
            hop.conclude().await;
        }
        Action::AbortHandleOutlives => {
            let abort = hop.handle.abort_handle();
            drop(hop);
            log.event(format!("dropped the handle, is_finished: {}", abort.is_finished()));
            pending.open_and_wait();
            patience::until(|| abort.is_finished());
        }
        Action::ChangeWakers => change_wakers(hop, pending),
    }
}

fn on_other_thread(log: &Log, f: impl FnOnce() + Send) {
    thread::scope(|scope| {
        scope.spawn(|| {
            log.thread_is("other");
            f();
        });
    });
    log.event("the other thread is done");
}

async fn await_in_other_task(mut hop: Hop, pending: Pending) {
    assert!(hop.poll_once().await.is_pending());
    let log = hop.log.clone();
    let task = spawn(async move {
        hop.log.thread_is("worker");
        try_id().into_iter().for_each(|id| hop.log.task_is(id, "second awaiter"));
        assert!(hop.poll_once().await.is_pending());
        pending.open();
        hop.conclude().await;
    });
    task.await.expect("no panic is left");
    log.event("the other task is done");
}

async fn abort_the_awaiter(mut hop: Hop, pending: Pending) {
    let log = hop.log.clone();
    let (polled, was_polled) = tokio::sync::oneshot::channel();
    let task = spawn(async move {
        hop.log.thread_is("worker");
        try_id().into_iter().for_each(|id| hop.log.task_is(id, "second awaiter"));
        assert!(hop.poll_once().await.is_pending());
        polled.send(()).expect("somebody waits");
        hop.conclude().await;
    });
    was_polled.await.expect("the task runs");
    task.abort();
    let error = task.await.expect_err("aborted");
    log.event(format!("the awaiter is cancelled: {}", error.is_cancelled()));
    pending.open_and_wait();
}

#[derive(Debug, Default)]
struct Wakes(AtomicU32);

impl Wakes {
    fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn change_wakers(mut hop: Hop, pending: Pending) {
    let [first, second] = [Arc::new(Wakes::default()), Arc::new(Wakes::default())];
    for wakes in [&first, &first, &second] {
        let waker = Waker::from(Arc::clone(wakes));
        assert!(hop.poll(&mut Context::from_waker(&waker)).is_pending());
    }
    pending.open();
    patience::until(|| second.count() > 0);
    hop.log.event(format!("woken: {} and {} times", first.count(), second.count()));
    let waker = Waker::from(Arc::clone(&first));
    match Pin::new(&mut hop.handle).poll(&mut Context::from_waker(&waker)) {
        Poll::Ready(result) => hop.conclude_with(result),
        Poll::Pending => hop.log.event("woken, and pending"),
    }
    hop.log.event(format!("woken: {} and {} times", first.count(), second.count()));
}
