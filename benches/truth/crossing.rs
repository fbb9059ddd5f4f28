//! Phases of hops against stamps that the job and its awaiter take of themselves, on two threads.

use std::time::Instant;

use tokio::runtime::Runtime;
use tollbridge::Phase;
use tollbridge::report::{Distribution, Report};

use crate::operation::chain;
use crate::ruler::{Reading, armed};

const HOPS: u32 = 400;
/// Steps of the job: some 8 us.
const JOB: u32 = 7_000;

/// Parts of a hop that can be told from outside, and their phases.
pub(crate) const PARTS: [(&str, &[Phase]); 4] = [
    ("call to job", &[Phase::Submit, Phase::Backlog, Phase::Start]),
    ("job", &[Phase::Run]),
    ("job to awaiter", &[Phase::Publish, Phase::Unpolled, Phase::Resume, Phase::Transfer]),
    ("hop", Phase::ALL),
];

/// Of each part, the means by own stamps and by the report.
pub(crate) fn read(runtime: &Runtime) -> [Reading; PARTS.len()] {
    let guard = armed();
    let mut own: [Distribution; PARTS.len()] = Default::default();
    runtime.block_on(async {
        for _ in 0..HOPS {
            let called = Instant::now();
            let job = || {
                let started = Instant::now();
                std::hint::black_box(chain(1, JOB));
                (started, Instant::now())
            };
            let (started, ended) = tollbridge::task::spawn_blocking(job).await.expect("the job returns");
            let resumed = Instant::now();
            let parts = [(called, started), (started, ended), (ended, resumed), (called, resumed)];
            for (lengths, (from, to)) in own.iter_mut().zip(parts) {
                lengths.add(u64::try_from(to.duration_since(from).as_nanos()).expect("a short time"));
            }
        }
    });
    let report = guard.finish().expect("armed");
    let mut readings = [Reading::default(); PARTS.len()];
    for ((reading, (_, phases)), own) in readings.iter_mut().zip(PARTS).zip(own) {
        let told = phases.iter().map(|&phase| mean(&report, phase)).sum();
        *reading = Reading { truth: own.mean().expect("some"), raw: told, corrected: told };
    }
    readings
}

fn mean(report: &Report, phase: Phase) -> f64 {
    let mut lengths = Distribution::default();
    report.groups.iter().filter_map(|group| group.phases.get(&phase)).for_each(|ns| lengths.merge(ns));
    lengths.mean().unwrap_or_default()
}
