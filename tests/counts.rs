//! Exact counts, through the public API: what each arm takes, on every outcome.

mod common;

use std::collections::BTreeMap;

use common::{Captured, capture};
use tollbridge::task::spawn_blocking;
use tollbridge::{Arm, Detail};
use tollbridge_instrument::names::{LockOp, Outcome};

const HOPS: u64 = 200;

fn locks(captured: &Captured, arm: Arm) -> BTreeMap<LockOp, u64> {
    captured.report.arms[&arm].bridge_locks.clone()
}

async fn joined(hops: u64) {
    for i in 0..hops {
        assert_eq!(spawn_blocking(move || i).await.expect("the job returns"), i);
    }
}

#[test]
fn naive_takes_four_bridge_locks_and_one_copy() {
    let captured = capture(|builder| builder.with_transfer(Arm::Naive), || joined(HOPS));
    let arm = &captured.report.arms[&Arm::Naive];
    assert_eq!((arm.hops, arm.transfers, arm.detailed_transfers), (HOPS, HOPS, HOPS));
    assert_eq!(arm.locks_per_transfer, Some(4.0));
    assert_eq!(arm.publish_locks_per_transfer, Some(1.0));
    assert_eq!(arm.copies_per_transfer, Some(1.0));
    let expected = [LockOp::Publish, LockOp::Done, LockOp::Cancelled, LockOp::Exception, LockOp::Result];
    assert_eq!(locks(&captured, Arm::Naive), expected.into_iter().map(|op| (op, HOPS)).collect());
    assert_eq!(arm.contended, 0, "the drop-in owns its source");
}

#[test]
fn snapshot_takes_none_and_one_copy() {
    let captured = capture(|builder| builder.with_transfer(Arm::Snapshot), || joined(HOPS));
    let arm = &captured.report.arms[&Arm::Snapshot];
    assert_eq!((arm.locks_per_transfer, arm.copies_per_transfer), (Some(0.0), Some(1.0)));
    assert_eq!(locks(&captured, Arm::Snapshot), BTreeMap::from([(LockOp::Publish, HOPS)]));
}

#[test]
fn native_takes_nothing() {
    let captured = capture(|builder| builder.with_transfer(Arm::Native), || joined(HOPS));
    let arm = &captured.report.arms[&Arm::Native];
    assert_eq!((arm.locks_per_transfer, arm.copies_per_transfer), (Some(0.0), Some(0.0)));
    assert_eq!(arm.publish_locks_per_transfer, Some(0.0));
    assert_eq!(arm.transfers, HOPS);
}

#[test]
fn a_panic_takes_three_and_a_cancellation_two() {
    let captured = capture(
        |builder| builder.with_transfer(Arm::Naive),
        || async {
            std::panic::set_hook(Box::new(|_| {}));
            let error = spawn_blocking(|| panic!("boom")).await.expect_err("the job panics");
            assert!(error.is_panic());
            let panic = error.into_panic();
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"boom"));
            common::cancelled().await;
        },
    );
    let _ = std::panic::take_hook();
    let of = |outcome| {
        let group = captured.report.groups.iter().find(|group| group.key.outcome == outcome).expect("there was one");
        (group.locks.keys().copied().collect::<Vec<_>>(), group.copies.count())
    };
    assert_eq!(of(Outcome::Panicked), (vec![LockOp::Done, LockOp::Cancelled, LockOp::Exception], 1));
    assert_eq!(of(Outcome::Cancelled), (vec![LockOp::Done, LockOp::Cancelled], 0));
}

#[test]
fn every_hop_ends_once_whatever_becomes_of_it() {
    let captured = capture(
        |builder| builder.with_compare(&[Arm::Native, Arm::Snapshot, Arm::Naive]),
        || async {
            std::panic::set_hook(Box::new(|_| {}));
            joined(HOPS).await;
            for _ in 0..20 {
                assert!(spawn_blocking(|| panic!("boom")).await.is_err());
                common::cancelled().await;
                drop(spawn_blocking(|| ()));
            }
        },
    );
    let _ = std::panic::take_hook();
    let outcomes = captured.report.outcomes;
    // `common::cancelled` joins one job that keeps the pool's thread busy.
    assert_eq!(outcomes.submitted, HOPS + 80);
    assert_eq!((outcomes.joined, outcomes.panicked, outcomes.cancelled), (HOPS + 20, 20, 20));
    assert_eq!((outcomes.detached, outcomes.in_flight), (20, 0));
    let arms = &captured.report.arms;
    assert_eq!(arms.len(), 3);
    assert_eq!(arms.values().map(|arm| arm.hops).sum::<u64>(), outcomes.submitted);
    assert_eq!(captured.report.dropped.total(), 0);
}

#[test]
fn comparing_makes_half_of_the_hops_coarse() {
    let captured = capture(|builder| builder.with_compare(&[Arm::Naive]), || joined(4_000));
    let arm = &captured.report.arms[&Arm::Naive];
    // Binomial(4000, 1/2): ten standard deviations are 316.
    assert!(arm.detailed_transfers.abs_diff(2_000) < 316, "{}", arm.detailed_transfers);
    assert_eq!((arm.locks_per_transfer, arm.copies_per_transfer), (Some(4.0), Some(1.0)));
    assert_eq!(arm.hop_ns.count(), 4_000 - arm.detailed_transfers, "compared on coarse hops");
}

#[test]
fn phases_alone_tell_nothing_of_locks() {
    let captured = capture(|builder| builder.with_detail(Detail::Phases), || joined(HOPS));
    let arm = &captured.report.arms[&Arm::Snapshot];
    assert_eq!((arm.hops, arm.locks_per_transfer, arm.copies_per_transfer), (HOPS, None, None));
}

#[test]
fn a_site_is_the_callers_line_and_the_jobs_type() {
    let captured = capture(|builder| builder, || joined(HOPS));
    let [site] = captured.report.sites.as_slice() else { panic!("one site: {:?}", captured.report.sites) };
    assert!(site.site.starts_with("tests/counts.rs:"), "{}", site.site);
    assert!(site.job.contains("joined::{{closure}}::{{closure}}"), "{}", site.job);
}

#[test]
fn the_phases_of_all_hops_add_up_to_the_hops() {
    let captured = capture(|builder| builder, || joined(HOPS));
    let site = &captured.report.sites[0];
    let phases: u64 = site.phases.values().map(|phase| phase.sum()).sum();
    assert_eq!(phases, site.hop_ns.sum());
    let starts: u64 = site.starts.values().map(|start| start.count()).sum();
    assert_eq!(starts, HOPS);
}

#[test]
fn a_hop_belongs_to_the_capture_in_which_it_was_submitted() {
    let runtime = common::runtime();
    let _alone = common::alone();
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let first = common::builder().init();
    let handle = {
        let _entered = runtime.enter();
        spawn_blocking(move || wait.recv())
    };
    let first = first.finish().expect("armed");
    assert_eq!((first.outcomes.submitted, first.outcomes.in_flight), (1, 1));
    let second = common::builder().init();
    release.send(()).expect("the job waits");
    runtime.block_on(handle).expect("joined").expect("released");
    let second = second.finish().expect("armed");
    assert_eq!((second.outcomes.submitted, second.hops()), (0, 0));
}

#[test]
fn a_second_guard_is_inert() {
    let _alone = common::alone();
    let first = common::builder().init();
    assert!(first.is_armed());
    assert!(common::builder().try_init().expect_err("armed already").is_armed());
    drop(first);
    assert!(common::builder().try_init().expect("free again").is_armed());
}

#[test]
fn wrap_keeps_the_handle_and_sees_the_run() {
    let captured = capture(
        |builder| builder,
        || async {
            for i in 0..HOPS {
                let handle: tokio::task::JoinHandle<u64> =
                    tokio::task::spawn_blocking(tollbridge::task::wrap(move || i));
                assert_eq!(handle.await.expect("the job returns"), i);
            }
            drop(tollbridge::task::wrap(|| ()));
        },
    );
    let report = &captured.report;
    assert_eq!((report.outcomes.joined, report.outcomes.cancelled), (HOPS, 1));
    let site = report.sites.iter().find(|site| site.hops == HOPS).expect("one for the loop");
    let phases: Vec<&str> = site.phases.keys().map(|phase| phase.as_str()).collect();
    assert_eq!((site.arm, phases), (Arm::Wrapped, vec!["reach", "run"]));
}
