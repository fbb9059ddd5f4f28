//! Hops within hops, and other places that may block.

use std::panic::resume_unwind;
use std::sync::Arc;

use parking_lot::Mutex;

use super::runtime::Handle;
use super::task::{JoinHandle, block_in_place, spawn, try_id};
use super::{Hop, Scenario, hop, joined, spawn_blocking};
use crate::panics::{self, caught};
use crate::patience::gate;
use crate::rig::{Rig, SCHEDULERS, Scheduler, Time};
use crate::tracked::Tracked;
use crate::transcript::Log;

pub(super) const SCENARIOS: &[Scenario] = &[
    ("a job blocks on a hop", job_blocks_on_a_hop),
    ("a job passes a hop's panic on", job_passes_a_panic_on),
    ("a job blocks on a task that hops", job_blocks_on_a_task),
    ("a job holds its own handle", job_holds_its_handle),
    ("a job makes a runtime", job_makes_a_runtime),
    ("block_in_place in a task", in_place_in_a_task),
    ("block_in_place on current_thread", in_place_on_current_thread),
    ("block_in_place in a job", in_place_in_a_job),
];

/// Names the running task.
fn named(log: &Log, name: &'static str) {
    log.thread_is("pool");
    try_id().into_iter().for_each(|id| log.task_is(id, name));
    log.event(format!("{name} runs"));
}

fn on_each(log: &Log, app: fn(&Log, &Rig)) {
    for scheduler in SCHEDULERS {
        log.event(format!("{scheduler:?}"));
        let rig = Rig::new(scheduler, Time::Flows, 2);
        app(log, &rig);
        rig.settle(log);
    }
}

fn job_blocks_on_a_hop(log: &Log) {
    on_each(log, |log, rig| {
        let whose = log.clone();
        let outer = move || {
            named(&whose, "outer");
            let log = whose.clone();
            let inner = hop(&whose, move || {
                named(&log, "inner");
                20
            });
            let number = Handle::current().block_on(joined(&whose, inner));
            whose.event("outer goes on");
            number + 1
        };
        let number = rig.runtime.block_on(async { joined(log, hop(log, outer)).await });
        log.event(format!("got {number}"));
    });
}

fn job_passes_a_panic_on(log: &Log) {
    on_each(log, |log, rig| {
        let whose = log.clone();
        let outer = move || {
            let _local = Tracked::new(&whose, "outer's local", false);
            named(&whose, "outer");
            let log = whose.clone();
            let inner = hop(&whose, move || {
                named(&log, "inner");
                panics::expect(&log);
                panic!("inside")
            });
            let result: Result<(), _> = Handle::current().block_on(inner);
            whose.ended(&result);
            resume_unwind(result.expect_err("inner panics").into_panic())
        };
        let result: Result<(), _> = rig.runtime.block_on(async { hop(log, outer).await });
        log.ended(&result);
        log.event(panics::text(&*result.expect_err("outer panics").into_panic()));
    });
}

fn job_blocks_on_a_task(log: &Log) {
    on_each(log, |log, rig| {
        let whose = log.clone();
        let outer = move || {
            named(&whose, "outer");
            let log = whose.clone();
            Handle::current().block_on(async move {
                let task = spawn(async move {
                    log.thread_is("worker");
                    try_id().into_iter().for_each(|id| log.task_is(id, "task between"));
                    let whose = log.clone();
                    let inner = hop(&log, move || {
                        named(&whose, "inner");
                        30
                    });
                    let number = joined(&log, inner).await;
                    log.event("the task between is done");
                    number + 1
                });
                task.await.expect("the task returns") + 1
            })
        };
        let number = rig.runtime.block_on(async { joined(log, hop(log, outer)).await });
        log.event(format!("got {number}"));
    });
}

fn job_holds_its_handle(log: &Log) {
    on_each(log, |log, rig| {
        let slot: Arc<Mutex<Option<JoinHandle<Tracked>>>> = Arc::default();
        let (place, placed) = gate();
        let (leave, left) = gate();
        let entered = rig.runtime.enter();
        let (own, whose) = (Arc::clone(&slot), log.clone());
        let handle = hop(log, move || {
            placed.wait();
            named(&whose, "its own owner");
            let handle = own.lock().take().expect("placed");
            whose.event(format!("its own handle's is_finished: {}", handle.is_finished()));
            handle.abort();
            drop(handle);
            whose.event("dropped its own handle");
            leave.open();
            Tracked::new(&whose, "output for nobody", false)
        });
        drop(entered);
        *slot.lock() = Some(handle);
        place.open();
        left.wait();
    });
}

fn job_makes_a_runtime(log: &Log) {
    let rig = Rig::new(Scheduler::CurrentThread, Time::Flows, 1);
    let whose = log.clone();
    let outer = move || {
        named(&whose, "outer");
        let rig = Rig::new(Scheduler::CurrentThread, Time::Flows, 1);
        let log = whose.clone();
        rig.runtime.block_on(async {
            let inner = hop(&whose, move || named(&log, "inner"));
            joined(&whose, inner).await;
        });
        rig.settle(&whose);
    };
    rig.runtime.block_on(async { joined(log, hop(log, outer)).await });
    rig.settle(log);
}

fn in_place_in_a_task(log: &Log) {
    let (runtime, rest) = Rig::new(Scheduler::MultiThread, Time::Flows, 4).parts();
    let whose = log.clone();
    runtime.block_on(async {
        let task = spawn(async move {
            whose.thread_is("worker");
            try_id().into_iter().for_each(|id| whose.task_is(id, "awaiter"));
            block_in_place(|| {
                whose.event("in place");
                let hop = Hop::free(&whose, spawn_blocking);
                Handle::current().block_on(hop.conclude());
                let hop = Hop::free(&whose, spawn_blocking);
                hop.wait_finished();
                whose.event("drops the handle in place");
                drop(hop);
            });
        });
        task.await.expect("the task returns");
    });
    drop(runtime);
    // Whether the worker that stands in finds a thread at rest is a matter of chance.
    rest.vanish(log);
}

fn in_place_on_current_thread(log: &Log) {
    let rig = Rig::new(Scheduler::CurrentThread, Time::Flows, 1);
    rig.runtime.block_on(async {
        let hop = Hop::free(log, spawn_blocking);
        hop.wait_finished();
        assert!(caught(log, || block_in_place(|| ())).is_none());
        hop.conclude().await;
    });
    rig.settle(log);
}

fn in_place_in_a_job(log: &Log) {
    on_each(log, |log, rig| {
        let whose = log.clone();
        let outer = move || {
            named(&whose, "outer");
            block_in_place(|| {
                whose.event("in place");
                let hop = Hop::free(&whose, spawn_blocking);
                Handle::current().block_on(hop.conclude());
            });
        };
        rig.runtime.block_on(async { joined(log, hop(log, outer)).await });
    });
}
