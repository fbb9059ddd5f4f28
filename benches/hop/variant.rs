//! The ways to make a hop.

use std::time::Instant;

use tokio::runtime::Runtime;
use tollbridge::{Arm, Builder, Detail, Guard, Summary};

use crate::load::Load;

pub(crate) struct Variant {
    pub(crate) name: &'static str,
    drop_in: bool,
    arm: Option<(Detail, Arm)>,
    /// What it may add to a busy hop, in ns (`--check`).
    pub(crate) budget: Option<f64>,
}

const fn tokio(name: &'static str) -> Variant {
    Variant { name, drop_in: false, arm: None, budget: None }
}

const fn armed(name: &'static str, detail: Detail, arm: Arm, budget: f64) -> Variant {
    Variant { name, drop_in: true, arm: Some((detail, arm)), budget: Some(budget) }
}

/// The first is what the others are held against.
pub(crate) const VARIANTS: &[Variant] = &[
    tokio("native (tokio)"),
    tokio("native again"),
    Variant { name: "off", drop_in: true, arm: None, budget: None },
    armed("coarse, native", Detail::Phases, Arm::Native, 250.0),
    armed("coarse, snapshot", Detail::Phases, Arm::Snapshot, 250.0),
    armed("coarse, naive", Detail::Phases, Arm::Naive, 250.0),
    armed("detailed, native", Detail::Locks, Arm::Native, 450.0),
    armed("detailed, snapshot", Detail::Locks, Arm::Snapshot, 450.0),
    armed("detailed, naive", Detail::Locks, Arm::Naive, 1_000.0),
];

impl Variant {
    /// Mean ns a hop.
    pub(crate) fn measured(&self, load: Load, runtime: &Runtime) -> f64 {
        let builder = || -> Builder { tollbridge::builder().without_files().with_summary(Summary::Off) };
        let guard: Option<Guard> =
            self.arm.map(|(detail, arm)| builder().with_detail(detail).with_transfer(arm).init());
        assert!(guard.as_ref().is_none_or(Guard::is_armed));
        let start = Instant::now();
        if self.drop_in {
            runtime.block_on(load.run(|job| tollbridge::task::spawn_blocking(move || job.run())));
        } else {
            runtime.block_on(load.run(|job| tokio::task::spawn_blocking(move || job.run())));
        }
        let ns = start.elapsed().as_nanos() as f64 / f64::from(load.hops());
        if let Some(report) = guard.and_then(Guard::finish) {
            assert_eq!((report.outcomes.joined, report.dropped.total()), (u64::from(load.hops()), 0));
        }
        ns
    }
}
