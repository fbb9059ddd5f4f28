//! tollbridge: its own hops, the recorder alone; and an app's spans on tokio's hops, through its layer and its subscriber.

use std::path::Path;

use tollbridge::report::Report;
use tollbridge::{Arm, Detail, Guard, RecorderLayer, RecorderSubscriber, Summary};
use tracing_subscriber::layer::SubscriberExt as _;

use super::{Active, Evidence, traced};
use crate::hop::{self, SPANS};

fn armed(detail: Detail, bridge: Arm) -> Guard {
    let builder = tollbridge::builder().without_files().with_summary(Summary::Off);
    let guard = builder.with_detail(detail).with_transfer(bridge).init();
    assert!(guard.is_armed());
    guard
}

pub(super) fn coarse(_: &Path) -> Active {
    own(Detail::Phases, Arm::Snapshot, 0)
}

pub(super) fn detailed(_: &Path) -> Active {
    own(Detail::Locks, Arm::Snapshot, 2)
}

pub(super) fn naive(_: &Path) -> Active {
    own(Detail::Locks, Arm::Naive, 6)
}

/// `inside`: bridge locks and copies that a hop records besides its phases.
fn own(detail: Detail, bridge: Arm, inside: u64) -> Active {
    let guard = armed(detail, bridge);
    Active::new(
        |hops| Box::pin(hop::tollbridge(hops)),
        move |hops| {
            let report = finished(guard);
            assert_eq!(report.outcomes.joined, hops);
            let locks = |group: &tollbridge::report::HopGroup| -> u64 {
                group.locks.values().map(|lock| lock.ns.count()).sum::<u64>() + group.copies.count()
            };
            let counted = report.groups.iter().map(locks).sum();
            Evidence::Counted { what: "locks and copies, and all hops,", counted, expected: inside * hops }
        },
    )
}

pub(super) fn layer(_: &Path) -> Active {
    let guard = armed(Detail::Phases, Arm::Snapshot);
    traced::under(tracing_subscriber::registry().with(RecorderLayer::new()), |hops| spans(guard, hops))
}

pub(super) fn subscriber(_: &Path) -> Active {
    let guard = armed(Detail::Phases, Arm::Snapshot);
    traced::under(RecorderSubscriber::new(), |hops| spans(guard, hops))
}

fn spans(guard: Guard, hops: u64) -> Evidence {
    let counted = finished(guard).spans.iter().map(|span| span.ns.count()).sum();
    Evidence::Counted { what: "spans", counted, expected: SPANS * hops }
}

fn finished(guard: Guard) -> Report {
    let report = guard.finish().expect("armed");
    assert_eq!(report.dropped.total(), 0);
    report
}
