//! Hops that a task calls in a row or in a burst, on a clock that is turned by hand.

mod common;

use std::future::Future;

use tokio::runtime::Builder;
use tollbridge::report::Report;
use tollbridge::task::{JoinHandle, spawn_blocking};
use tollbridge_instrument::clock::mock;

/// From here on a call is not in a row with what came back before, but in a burst.
const ROW_NS: u64 = 10_000;
/// From here on it is apart.
const BURST_NS: u64 = 2_000_000;
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
    assert_eq!(report.sequences.iter().map(|sequence| sequence.in_a_row).sum::<u64>(), groups);
    (report.hops(), groups)
}

/// Hops that were called in a burst but not in a row, and those that were their task's first.
fn bursts_and_firsts(report: &Report) -> (u64, u64) {
    let bursts: u64 = report.sites.iter().map(|site| site.in_a_burst).sum();
    assert_eq!(report.sequences.iter().map(|sequence| sequence.hops - sequence.in_a_row).sum::<u64>(), bursts);
    (bursts, report.sites.iter().map(|site| site.first_of_task).sum())
}

/// The pairs of lines that follow each other, and how often.
fn pairs(report: &Report) -> Vec<(u32, u32, u64)> {
    let line = |site: &str| site.split(':').nth(1).and_then(|line| line.parse().ok()).expect("path:line:column");
    let pairs = report.sequences.iter().map(|of| (line(&of.before_site), line(&of.site), of.hops));
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    pairs
}

#[test]
fn each_but_the_first_goes_on_with_its_row() {
    let in_block_on = report(|| async {
        for _ in 0..HOPS {
            one().await;
            mock::advance(ROW_NS - 1);
        }
    });
    assert_eq!(counts(&in_block_on), (HOPS, HOPS - 1));
    let [loops] = &in_block_on.sequences[..] else { panic!("one line calls itself") };
    assert_eq!(loops.together, 0);
    assert_eq!((loops.gap_ns, &loops.site), ((HOPS - 1) * (ROW_NS - 1), &loops.before_site));
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
fn work_in_between_makes_it_a_burst() {
    let parsing = report(|| async {
        for _ in 0..HOPS {
            one().await;
            mock::advance(ROW_NS);
            one().await;
            mock::advance(BURST_NS - 1);
        }
    });
    assert_eq!(counts(&parsing), (2 * HOPS, 0));
    assert_eq!(bursts_and_firsts(&parsing).0, 2 * HOPS - 1);
}

#[test]
fn more_than_that_in_between_ends_it() {
    let apart = report(|| async {
        let task = tokio::spawn(async {
            for _ in 0..HOPS {
                one().await;
                mock::advance(BURST_NS);
            }
        });
        task.await.expect("it ends");
    });
    assert_eq!(counts(&apart), (HOPS, 0));
    assert_eq!(bursts_and_firsts(&apart), (0, 1), "a task's life holds all of them");
}

#[test]
fn another_line_goes_on_with_it() {
    let in_turn = report(|| async {
        for _ in 0..HOPS {
            one().await;
            other().await;
        }
    });
    assert_eq!(counts(&in_turn), (2 * HOPS, 2 * HOPS - 1));
    let lines = pairs(&in_turn);
    let [(a, b, there), (c, d, back)] = lines[..] else { panic!("there and back: {lines:?}") };
    assert_eq!((a, b, there, back), (d, c, HOPS, HOPS - 1));
}

#[test]
fn joined_hops_are_of_one_row() {
    let joined = report(|| async {
        for _ in 0..HOPS {
            let (a, b) = tokio::join!(hop(), spawn_blocking(|| 1));
            a.expect("it returns");
            b.expect("it returns");
            mock::advance(BURST_NS);
        }
    });
    assert_eq!(counts(&joined), (2 * HOPS, HOPS));
    assert_eq!(joined.sequences.iter().map(|of| of.together).sum::<u64>(), HOPS);
}

#[test]
fn another_tasks_hop_in_between_ends_it() {
    let interleaved = report(|| async {
        let (go, mut went) = tokio::sync::mpsc::channel::<()>(1);
        let (back, mut came) = tokio::sync::mpsc::channel::<()>(1);
        let one_by_one = tokio::spawn(async move {
            while went.recv().await.is_some() {
                one().await;
                back.send(()).await.expect("it listens");
            }
        });
        for _ in 0..HOPS {
            other().await;
            go.send(()).await.expect("it listens");
            came.recv().await.expect("it has had its hop");
            other().await;
        }
        drop(go);
        one_by_one.await.expect("it ends");
    });
    // The second one of each round and the first one of the next.
    assert_eq!(counts(&interleaved), (3 * HOPS, HOPS - 1));
}

#[test]
fn hops_of_several_tasks_are_no_row() {
    let of_tasks = report(|| async {
        for _ in 0..HOPS {
            tokio::spawn(one()).await.expect("it ends");
        }
    });
    assert_eq!(counts(&of_tasks), (HOPS, 0));
    assert_eq!(bursts_and_firsts(&of_tasks), (0, HOPS));
}

#[test]
fn those_that_are_under_way_together_are_one() {
    let together = report(|| async {
        let handles: Vec<_> = (0..HOPS).map(|_| hop()).collect();
        mock::advance(BURST_NS);
        for handle in handles {
            handle.await.expect("it returns");
        }
    });
    assert_eq!(counts(&together), (HOPS, HOPS - 1));
}
