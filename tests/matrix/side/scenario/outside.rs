//! Where there is no runtime, no longer one, or no longer a thread.

use std::cell::RefCell;
use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;

use super::{Hop, Scenario, free_job, hop, joined, own, runtime, spawn_blocking};
use crate::panics::caught;
use crate::rig::{Rig, SCHEDULERS, Scheduler, Time};
use crate::transcript::Log;

pub(super) const SCENARIOS: &[Scenario] = &[
    ("spawn outside a runtime", outside_a_runtime),
    ("spawn on a fresh thread outside a runtime", |log| on_thread(log, outside_a_runtime)),
    ("the current handle outside a runtime", no_current_handle),
    ("spawn after shutdown", after_shutdown),
    ("spawn while the thread ends, after hops", |log| while_the_thread_ends(log, true)),
    ("spawn while the thread ends, before hops", |log| while_the_thread_ends(log, false)),
];

fn on_thread(log: &Log, f: fn(&Log)) {
    thread::scope(|scope| {
        scope.spawn(|| {
            log.thread_is("other");
            f(log);
        });
    });
}

fn outside_a_runtime(log: &Log) {
    let job = free_job(log);
    // The hook tells the line of the call.
    assert!(caught(log, || spawn_blocking(job)).is_none());
    // And from where a runtime once was.
    let rig = Rig::new(Scheduler::CurrentThread, Time::Flows, 1);
    drop(rig.runtime.enter());
    let job = free_job(log);
    assert!(caught(log, || spawn_blocking(job)).is_none());
    rig.settle(log);
}

fn no_current_handle(log: &Log) {
    assert!(caught(log, runtime_current).is_none());
    let error = runtime::Handle::try_current().expect_err("outside");
    log.event(format!("{error}, {error:?}"));
}

fn runtime_current() -> runtime::Handle {
    runtime::Handle::current()
}

fn after_shutdown(log: &Log) {
    for scheduler in SCHEDULERS {
        for in_background in [false, true] {
            let (runtime, rest) = Rig::new(scheduler, Time::Flows, 1).parts();
            let kept = runtime.handle().clone();
            let runtime = own(runtime);
            let own_kept = runtime.handle().clone();
            if in_background {
                runtime.shutdown_background();
            } else {
                drop(runtime);
            }
            log.event(format!("the {scheduler:?} runtime is shut down"));
            let entered = kept.enter();
            let hop = Hop::free(log, spawn_blocking);
            hop.tell_finished();
            drop(entered);
            hop.conclude_here();
            let hop = Hop::free(log, |job| own_kept.spawn_blocking(job));
            hop.tell_finished();
            hop.conclude_here();
            drop(Hop::free(log, |job| own_kept.spawn_blocking(job)));
            drop((kept, own_kept));
            rest.settle(log);
        }
    }
}

thread_local! {
    static AT_EXIT: RefCell<Option<AtExit>> = const { RefCell::new(None) };
}

/// Spawns when its thread's locals are dropped.
struct AtExit {
    log: Log,
    kept: runtime::Handle,
    spawned: Arc<Mutex<Option<Hop>>>,
}

impl Drop for AtExit {
    fn drop(&mut self) {
        let log = &self.log;
        log.event("the thread's locals are dropped");
        let job = free_job(log);
        let spawned = caught(log, || spawn_blocking(job));
        log.event(format!("spawned by the thread's runtime: {}", spawned.is_some()));
        *self.spawned.lock() = caught(log, || Hop::free(log, |job| self.kept.spawn_blocking(job)));
    }
}

fn while_the_thread_ends(log: &Log, hops_first: bool) {
    let (runtime, rest) = Rig::new(Scheduler::CurrentThread, Time::Flows, 1).parts();
    let runtime = own(runtime);
    let spawned = Arc::default();
    let at_exit = AtExit { log: log.clone(), kept: runtime.handle().clone(), spawned: Arc::clone(&spawned) };
    // Locals are dropped in an order that depends on which was used first.
    let hops = |log: &Log, runtime: &runtime::Handle| {
        let number = runtime.block_on(async { joined(log, hop(log, || 1)).await });
        log.event(format!("hopped before the end: {number}"));
    };
    thread::scope(|scope| {
        scope
            .spawn(|| {
                log.thread_is("other");
                let kept = at_exit.kept.clone();
                if hops_first {
                    hops(log, &kept);
                }
                AT_EXIT.with(|at| *at.borrow_mut() = Some(at_exit));
                if !hops_first {
                    hops(log, &kept);
                }
            })
            .join()
            .expect("no panic is left");
    });
    let hop: Option<Hop> = spawned.lock().take();
    hop.expect("the handle outlives the thread").conclude_here();
    drop(runtime);
    rest.settle(log);
}
