//! tokio's budget: each ready handle is charged for once.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use super::task::{JoinHandle, coop, spawn, unconstrained};
use super::{Scenario, hop, joined};
use crate::patience::{self, gate};
use crate::rig::{Rig, SCHEDULERS, Time};
use crate::transcript::Log;

/// More than one budget, and more than two with what is awaited in a loop.
const READY: u32 = 300;

pub(super) const SCENARIOS: &[Scenario] = &[
    ("ready handles in one poll", |log| on_each(log, async |log| ready_in_one_poll(log).await)),
    ("ready handles in one unconstrained poll", |log| {
        on_each(log, async |log| unconstrained(ready_in_one_poll(log)).await);
    }),
    ("ready handles after pending ones", |log| on_each(log, async |log| ready_after_pending(log).await)),
    ("polls that a loop over ready handles takes", |log| on_each(log, async |log| polls_of_a_loop(log).await)),
    ("ready handles in one poll of a task", in_a_task),
];

fn on_each(log: &Log, app: impl AsyncFn(&Log)) {
    for scheduler in SCHEDULERS {
        log.event(format!("{scheduler:?}"));
        let rig = Rig::new(scheduler, Time::Flows, 1);
        rig.runtime.block_on(app(log));
        rig.settle(log);
    }
}

fn finished(log: &Log) -> Vec<JoinHandle<u32>> {
    let handles: Vec<_> = (0..READY).map(|number| hop(log, move || number)).collect();
    patience::until(|| handles.iter().all(JoinHandle::is_finished));
    handles
}

/// How many are ready before the first that is pending.
fn count_ready(log: &Log, handles: &mut [JoinHandle<u32>], cx: &mut Context<'_>) -> usize {
    let ready = handles.iter_mut().map_while(|handle| match Pin::new(handle).poll(cx) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    });
    ready.inspect(|result| log.ended(result)).count()
}

async fn ready_in_one_poll(log: &Log) {
    let mut handles = finished(log);
    let ready = poll_fn(|cx| Poll::Ready(count_ready(log, &mut handles, cx))).await;
    log.event(format!("ready: {ready} of {READY}, budget left: {}", coop::has_budget_remaining()));
}

async fn ready_after_pending(log: &Log) {
    let mut handles = finished(log);
    let (open, held) = gate();
    let mut waiting = hop(log, move || held.wait());
    let ready = poll_fn(|cx| {
        for _ in 0..READY {
            assert!(Pin::new(&mut waiting).poll(cx).is_pending());
        }
        Poll::Ready(count_ready(log, &mut handles, cx))
    })
    .await;
    log.event(format!("ready: {ready} of {READY}"));
    open.open();
    joined(log, waiting).await;
}

async fn polls_of_a_loop(log: &Log) {
    let handles = finished(log);
    let mut awaits = pin!(async {
        let mut sum = 0;
        for handle in handles {
            sum += joined(log, handle).await;
        }
        sum
    });
    let mut polls = 0;
    let sum = poll_fn(|cx| {
        polls += 1;
        awaits.as_mut().poll(cx)
    })
    .await;
    log.event(format!("{sum} after {polls} polls"));
}

fn in_a_task(log: &Log) {
    for scheduler in SCHEDULERS {
        let rig = Rig::new(scheduler, Time::Flows, 1);
        let whose = log.clone();
        let task = rig.runtime.spawn(async move {
            whose.thread_is("worker");
            super::task::try_id().into_iter().for_each(|id| whose.task_is(id, "awaiter"));
            ready_in_one_poll(&whose).await;
        });
        rig.runtime.block_on(async { spawn(task).await.expect("not aborted").expect("no panic") });
        rig.settle(log);
    }
}
