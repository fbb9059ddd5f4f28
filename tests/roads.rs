//! Every road into the pool: one hop each, at its caller's line, with the phases that docs/reference/drop-in.md promises.

mod common;

use std::collections::BTreeSet;
use std::panic::Location;
use std::sync::mpsc;
use std::time::Duration;

use tollbridge::report::Report;
use tollbridge::runtime::{Builder, Handle, Runtime, SpawnBlockingExt as _};
use tollbridge::task::{JoinHandle, JoinSet, JoinSetExt as _, spawn_blocking, wrap};
use tollbridge::{Arm, Phase};

/// All that the import sees.
const EVERY_PHASE: [Phase; 8] = [
    Phase::Submit,
    Phase::Backlog,
    Phase::Start,
    Phase::Run,
    Phase::Publish,
    Phase::Unpolled,
    Phase::Resume,
    Phase::Transfer,
];
const WRAPPED_PHASES: [Phase; 2] = [Phase::Reach, Phase::Run];

fn fresh() -> Runtime {
    Builder::new_current_thread().enable_all().max_blocking_threads(1).build().expect("a runtime").into()
}

/// Takes a road that makes one hop, and says where from.
fn take(road: impl FnOnce(&Runtime) -> &'static Location<'static>) -> (Report, String) {
    let guard = common::builder().with_transfer(Arm::Naive).init();
    let called = road(&fresh());
    let report = guard.finish().expect("armed");
    assert_eq!((report.outcomes.joined, report.outcomes.submitted, report.dropped.total()), (1, 1, 0));
    (report, format!("{}:{}", called.file(), called.line()))
}

fn assert_seen((report, called): &(Report, String), arm: Arm, phases: &[Phase]) {
    let [site] = report.sites.as_slice() else { panic!("one site: {:?}", report.sites) };
    let (place, _column) = site.site.rsplit_once(':').expect("file:line:column");
    assert_eq!((place, site.arm), (called.as_str(), arm));
    let [group] = report.groups.as_slice() else { panic!("one group: {:?}", report.groups) };
    let seen: BTreeSet<Phase> = group.phases.iter().filter(|(_, ns)| ns.count() > 0).map(|(&phase, _)| phase).collect();
    assert_eq!(seen, phases.iter().copied().collect());
}

/// The line that this is written on.
macro_rules! here {
    ($hop:expr) => {
        (Location::caller(), $hop)
    };
}

#[test]
fn the_import_sees_every_phase() {
    let _alone = common::alone();
    let task = take(|runtime| {
        runtime.block_on(async {
            let (called, hop) = here!(spawn_blocking(|| 1));
            assert_eq!(hop.await.expect("a job"), 1);
            called
        })
    });
    let of_runtime = take(|runtime| {
        let (called, hop) = here!(runtime.spawn_blocking(|| 1));
        assert_eq!(runtime.block_on(hop).expect("a job"), 1);
        called
    });
    let of_handle = take(|runtime| {
        let (called, hop) = here!(runtime.handle().spawn_blocking(|| 1));
        assert_eq!(runtime.block_on(hop).expect("a job"), 1);
        called
    });
    let of_current = take(|runtime| {
        runtime.block_on(async {
            let handle = Handle::try_current().expect("in a runtime");
            assert_eq!(handle.id(), Handle::current().id());
            let (called, hop) = here!(handle.spawn_blocking(|| 1));
            assert_eq!(hop.await.expect("a job"), 1);
            called
        })
    });
    let of_tokios_runtime = take(|_| {
        let runtime = common::runtime();
        let (called, hop) = here!(runtime.spawn_blocking_measured(|| 1));
        assert_eq!(runtime.block_on(hop).expect("a job"), 1);
        called
    });
    let of_tokios_handle = take(|runtime| {
        let handle: &tokio::runtime::Handle = runtime.handle();
        let (called, hop) = here!(handle.spawn_blocking_measured(|| 1));
        assert_eq!(runtime.block_on(hop).expect("a job"), 1);
        called
    });
    let of_a_local_runtime = take(|_| {
        let runtime = tollbridge::runtime::LocalRuntime::new().expect("a runtime");
        let (called, hop) = here!(runtime.handle().spawn_blocking_measured(|| 1));
        assert_eq!(runtime.block_on(hop).expect("a job"), 1);
        called
    });
    for seen in [task, of_runtime, of_handle, of_current, of_tokios_runtime, of_tokios_handle, of_a_local_runtime] {
        assert_seen(&seen, Arm::Naive, &EVERY_PHASE);
    }
}

#[test]
fn wrap_sees_the_run_and_what_lies_before_it() {
    let _alone = common::alone();
    let by_hand = take(|runtime| {
        runtime.block_on(async {
            let (called, job) = here!(wrap(|| 1));
            assert_eq!(tokio::task::spawn_blocking(job).await.expect("a job"), 1);
            called
        })
    });
    let in_a_set = take(|runtime| {
        runtime.block_on(async {
            let mut set = JoinSet::new();
            let (called, _abort) = here!(set.spawn_blocking(|| 1));
            assert_eq!(set.join_next().await.expect("one").expect("a job"), 1);
            called
        })
    });
    let in_a_set_elsewhere = take(|runtime| {
        let mut set = JoinSet::new();
        let (called, _abort) = here!(set.spawn_blocking_on(|| 1, runtime.handle()));
        assert_eq!(runtime.block_on(set.join_all()), [1]);
        called
    });
    let on_a_local_runtime = take(|_| {
        let runtime = tollbridge::runtime::LocalRuntime::new().expect("a runtime");
        let (called, hop) = here!(runtime.spawn_blocking(wrap(|| 1)));
        assert_eq!(runtime.block_on(hop).expect("a job"), 1);
        called
    });
    let in_tokios_set = take(|runtime| {
        runtime.block_on(async {
            let mut set = tokio::task::JoinSet::new();
            let (called, _abort) = here!(set.spawn_blocking_measured(|| 1));
            assert_eq!(set.join_next().await.expect("one").expect("a job"), 1);
            called
        })
    });
    let in_tokios_set_elsewhere = take(|runtime| {
        let mut set = tokio::task::JoinSet::new();
        let (called, _abort) = here!(set.spawn_blocking_on_measured(|| 1, runtime.handle()));
        assert_eq!(runtime.block_on(set.join_all()), [1]);
        called
    });
    for seen in [by_hand, in_a_set, in_a_set_elsewhere, on_a_local_runtime, in_tokios_set, in_tokios_set_elsewhere] {
        assert_seen(&seen, Arm::Wrapped, &WRAPPED_PHASES);
    }
}

#[test]
fn somebody_elses_handle_becomes_one_of_ours_unmeasured() {
    let _alone = common::alone();
    let guard = common::builder().init();
    fresh().block_on(async {
        let mut handles: Vec<JoinHandle<u32>> = vec![spawn_blocking(|| 1)];
        handles.push(tokio::task::spawn_blocking(|| 2).into());
        handles.push(tokio::spawn(async { 3 }).into());
        for (i, handle) in (1..).zip(handles) {
            assert_eq!(handle.await.expect("a task"), i);
        }
    });
    assert_eq!(guard.finish().expect("armed").outcomes.joined, 1);
}

/// The set is tokio's: what is not shadowed is reached through it, and it goes back to what it was made of.
#[test]
fn a_set_is_tokios_but_for_its_blocking_jobs() {
    let _alone = common::alone();
    let guard = common::builder().init();
    fresh().block_on(async {
        let mut set: JoinSet<u32> = [1, 2].into_iter().map(|i| async move { i }).collect();
        set.spawn(async { 3 });
        set.spawn_blocking(|| 4);
        assert_eq!((set.len(), format!("{set:?}")), (4, "JoinSet { len: 4 }".to_owned()));
        let mut set = JoinSet::from(set.into_inner());
        let mut sum = 0;
        while let Some(next) = set.join_next_with_id().await {
            sum += next.expect("a task").1;
        }
        assert_eq!((sum, set.is_empty()), (10, true));

        // What is in the set when it is dropped is aborted.
        let (release, wait) = mpsc::channel::<()>();
        let busy = spawn_blocking(move || wait.recv());
        set.spawn_blocking(|| unreachable!("it is aborted before it starts"));
        drop(set);
        drop(JoinSet::<u32>::default());
        release.send(()).expect("the job waits");
        busy.await.expect("a job").expect("released");
        // The pool's one thread has come to the aborted job before it comes to this one.
        spawn_blocking(|| ()).await.expect("a job");
    });
    let outcomes = guard.finish().expect("armed").outcomes;
    assert_eq!((outcomes.submitted, outcomes.joined, outcomes.cancelled, outcomes.in_flight), (4, 3, 1, 0));
}

#[test]
fn handle_and_runtime_are_tokios_but_for_their_blocking_jobs() {
    fn takes_tokios(handle: &tokio::runtime::Handle, runtime: &tokio::runtime::Runtime) {
        assert_eq!(handle.id(), runtime.handle().id());
    }
    let _alone = common::alone();
    assert!(Handle::try_current().is_err());
    let runtime = fresh();
    takes_tokios(runtime.handle(), &runtime);
    takes_tokios(runtime.handle().as_ref(), runtime.as_ref());
    let tokios = runtime.handle().clone().into_inner();
    let handle = Handle::from(tokios.clone());
    assert_eq!(format!("{handle:?}"), format!("{tokios:?}"));
    assert_eq!(tokio::runtime::Handle::from(handle.clone()).id(), handle.id());
    let _entered = runtime.enter();
    assert_eq!(runtime.block_on(runtime.spawn(async { 1 })).expect("a task"), 1);
    assert_eq!(handle.metrics().num_workers(), 1);
    let tokios: tokio::runtime::Runtime = fresh().into();
    assert_eq!(Runtime::from(tokios).into_inner().block_on(async { 2 }), 2);
    fresh().shutdown_background();
    fresh().shutdown_timeout(Duration::ZERO);
    assert!(Runtime::new().expect("a runtime").metrics().num_workers() > 0);
}

/// docs/reference/drop-in.md says so.
#[cfg(target_pointer_width = "64")]
#[test]
fn a_handle_is_64_bytes() {
    assert_eq!(size_of::<JoinHandle<u8>>(), 64);
    assert_eq!(size_of::<JoinHandle<[u64; 100]>>(), 64);
    assert_eq!(size_of::<Option<JoinHandle<String>>>(), 64);
}
