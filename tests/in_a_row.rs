//! Hops that a task calls in a row, on a clock that is turned by hand.

mod common;

use std::future::Future;

use tokio::runtime::Builder;
use tollbridge::report::Report;
use tollbridge::task::{JoinHandle, spawn_blocking};
use tollbridge_instrument::clock::mock;

/// From here on a call is apart from what came back before.
const APART_NS: u64 = 10_000;
const HOPS: u64 = 20;

/// All of these hops are called from one line.
fn hop() -> JoinHandle<()> {
    spawn_blocking(|| ())
}

async fn one() {
    hop().await.expect("it returns");
}

async fn other() {
    spawn_blocking(|| ()).await.expect("it returns");
}

/// A report of what `app` does, and of its tasks, on the thread that calls.
fn report<F: Future>(app: impl FnOnce() -> F) -> Report {
    let _alone = common::alone();
    mock::install(1_000_000);
    let guard = common::builder().init();
    Builder::new_current_thread().build().expect("a runtime").block_on(app());
    guard.finish().expect("armed")
}

/// Hops, and those of them that were called in a row.
fn counts(report: &Report) -> (u64, u64) {
    let groups: u64 = report.groups.iter().map(|group| group.in_a_row).sum();
    assert_eq!(report.sites.iter().map(|site| site.in_a_row).sum::<u64>(), groups);
    (report.hops(), groups)
}

#[test]
fn each_but_the_first_goes_on_with_its_row() {
    let in_block_on = report(|| async {
        for _ in 0..HOPS {
            one().await;
            mock::advance(APART_NS - 1);
        }
    });
    assert_eq!(counts(&in_block_on), (HOPS, HOPS - 1));
    let of_two_tasks = report(|| async {
        for _ in 0..2 {
            let task = tokio::spawn(async {
                for _ in 0..HOPS {
                    one().await;
                }
            });
            task.await.expect("it ends");
        }
    });
    assert_eq!(counts(&of_two_tasks), (2 * HOPS, 2 * (HOPS - 1)));
}

#[test]
fn a_wait_in_between_ends_it() {
    let apart = report(|| async {
        for _ in 0..HOPS {
            one().await;
            mock::advance(APART_NS);
        }
    });
    assert_eq!(counts(&apart), (HOPS, 0));
}

#[test]
fn so_does_another_line() {
    let in_turn = report(|| async {
        for _ in 0..HOPS {
            one().await;
            other().await;
        }
    });
    assert_eq!(counts(&in_turn), (2 * HOPS, 0));
}

#[test]
fn hops_of_several_tasks_are_no_row() {
    let of_tasks = report(|| async {
        for _ in 0..HOPS {
            tokio::spawn(one()).await.expect("it ends");
        }
    });
    assert_eq!(counts(&of_tasks), (HOPS, 0));
}

#[test]
fn those_that_are_under_way_together_are_one() {
    let together = report(|| async {
        let handles: Vec<_> = (0..HOPS).map(|_| hop()).collect();
        mock::advance(APART_NS);
        for handle in handles {
            handle.await.expect("it returns");
        }
    });
    assert_eq!(counts(&together), (HOPS, HOPS - 1));
}
