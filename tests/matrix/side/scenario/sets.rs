//! Sets of tasks, blocking and not.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::task::{AbortHandle, JoinError, JoinSet, try_id};
use super::{Scenario, runtime};
use crate::job::{Ending, Output, job};
use crate::panics::{self, caught};
use crate::patience::{self, Opener, gate};
use crate::rig::{Rig, SCHEDULERS, Scheduler, Time};
use crate::tracked::Tracked;
use crate::transcript::{Log, without_id};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("a set of both kinds", |log| on_each(log, async |log| both_kinds(log).await)),
    ("a set's ids", |log| on_each(log, async |log| ids(log).await)),
    ("a set of panics", |log| on_each(log, async |log| panics(log).await)),
    ("a set that aborts all", |log| on_each(log, async |log| aborts_all(log).await)),
    ("a set that shuts down", |log| on_each(log, async |log| shuts_down(log).await)),
    ("a set that is dropped", |log| on_each(log, async |log| dropped(log))),
    ("a set that is detached", |log| on_each(log, async |log| detached(log))),
    ("a set spawns on a runtime's handle", on_a_handle),
    ("a set outside a runtime", outside),
    ("a set of futures collected", |log| on_each(log, async |log| collected(log).await)),
    ("a set joins all", |log| on_each(log, async |log| joins_all(log).await)),
    ("a set is polled", |log| on_each(log, async |log| polled(log).await)),
];

fn on_each(log: &Log, app: impl AsyncFn(&Log)) {
    for scheduler in SCHEDULERS {
        log.event(format!("{scheduler:?}"));
        let rig = Rig::new(scheduler, Time::Flows, 1);
        rig.runtime.block_on(app(log));
        rig.settle(log);
    }
}

/// Counts a blocking task of a set.
fn counted(log: &Log, handle: AbortHandle) -> AbortHandle {
    log.tally(|tally| tally.by_set += 1);
    handle
}

/// A running job that waits, and one behind it in the queue.
fn running_and_queued(log: &Log, set: &mut JoinSet<Output>) -> (Opener, [AbortHandle; 2]) {
    let (open, held) = gate();
    let (start, started) = gate();
    let running = counted(log, set.spawn_blocking(job(log, Ending::Value, start, Some(held)).0));
    log.task_is(running.id(), "running");
    started.wait();
    let queued = counted(log, set.spawn_blocking(job(log, Ending::Value, gate().0, None).0));
    log.task_is(queued.id(), "queued");
    (open, [running, queued])
}

fn tell<T: std::fmt::Debug>(log: &Log, result: Option<Result<T, JoinError>>) {
    match result {
        None => log.event("the set is empty"),
        Some(Ok(value)) => log.event(format!("joined {value:?}")),
        Some(Err(error)) => {
            let id = error.id();
            log.event(without_id(&format!("{error}, {error:?}"), id));
            if let Ok(payload) = error.try_into_panic() {
                caught(log, || drop(payload));
            }
        }
    }
}

async fn both_kinds(log: &Log) {
    let mut set = JoinSet::new();
    log.event(format!("{} {} {set:?}", set.is_empty(), set.len()));
    counted(log, set.spawn_blocking(|| 1));
    set.spawn(async { 2 });
    counted(log, set.spawn_blocking(|| 3));
    log.event(format!("{} {} {set:?}", set.is_empty(), set.len()));
    let mut seen = Vec::new();
    while let Some(result) = set.join_next().await {
        seen.push(result.expect("returns"));
    }
    seen.sort_unstable();
    log.event(format!("{seen:?} {} {}", set.is_empty(), set.len()));
    log.event(format!("{}", set.try_join_next().is_none()));
}

async fn ids(log: &Log) {
    let mut set = JoinSet::new();
    let mut expected = BTreeMap::new();
    for number in 0..10 {
        let handle = counted(log, set.spawn_blocking(move || (number, try_id())));
        expected.insert(number, handle.id());
        let handle = set.spawn(async move { (100 + number, try_id()) });
        expected.insert(100 + number, handle.id());
    }
    let mut same = 0;
    while let Some(result) = set.join_next_with_id().await {
        let (id, (number, inside)) = result.expect("returns");
        same += u32::from(inside == Some(id) && expected[&number] == id);
    }
    log.event(format!("of the same id: {same}"));
}

async fn panics(log: &Log) {
    let endings = [
        Ending::Value,
        Ending::PanicsWithStr,
        Ending::PanicsWithString,
        Ending::PanicsWithPayload,
        Ending::PayloadPanicsInDrop,
        Ending::ResumesUnwind,
        Ending::CapturedPanicsInDrop,
    ];
    let mut set = JoinSet::new();
    for ending in endings {
        let handle = counted(log, set.spawn_blocking(job(log, ending, gate().0, None).0));
        log.task_is(handle.id(), "job");
        // One after the other, so that their events are in order.
        let id = handle.id();
        let result = set.join_next_with_id().await.expect("one is in it");
        let same = result.as_ref().map_or_else(JoinError::id, |&(id, _)| id) == id;
        log.event(format!("of the same id: {same}, is_finished: {}", handle.is_finished()));
        tell(log, Some(result.map(|(_, output)| output)));
    }
}

async fn aborts_all(log: &Log) {
    let mut set = JoinSet::new();
    let (open, handles) = running_and_queued(log, &mut set);
    set.abort_all();
    log.event(format!("{:?} {}", handles.each_ref().map(AbortHandle::is_finished), set.len()));
    open.open();
    patience::until(|| handles.iter().all(AbortHandle::is_finished));
    for _ in 0..2 {
        let result = set.join_next().await;
        tell(log, result);
    }
    log.event(format!("{:?} {}", handles.each_ref().map(AbortHandle::is_finished), set.len()));
    let result = set.join_next().await;
    tell(log, result);
}

async fn shuts_down(log: &Log) {
    let mut set = JoinSet::new();
    let (open, handles) = running_and_queued(log, &mut set);
    let task = set.spawn(std::future::pending());
    {
        let mut shutdown = pin!(set.shutdown());
        // The first poll aborts, and then waits for the running job.
        let pending = poll_fn(|cx| Poll::Ready(shutdown.as_mut().poll(cx).is_pending())).await;
        log.event(format!("pending: {pending}, {:?}", handles.each_ref().map(AbortHandle::is_finished)));
        open.open();
        patience::until(|| handles.iter().all(AbortHandle::is_finished));
        shutdown.await;
    }
    log.event(format!("{} {} {}", set.is_empty(), set.len(), task.is_finished()));
}

fn dropped(log: &Log) {
    let mut set = JoinSet::new();
    let (open, handles) = running_and_queued(log, &mut set);
    drop(set);
    log.event(format!("dropped the set: {:?}", handles.each_ref().map(AbortHandle::is_finished)));
    open.open();
    patience::until(|| handles.iter().all(AbortHandle::is_finished));
}

fn detached(log: &Log) {
    let mut set = JoinSet::new();
    let (open, handles) = running_and_queued(log, &mut set);
    set.detach_all();
    log.event(format!("detached: {} {:?}", set.len(), handles.each_ref().map(AbortHandle::is_finished)));
    open.open();
    patience::until(|| handles.iter().all(AbortHandle::is_finished));
}

fn on_a_handle(log: &Log) {
    let rig = Rig::new(Scheduler::CurrentThread, Time::Flows, 1);
    let mut set = JoinSet::new();
    let whose = log.clone();
    let handle = counted(
        log,
        set.spawn_blocking_on(
            move || {
                whose.thread_is("pool");
                whose.event("the job runs");
                Tracked::new(&whose, "output", false)
            },
            rig.runtime.handle(),
        ),
    );
    log.task_is(handle.id(), "job");
    patience::until(|| handle.is_finished());
    let result = rig.runtime.block_on(set.join_next());
    tell(log, result);
    // A set keeps the waker that it was last polled with.
    drop((handle, set));
    rig.settle(log);
}

fn outside(log: &Log) {
    let mut set = JoinSet::new();
    let captured = Tracked::new(log, "captured value", false);
    // The hook tells the line of each call.
    assert!(caught(log, || set.spawn_blocking(move || drop(captured))).is_none());
    assert!(caught(log, || set.spawn(async {})).is_none());
    assert!(caught(log, || set.spawn_local(async {})).is_none());
    log.event(format!("{} {:?}", set.len(), runtime::Handle::try_current().is_ok()));
}

async fn collected(log: &Log) {
    let mut set: JoinSet<u8> = (0..5).map(|number| async move { number }).collect();
    counted(log, set.spawn_blocking(|| 5));
    let mut all = set.join_all().await;
    all.sort_unstable();
    log.event(format!("{all:?}"));
    log.event(format!("{}", JoinSet::<u8>::default().is_empty()));
}

async fn joins_all(log: &Log) {
    let mut set = JoinSet::new();
    let whose = log.clone();
    counted(
        log,
        set.spawn_blocking(move || {
            panics::expect(&whose);
            panic!("in the set");
        }),
    );
    // The panic comes out of it, and not by the hook.
    let outer = super::task::spawn(set.join_all());
    let error = outer.await.expect_err("a task panicked");
    log.event(panics::text(&*error.into_panic()));
}

async fn polled(log: &Log) {
    let mut set = JoinSet::new();
    let (open, held) = gate();
    counted(log, set.spawn_blocking(move || held.wait()));
    let pending = poll_fn(|cx| Poll::Ready(set.poll_join_next(cx).is_pending())).await;
    log.event(format!("pending: {pending}, {}", set.try_join_next().is_none()));
    open.open();
    let result = set.join_next().await;
    tell(log, result);
}
