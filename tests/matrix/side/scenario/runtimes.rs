//! The runtime's own `spawn_blocking`, and the runtime's ends.

use std::time::Duration;

use super::{Hop, Scenario, own, runtime};
use crate::job::{Ending, job};
use crate::panics::caught;
use crate::patience::{self, gate};
use crate::rig::{Rig, SCHEDULERS, Scheduler, Time};
use crate::transcript::Log;

pub(super) const SCENARIOS: &[Scenario] = &[
    ("a runtime's spawn_blocking", spawns),
    ("a runtime's own constructor", by_constructor),
    ("a runtime is dropped where nothing may block", dropped_in_async),
    ("a runtime is shut down in the background where nothing may block", background_in_async),
    ("a runtime is shut down with a limit", with_a_limit),
    ("a runtime is dropped while its handle is entered", dropped_while_entered),
    ("handles of a runtime", handles),
];

fn spawns(log: &Log) {
    for scheduler in SCHEDULERS {
        let (runtime, rest) = Rig::new(scheduler, Time::Flows, 1).parts();
        let runtime = own(runtime);
        // Neither needs a runtime around it.
        let hop = Hop::free(log, |job| runtime.spawn_blocking(job));
        hop.conclude_here();
        let hop = Hop::free(log, |job| runtime.handle().spawn_blocking(job));
        runtime.block_on(hop.conclude());
        runtime.block_on(async {
            let hop = Hop::free(log, |job| runtime::Handle::current().spawn_blocking(job));
            hop.conclude().await;
        });
        let entered = runtime.enter();
        let handle = runtime::Handle::try_current().expect("entered");
        Hop::free(log, |job| handle.spawn_blocking(job)).conclude_here();
        drop((entered, handle));
        drop(runtime);
        rest.settle(log);
    }
}

fn by_constructor(log: &Log) {
    let runtime = runtime::Runtime::new().expect("a runtime");
    log.event(format!("{:?}", runtime.handle().runtime_flavor()));
    let task = runtime.spawn(async { 1 });
    log.event(format!("{:?}", runtime.block_on(task).ok()));
    runtime.block_on(Hop::free(log, |job| runtime.spawn_blocking(job)).conclude());
}

fn dropped_in_async(log: &Log) {
    let outer = Rig::new(Scheduler::CurrentThread, Time::Flows, 1);
    for scheduler in SCHEDULERS {
        let (inner, rest) = Rig::new(scheduler, Time::Flows, 1).parts();
        let inner = own(inner);
        let hop = Hop::free(log, |job| inner.spawn_blocking(job));
        hop.wait_finished();
        outer.runtime.block_on(async {
            assert!(caught(log, || drop(inner)).is_none());
            hop.conclude().await;
        });
        rest.vanish(log);
    }
    outer.settle(log);
}

fn background_in_async(log: &Log) {
    let outer = Rig::new(Scheduler::CurrentThread, Time::Flows, 1);
    for scheduler in SCHEDULERS {
        let (inner, rest) = Rig::new(scheduler, Time::Flows, 1).parts();
        let inner = own(inner);
        let (open, held) = gate();
        let (start, started) = gate();
        let handle = inner.spawn_blocking(job(log, Ending::Value, start, Some(held)).0);
        started.wait();
        let hop = Hop::of(log, handle);
        outer.runtime.block_on(async {
            inner.shutdown_background();
            hop.tell_finished();
            open.open();
            hop.conclude().await;
        });
        rest.settle(log);
    }
    outer.settle(log);
}

fn with_a_limit(log: &Log) {
    for scheduler in SCHEDULERS {
        let (runtime, rest) = Rig::new(scheduler, Time::Flows, 1).parts();
        let runtime = own(runtime);
        let (open, held) = gate();
        let (start, started) = gate();
        let handle = runtime.spawn_blocking(job(log, Ending::Value, start, Some(held)).0);
        started.wait();
        let hop = Hop::of(log, handle);
        runtime.shutdown_timeout(Duration::from_millis(1));
        hop.tell_finished();
        open.open();
        hop.conclude_here();
        rest.settle(log);
        let (runtime, rest) = Rig::new(scheduler, Time::Flows, 1).parts();
        let runtime = own(runtime);
        let hop = Hop::free(log, |job| runtime.spawn_blocking(job));
        hop.wait_finished();
        runtime.shutdown_timeout(patience::LIMIT);
        hop.conclude_here();
        rest.settle(log);
    }
}

fn dropped_while_entered(log: &Log) {
    for scheduler in SCHEDULERS {
        let (runtime, rest) = Rig::new(scheduler, Time::Flows, 1).parts();
        let runtime = own(runtime);
        let handle = runtime.handle().clone();
        let entered = handle.enter();
        drop(runtime);
        let hop = Hop::free(log, super::spawn_blocking);
        hop.tell_finished();
        hop.conclude_here();
        drop(entered);
        drop(handle);
        rest.settle(log);
    }
}

fn handles(log: &Log) {
    let (runtime, rest) = Rig::new(Scheduler::CurrentThread, Time::Flows, 1).parts();
    let runtime = own(runtime);
    let handle = runtime.handle().clone();
    let same = handle.id() == runtime.handle().id();
    log.event(format!("of the same id: {same}, {:?}", handle.runtime_flavor()));
    log.event(format!("printed alike: {}", format!("{handle:?}") == format!("{:?}", runtime.handle())));
    drop((handle, runtime));
    rest.settle(log);
}
