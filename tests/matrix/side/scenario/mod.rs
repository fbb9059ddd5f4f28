//! Situations that are no point of a grid.

mod conversions;
mod coop;
mod nested;
mod outside;
mod runtimes;
mod sets;
mod shapes;
mod threads;
mod time;
mod traits;

use super::fixture::Hop;
use super::task::{JoinHandle, spawn_blocking};
use super::{own, runtime, task};
use crate::job::{Ending, Output, job};
use crate::patience::gate;
use crate::transcript::Log;

type Scenario = (&'static str, fn(&Log));

fn all() -> Vec<Scenario> {
    [
        outside::SCENARIOS,
        nested::SCENARIOS,
        coop::SCENARIOS,
        traits::SCENARIOS,
        time::SCENARIOS,
        threads::SCENARIOS,
        shapes::SCENARIOS,
        conversions::SCENARIOS,
        sets::SCENARIOS,
        runtimes::SCENARIOS,
    ]
    .concat()
}

pub(super) fn names() -> Vec<&'static str> {
    all().into_iter().map(|(name, _)| name).collect()
}

pub(super) fn run(log: &Log, name: &str) {
    let (_, scenario) = all().into_iter().find(|&(known, _)| known == name).expect("a scenario of this name");
    scenario(log);
}

/// Counts a hop that was submitted.
fn counted<T>(log: &Log, handle: JoinHandle<T>) -> JoinHandle<T> {
    log.tally(|tally| tally.spawned += 1);
    handle
}

/// A hop that is counted. The caller's line is lost, which matters only where tokio panics.
fn hop<T: Send + 'static>(log: &Log, job: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    counted(log, spawn_blocking(job))
}

/// Awaits a hop that returns a value.
async fn joined<T>(log: &Log, handle: JoinHandle<T>) -> T {
    let result = handle.await;
    log.ended(&result);
    result.expect("the job returns")
}

/// The usual job, held by nothing.
fn free_job(log: &Log) -> impl FnOnce() -> Output + Send + use<> {
    job(log, Ending::Value, gate().0, None).0
}
