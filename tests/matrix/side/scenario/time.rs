//! Paused time stands still while a hop runs.

use std::sync::mpsc::channel;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

use super::{Scenario, hop, joined};
use crate::patience::{self, gate};
use crate::rig::{Rig, Scheduler, Time};
use crate::transcript::Log;

pub(super) const SCENARIOS: &[Scenario] =
    &[("paused time stands still", stands_still), ("paused time goes on between hops", goes_on_between)];

/// The job ends only after the runtime had nothing to do but to wait for the timer.
fn stands_still(log: &Log) {
    let (park, parked) = channel();
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .max_blocking_threads(1)
        .on_thread_park(move || {
            let _ = park.send(());
        })
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let start = Instant::now();
        let whose = log.clone();
        let (begin, begun) = gate();
        let mut running = hop(log, move || {
            whose.thread_is("pool");
            super::task::try_id().into_iter().for_each(|id| whose.task_is(id, "job"));
            begin.open();
            parked.recv_timeout(patience::LIMIT).expect("the runtime parks");
            // Room for the mistake: time that goes on would fire the timer, and the runtime would park again.
            let _ = parked.recv_timeout(Duration::from_millis(20));
            whose.event(format!("in the job, after the runtime parked: {:?}", start.elapsed()));
        });
        begun.wait();
        let first = tokio::select! {
            biased;
            () = sleep(Duration::from_secs(3600)) => None,
            result = &mut running => Some(result),
        };
        log.event(format!("the job came first: {}, at {:?}", first.is_some(), start.elapsed()));
        match first {
            Some(result) => log.ended(&result),
            None => joined(log, running).await,
        }
        sleep(Duration::from_secs(1)).await;
        log.event(format!("a second later: {:?}", start.elapsed()));
    });
}

fn goes_on_between(log: &Log) {
    let rig = Rig::new(Scheduler::CurrentThread, Time::Paused, 1);
    rig.runtime.block_on(async {
        let start = Instant::now();
        for _ in 0..5 {
            sleep(Duration::from_millis(10)).await;
            let at = joined(log, hop(log, move || start.elapsed())).await;
            log.event(format!("in the job {at:?}, after it {:?}", start.elapsed()));
        }
        let handle = hop(log, || ());
        patience::until(|| handle.is_finished());
        sleep(Duration::from_millis(10)).await;
        joined(log, handle).await;
        drop(hop(log, || ()));
        sleep(Duration::from_millis(10)).await;
        log.event(format!("in the end {:?}", start.elapsed()));
    });
    rig.settle(log);
}
