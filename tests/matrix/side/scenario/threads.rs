//! Which threads run jobs, in which order, under which ids.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use parking_lot::Mutex;
use tokio::runtime::Builder;

use super::task::{JoinHandle, id, spawn, try_id};
use super::{Scenario, hop, joined};
use crate::patience::{self, gate};
use crate::rig::{Rig, SCHEDULERS, Scheduler, Time};
use crate::transcript::Log;

pub(super) const SCENARIOS: &[Scenario] = &[
    ("hooks and thread names", hooks_and_names),
    ("parking hooks", parking_hooks),
    ("stack size and keep-alive", stack_and_keep_alive),
    ("queued jobs start in order", in_order),
    ("ids", ids),
    ("task-locals", locals),
];

fn hooks_and_names(log: &Log) {
    let made = Arc::new(AtomicU32::new(0));
    let (start, stop) = (log.clone(), log.clone());
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .thread_name_fn(move || format!("thread {}", made.fetch_add(1, Ordering::SeqCst)))
        .on_thread_start(move || {
            start.thread_is("pool");
            start.event(format!("{:?} starts", thread::current().name()));
        })
        .on_thread_stop(move || stop.event(format!("{:?} stops", thread::current().name())))
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        for _ in 0..3 {
            let whose = log.clone();
            let job = move || whose.event(format!("a job on {:?}", thread::current().name()));
            let handle = hop(log, job);
            patience::until(|| handle.is_finished());
            joined(log, handle).await;
        }
    });
    drop(runtime);
    log.event("the runtime is dropped");
}

fn parking_hooks(log: &Log) {
    let [parks, unparks] = [Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0))];
    let (park, unpark) = (Arc::clone(&parks), Arc::clone(&unparks));
    let (parking, parked) = std::sync::mpsc::channel();
    let runtime = Builder::new_current_thread()
        .on_thread_park(move || {
            park.fetch_add(1, Ordering::SeqCst);
            let _ = parking.send(());
        })
        .on_thread_unpark(move || {
            unpark.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        // The job waits for the park, so there is one.
        let job = move || parked.recv_timeout(patience::LIMIT).is_ok();
        log.event(format!("parked: {}", joined(log, hop(log, job)).await));
    });
    let [parks, unparks] = [parks, unparks].map(|count| count.load(Ordering::SeqCst));
    log.event(format!("parks: {}, as many unparks: {}", parks > 0, parks == unparks));
}

fn stack_and_keep_alive(log: &Log) {
    let stops = Arc::new(AtomicU32::new(0));
    let stop = Arc::clone(&stops);
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .thread_stack_size(16 << 20)
        .thread_keep_alive(std::time::Duration::from_millis(1))
        .on_thread_stop(move || {
            stop.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .expect("a runtime");
    for round in 1..=2 {
        runtime.block_on(async {
            let deep = joined(log, hop(log, || deep(0))).await;
            log.event(format!("frames: {deep}"));
        });
        patience::until(|| stops.load(Ordering::SeqCst) == round);
        log.event("the idle thread stopped");
    }
}

/// Needs more stack than a thread has by default.
fn deep(level: u32) -> u32 {
    let frame = std::hint::black_box([0_u8; 64 << 10]);
    if level == 40 { level } else { deep(level + 1).max(u32::from(frame[0])) }
}

fn in_order(log: &Log) {
    let rig = Rig::new(Scheduler::CurrentThread, Time::Flows, 1);
    rig.runtime.block_on(async {
        let (open, held) = gate();
        let first = hop(log, move || held.wait());
        let order = Arc::new(Mutex::new(Vec::new()));
        let rest: Vec<JoinHandle<()>> = (0..20)
            .map(|number| {
                let order = Arc::clone(&order);
                hop(log, move || order.lock().push(number))
            })
            .collect();
        open.open();
        // Awaited in another order.
        for handle in rest.into_iter().rev() {
            joined(log, handle).await;
        }
        joined(log, first).await;
        log.event(format!("{:?}", order.lock()));
    });
    rig.settle(log);
}

fn ids(log: &Log) {
    for scheduler in SCHEDULERS {
        let rig = Rig::new(scheduler, Time::Flows, 1);
        rig.runtime.block_on(async {
            log.event(format!("the awaiter has an id: {}", try_id().is_some()));
            let mut seen = BTreeSet::new();
            let mut same = 0;
            for _ in 0..50 {
                let handle = hop(log, || (try_id(), id()));
                let of_handle = handle.id();
                let of_abort = handle.abort_handle().id();
                let (tried, inside) = joined(log, handle).await;
                same += u32::from([tried, Some(inside), Some(of_abort)] == [Some(of_handle); 3]);
                seen.insert(of_handle.to_string());
            }
            let task = spawn(async { id() });
            seen.insert(task.id().to_string());
            task.await.expect("the task returns");
            log.event(format!("same: {same}, different from each other: {}", seen.len()));
        });
        rig.settle(log);
    }
}

tokio::task_local! {
    static NAME: &'static str;
}

fn locals(log: &Log) {
    let rig = Rig::new(Scheduler::CurrentThread, Time::Flows, 1);
    rig.runtime.block_on(NAME.scope("outer", async {
        let inside = joined(log, hop(log, || NAME.try_with(|name| *name).ok())).await;
        let by_hand = joined(log, hop(log, || NAME.sync_scope("by hand", || NAME.get()))).await;
        let nested = NAME.scope("inner", joined(log, hop(log, || 1))).await;
        log.event(format!("{inside:?} {by_hand} {nested} {}", NAME.get()));
    }));
    rig.settle(log);
}
