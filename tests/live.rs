//! What a report shows of the jobs that are in flight, on a clock that is turned by hand.

mod common;

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tollbridge::Guard;
use tollbridge::report::{Aged, Live, LiveSite, Report};
use tollbridge::runtime::SpawnBlockingExt as _;
use tollbridge::task::{JoinHandle, JoinSet, spawn_blocking, wrap};
use tollbridge_instrument::clock::mock;

fn armed() -> Guard {
    mock::install(1_000_000);
    common::builder().init()
}

fn pool(threads: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(1).max_blocking_threads(threads).build().expect("a runtime")
}

/// A job that says when it runs and ends when it is let go.
struct Held {
    release: Sender<()>,
    runs: Receiver<()>,
}

fn held() -> (Held, impl FnOnce() + Send + 'static) {
    let ((release, wait), (says, runs)) = (mpsc::channel(), mpsc::channel());
    let job = move || {
        says.send(()).expect("somebody listens");
        let _ = wait.recv();
    };
    (Held { release, runs }, job)
}

impl Held {
    fn until_it_runs(&self) {
        self.runs.recv().expect("it runs");
    }

    fn let_go(&self) {
        self.release.send(()).expect("it waits");
    }
}

/// One job queued behind what runs.
fn quick() -> JoinHandle<()> {
    spawn_blocking(|| ())
}

fn live(guard: &Guard) -> (Report, Live) {
    let report = guard.report().expect("armed");
    let live = report.live.clone().expect("a recorder has it");
    (report, live)
}

fn all(live: &Live, aged: fn(&LiveSite) -> Aged) -> Aged {
    live.sites.iter().map(aged).fold(Aged::default(), |sum, aged| Aged {
        count: sum.count + aged.count,
        oldest_ns: sum.oldest_ns.max(aged.oldest_ns),
        total_ns: sum.total_ns + aged.total_ns,
    })
}

fn aged(count: u64, oldest_ns: u64, total_ns: u64) -> Aged {
    Aged { count, oldest_ns, total_ns }
}

#[test]
fn a_job_is_queued_then_runs_then_is_there_to_be_taken() {
    let _alone = common::alone();
    let guard = armed();
    let runtime = pool(1);
    let _entered = runtime.enter();
    let (first, job) = held();
    let first_handle = spawn_blocking(job);
    first.until_it_runs();
    let (second, job) = held();
    let second_handle = spawn_blocking(job);
    mock::advance(30);
    let third_handle = quick();
    mock::advance(12);
    let (report, now) = live(&guard);
    assert_eq!(all(&now, |site| site.running), aged(1, 42, 42));
    assert_eq!(all(&now, |site| site.queued), aged(2, 42, 54));
    assert_eq!((report.outcomes.in_flight, now.unlisted), (3, 0));
    assert_eq!((report.pool.busy_ns, report.pools.len()), (Some(42), 1));

    first.let_go();
    second.until_it_runs();
    mock::advance(8);
    let (report, now) = live(&guard);
    assert_eq!(all(&now, |site| site.finished), aged(1, 8, 8));
    assert_eq!(all(&now, |site| site.running), aged(1, 8, 8));
    assert_eq!(all(&now, |site| site.queued), aged(1, 20, 20));
    assert_eq!(report.pool.busy_ns, Some(50));

    second.let_go();
    runtime.block_on(async {
        for handle in [first_handle, second_handle, third_handle] {
            handle.await.expect("it returns");
        }
    });
    let report = guard.finish().expect("armed");
    assert_eq!(report.live.expect("a recorder has it").sites, []);
    assert_eq!((report.outcomes.in_flight, report.outcomes.joined), (0, 3));
}

#[test]
fn a_job_that_nobody_waits_for_is_abandoned_and_its_run_is_counted() {
    let _alone = common::alone();
    let guard = armed();
    let runtime = pool(1);
    let _entered = runtime.enter();
    let (hold, job) = held();
    drop(spawn_blocking(job));
    hold.until_it_runs();
    mock::advance(70);
    let (report, now) = live(&guard);
    assert_eq!(report.outcomes.in_flight, 0, "its handle has ended");
    assert_eq!((now.sites[0].abandoned, now.sites[0].running), (1, aged(1, 70, 70)));
    assert_eq!(report.pool.busy_ns, Some(70));
    mock::advance(30);
    hold.let_go();
    drop(runtime);
    let report = guard.finish().expect("armed");
    let [site] = &report.sites[..] else { panic!("one site") };
    assert_eq!((site.outcomes.detached, site.busy_ns, site.unjoined_run_ns.sum()), (1, 100, 100));
    assert_eq!(report.live.expect("a recorder has it").sites, []);
}

#[test]
fn what_is_aborted_before_it_runs_leaves_the_queue() {
    let _alone = common::alone();
    let guard = armed();
    let runtime = pool(1);
    let _entered = runtime.enter();
    let (hold, job) = held();
    let first = spawn_blocking(job);
    hold.until_it_runs();
    let (aborted, dropped) = (quick(), quick());
    aborted.abort();
    dropped.abort();
    drop(dropped);
    hold.let_go();
    runtime.block_on(async {
        first.await.expect("it returns");
        // tokio finds them when a thread comes to them; then nobody has taken one of them yet.
        quick().await.expect("it returns");
        let (report, now) = live(&guard);
        assert_eq!((report.outcomes.in_flight, now.unlisted, now.sites.len()), (1, 0, 0), "{now:?}");
        assert!(aborted.await.expect_err("aborted").is_cancelled());
        // Behind both of them.
        quick().await.expect("it returns");
    });
    let (report, now) = live(&guard);
    assert_eq!(now.sites, []);
    assert_eq!((report.outcomes.cancelled, report.outcomes.detached, report.outcomes.in_flight), (1, 1, 0));
}

#[test]
fn jobs_of_wrap_and_of_sets_are_there_too() {
    let _alone = common::alone();
    let guard = armed();
    let runtime = pool(1);
    let _entered = runtime.enter();
    let (hold, job) = held();
    let first = tokio::task::spawn_blocking(wrap(job));
    hold.until_it_runs();
    let mut set = JoinSet::new();
    set.spawn_blocking(|| ());
    mock::advance(5);
    let (_, now) = live(&guard);
    assert_eq!((all(&now, |site| site.running), all(&now, |site| site.queued)), (aged(1, 5, 5), aged(1, 5, 5)));
    assert!(now.sites.iter().all(|site| site.abandoned == 0), "their handles are not seen");
    hold.let_go();
    runtime.block_on(async {
        first.await.expect("it returns");
        set.join_all().await;
    });
    let (report, now) = live(&guard);
    assert_eq!((now.sites.len(), report.outcomes.joined), (0, 2));
}

/// Hops that are queued while the job that called them runs.
fn waiting(live: &Live) -> u64 {
    live.waits.iter().map(|wait| wait.count).sum()
}

/// Waits inside its job for a hop of its own, which it calls once all that are to `meet` run, or until it is let go.
fn waits_for_another(meet: &Arc<Barrier>, release: tokio::sync::watch::Receiver<bool>) -> JoinHandle<()> {
    let (handle, meet) = (Handle::current(), Arc::clone(meet));
    spawn_blocking(move || {
        meet.wait();
        handle.block_on(async move {
            let mut release = release;
            tokio::select! {
                _ = release.wait_for(|&is| is) => {}
                inner = quick() => inner.expect("it returns"),
            }
        });
    })
}

#[test]
fn a_pool_whose_threads_wait_for_what_is_queued_is_a_deadlock() {
    const THREADS: u64 = 3;
    let _alone = common::alone();
    let guard = armed();
    let threads = usize::try_from(THREADS).expect("small");
    let runtime = pool(threads);
    let _entered = runtime.enter();
    let (release, released) = tokio::sync::watch::channel(false);
    // A thread that is idle would run what another one waits for.
    let (all, itself) = (Arc::new(Barrier::new(threads)), Arc::new(Barrier::new(1)));
    let mut outer: Vec<_> = (0..THREADS).map(|_| waits_for_another(&all, released.clone())).collect();
    outer.push(waits_for_another(&itself, released));
    common::eventually(|| waiting(&live(&guard).1) == THREADS);
    mock::advance(900_000_000);
    assert_eq!(live(&guard).1.deadlocks, [], "an idle thread might still come");
    mock::advance(100_000_000);
    let (report, now) = live(&guard);
    let [deadlock] = &now.deadlocks[..] else { panic!("one: {now:?}") };
    assert_eq!((deadlock.running, deadlock.queued, deadlock.age_ns), (THREADS, THREADS + 1, 1_000_000_000));
    let [wait] = &deadlock.waits[..] else { panic!("one pair of sites") };
    assert!(wait.job.contains("waits_for_another") && wait.queued_job.contains("quick"), "{wait:?}");
    assert_eq!((wait.count, &now.waits), (THREADS, &deadlock.waits));
    assert_eq!(report.pool.busy_ns, Some(THREADS * 1_000_000_000));

    release.send(true).expect("they listen");
    runtime.block_on(async {
        for outer in outer {
            outer.await.expect("let go");
        }
    });
    drop(runtime);
    let report = guard.finish().expect("armed");
    let nested: u64 = report.sites.iter().map(|site| site.nested).sum();
    assert_eq!(nested, THREADS + 1, "the last one's was called too");
}

#[test]
fn a_job_of_its_own_on_another_thread_is_no_deadlock() {
    let _alone = common::alone();
    let guard = armed();
    let runtime = pool(2);
    let _entered = runtime.enter();
    let (hold, job) = held();
    let other = spawn_blocking(job);
    hold.until_it_runs();
    let (_release, released) = tokio::sync::watch::channel(false);
    let outer = waits_for_another(&Arc::new(Barrier::new(1)), released);
    common::eventually(|| waiting(&live(&guard).1) == 1);
    mock::advance(5_000_000_000);
    let (_, now) = live(&guard);
    assert_eq!((now.deadlocks.len(), now.waits.len()), (0, 1), "the other job may end");
    hold.let_go();
    runtime.block_on(async {
        other.await.expect("it returns");
        outer.await.expect("it returns");
    });
}

#[test]
fn what_is_older_than_asked_for_is_stuck() {
    let _alone = common::alone();
    mock::install(1_000_000);
    let guard = common::builder().with_stuck(Duration::from_millis(5)).init();
    let runtime = pool(1);
    let _entered = runtime.enter();
    let (hold, job) = held();
    let (runs, waits) = (spawn_blocking(job), quick());
    hold.until_it_runs();
    mock::advance(4_999_999);
    let stuck = |live: &Live| live.sites.iter().map(|site| site.stuck).sum::<u64>();
    assert_eq!(stuck(&live(&guard).1), 0);
    mock::advance(1);
    let (_, now) = live(&guard);
    assert_eq!((stuck(&now), now.stuck_after_ns), (2, 5_000_000));
    hold.let_go();
    runtime.block_on(async {
        runs.await.expect("it returns");
        waits.await.expect("it returns");
    });
}

#[test]
fn pools_of_two_runtimes_are_told_apart() {
    let _alone = common::alone();
    let guard = armed();
    let (one, other) = (pool(1), pool(2));
    for (runtime, jobs) in [(&one, 1), (&other, 2)] {
        let holds: Vec<_> = (0..jobs)
            .map(|_| {
                let (hold, job) = held();
                let handle = runtime.handle().spawn_blocking_measured(job);
                hold.until_it_runs();
                (hold, handle)
            })
            .collect();
        mock::advance(10);
        for (hold, handle) in holds {
            hold.let_go();
            runtime.block_on(handle).expect("it returns");
        }
    }
    drop(one);
    drop(other);
    let report = guard.finish().expect("armed");
    let pools: Vec<_> = report.pools.iter().map(|pool| (pool.threads_seen, pool.busy_ns)).collect();
    assert_eq!(pools, [(1, 10), (2, 20)]);
}

#[test]
fn a_later_reports_state_is_that_of_the_interval_and_a_merged_report_has_none() {
    let _alone = common::alone();
    let guard = armed();
    let runtime = pool(1);
    let _entered = runtime.enter();
    let before = guard.report().expect("armed");
    let (hold, job) = held();
    let handle = spawn_blocking(job);
    hold.until_it_runs();
    mock::advance(10);
    let (later, now) = live(&guard);
    let interval = later.since(&before).expect("of one capture");
    assert_eq!((interval.live, interval.pool.busy_ns), (Some(now), Some(10)));
    let mut merged = later.clone();
    merged.merge(&later);
    assert_eq!((merged.live, merged.pool.busy_ns), (None, Some(20)));
    hold.let_go();
    runtime.block_on(handle).expect("it returns");
}

#[test]
fn no_more_is_in_flight_than_was_possible() {
    const REPORTS: usize = 200;
    let _alone = common::alone();
    let guard = armed();
    let (done, hopping) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let runtime = pool(2);
            while hopping.try_recv() == Err(mpsc::TryRecvError::Empty) {
                // One at a time, on whichever thread its task is.
                runtime
                    .block_on(async { tokio::spawn(async { quick().await.expect("it returns") }).await })
                    .expect("it ends");
                mock::advance(10);
            }
        });
        for _ in 0..REPORTS {
            let (report, now) = live(&guard);
            let listed: u64 =
                [all(&now, |site| site.queued), all(&now, |site| site.running), all(&now, |site| site.finished)]
                    .map(|aged| aged.count)
                    .iter()
                    .sum();
            assert!(report.outcomes.in_flight <= 1 && listed <= 1, "{:?} {now:?}", report.outcomes);
        }
        drop(done);
    });
    let report = guard.finish().expect("armed");
    assert_eq!((report.outcomes.in_flight, report.dropped.total()), (0, 0));
}
