//! The ways to make a hop.

use std::time::Instant;

use tokio::runtime::Runtime;
use tollbridge::{Arm, Builder, Detail, Guard, Summary};

use crate::load::Load;

pub(crate) struct Variant {
    pub(crate) name: &'static str,
    drop_in: bool,
    arm: Option<(Detail, Arm)>,
}

const fn tokio(name: &'static str) -> Variant {
    Variant { name, drop_in: false, arm: None }
}

const fn armed(name: &'static str, detail: Detail, arm: Arm) -> Variant {
    Variant { name, drop_in: true, arm: Some((detail, arm)) }
}

/// The first is what the others are held against.
pub(crate) const VARIANTS: &[Variant] = &[
    tokio("native (tokio)"),
    tokio("native again"),
    Variant { name: "off", drop_in: true, arm: None },
    armed("coarse, native", Detail::Phases, Arm::Native),
    armed("coarse, snapshot", Detail::Phases, Arm::Snapshot),
    armed("coarse, naive", Detail::Phases, Arm::Naive),
    armed("detailed, native", Detail::Locks, Arm::Native),
    armed("detailed, snapshot", Detail::Locks, Arm::Snapshot),
    armed("detailed, naive", Detail::Locks, Arm::Naive),
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
