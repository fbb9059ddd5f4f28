//! Phases to the nanosecond, on a clock that is turned by hand.
//!
//! The clock stands still unless a test turns it, so a phase is as long as what was turned within it. Channels and gates
//! hold each thread where it has to be while another one turns.

mod common;

use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Wake, Waker};

use common::child;
use parking_lot::MutexGuard;
use tokio::runtime::Builder;
use tollbridge::report::{HopGroup, Report};
use tollbridge::task::{JoinHandle, spawn_blocking, wrap};
use tollbridge::{Arm, Guard};
use tollbridge_instrument::clock::mock;
use tollbridge_instrument::names::{LockOp, Outcome, Phase, StartKind};
use tracing::{Subscriber, span::Id};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::{prelude::*, registry::LookupSpan};

/// Where the clock stands at first: stamps count from here.
const START: u64 = 1_000_000;

/// An armed capture on the mock clock, and nobody else's.
struct Armed {
    _alone: MutexGuard<'static, ()>,
    guard: Guard,
}

fn arm(build: impl FnOnce(tollbridge::Builder) -> tollbridge::Builder) -> Armed {
    let alone = common::alone();
    mock::install(START);
    let guard = build(common::builder()).init();
    assert!(guard.is_armed());
    Armed { _alone: alone, guard }
}

impl Armed {
    fn finish(self) -> Report {
        let report = self.guard.finish().expect("armed");
        assert_eq!(report.clock.as_ref().map(|clock| (clock.source.as_str(), clock.corrected)), Some(("mock", 0)));
        assert_eq!(report.dropped.total(), 0);
        report
    }
}

/// Lets a thread wait until another one opens it.
fn gate() -> (Sender<()>, Receiver<()>) {
    mpsc::channel()
}

fn open(gate: &Sender<()>) {
    gate.send(()).expect("somebody waits");
}

fn wait(gate: &Receiver<()>) {
    gate.recv_timeout(child::DEADLINE).expect("the gate is opened");
}

/// Waits until a job's outcome is there.
fn finished<T>(handle: &JoinHandle<T>) {
    child::poll(|| handle.is_finished().then_some(())).expect("the job ends");
}

/// What happens when a task is woken, on the thread that wakes it: right behind the end of a job, before the pool thread
/// looks for its next one.
struct OnWake<F>(F);

impl<F: Fn() + Send + Sync + 'static> Wake for OnWake<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

fn poll_once<T>(handle: &mut JoinHandle<T>, on_wake: impl Fn() + Send + Sync + 'static) -> Poll<T> {
    let waker = Waker::from(Arc::new(OnWake(on_wake)));
    Pin::new(handle).poll(&mut std::task::Context::from_waker(&waker)).map(|outcome| outcome.expect("the job returns"))
}

/// Polls a handle whose job has ended.
fn take<T>(handle: &mut JoinHandle<T>) -> T {
    match poll_once(handle, || ()) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the job has ended"),
    }
}

/// A job that turns the clock by `ns` once it may.
fn job(ns: u64) -> (Sender<()>, impl FnOnce() + Send + 'static) {
    let (go, may_go) = gate();
    (go, move || {
        wait(&may_go);
        mock::advance(ns);
    })
}

/// The group of the hops with that outcome, at the site with that line.
fn group(report: &Report, line: u32, outcome: Outcome) -> &HopGroup {
    let site = format!("{}:{line}:", file!());
    let mut found =
        report.groups.iter().filter(|group| group.key.site.starts_with(&site) && group.key.outcome == outcome);
    let group = found.next().unwrap_or_else(|| panic!("{site} {:?}", report.groups));
    assert!(found.next().is_none());
    group
}

/// All of a joined hop: its phases in time order, and the kind of its start.
#[track_caller]
fn assert_hop(report: &Report, line: u32, phases: [u64; 8], kind: StartKind) {
    let group = group(report, line, Outcome::Joined);
    assert_eq!(group.hop_ns.count(), 1);
    let found: Vec<(Phase, u64)> = group.phases.iter().map(|(&phase, values)| (phase, values.sum())).collect();
    let expected: Vec<(Phase, u64)> = Phase::ALL[1..].iter().copied().zip(phases).collect();
    assert_eq!(found, expected);
    let [submit, _, start, _, publish, _, resume, transfer] = phases;
    assert_eq!(group.overhead_ns.sum(), submit + start + publish + resume + transfer);
    assert_eq!(group.hop_ns.sum(), phases.iter().sum::<u64>());
    let starts: Vec<(StartKind, u64)> = group.starts.iter().map(|(&kind, values)| (kind, values.sum())).collect();
    assert_eq!(starts, [(kind, start)]);
}

/// Spawns a hop, and says on which line.
macro_rules! hop {
    ($job:expr) => {
        (spawn_blocking($job), line!())
    };
}

/// Holds the pool's only thread with a job that tollbridge does not see.
fn hold() -> Sender<()> {
    let (go, may_go) = gate();
    let (here, is_here) = gate();
    drop(tokio::task::spawn_blocking(move || {
        open(&here);
        wait(&may_go);
    }));
    wait(&is_here);
    go
}

//  called ── 11 ── returned ── 13 ── run_start ── 40 ── run_end, published ── 9 ── ready, copied
//        names its thread    the thread starts          first_poll before run_start
#[test]
fn a_new_thread() {
    let armed = arm(|builder| builder);
    let (thread_may_start, starts) = gate();
    let starts = Mutex::new(starts);
    let runtime = Builder::new_current_thread()
        // Called by the thread that calls `spawn_blocking`, inside that call.
        .thread_name_fn(|| {
            mock::advance(11);
            "pool".to_owned()
        })
        // Called by the new thread before its first job.
        .on_thread_start(move || {
            wait(&starts.lock().expect("no panic"));
            mock::advance(13);
        })
        .build()
        .expect("a runtime");
    let _entered = runtime.enter();
    let (go, job) = job(40);
    let (mut hop, line) = hop!(job);
    assert!(poll_once(&mut hop, || ()).is_pending());
    open(&thread_may_start);
    open(&go);
    finished(&hop);
    mock::advance(9);
    take(&mut hop);
    let report = armed.finish();
    assert_hop(&report, line, [11, 0, 13, 40, 0, 0, 9, 0], StartKind::NewThread);
    let process = &report.processes[0];
    assert_eq!(process.duration_ns, 11 + 13 + 40 + 9);
    assert_eq!((report.pool.threads_seen, report.pool.thread_ns), (1, process.duration_ns));
}

/// The previous job ended before this one was submitted: the time in between is nobody's.
#[test]
fn an_idle_thread_is_picked_up() {
    let armed = arm(|builder| builder);
    let runtime = common::runtime();
    let _entered = runtime.enter();
    runtime.block_on(async { spawn_blocking(|| mock::advance(5)).await.expect("the job returns") });
    mock::advance(1_000);
    let release = hold();
    let (go, job) = job(40);
    let (mut hop, line) = hop!(job);
    assert!(poll_once(&mut hop, || ()).is_pending());
    mock::advance(30);
    open(&release);
    open(&go);
    finished(&hop);
    mock::advance(9);
    take(&mut hop);
    assert_hop(&armed.finish(), line, [0, 0, 30, 40, 0, 0, 9, 0], StartKind::Pickup);
}

/// The thread is busy with the job before: `backlog` until that ends, and from there on `start`.
#[test]
fn a_job_behind_another_is_backlog_and_then_handed_on() {
    let armed = arm(|builder| builder);
    let runtime = common::runtime();
    let _entered = runtime.enter();
    let (first_runs, runs) = gate();
    let (first_may_end, may_end) = gate();
    let (mut first, first_line) = hop!(move || {
        open(&first_runs);
        wait(&may_end);
        mock::advance(5);
    });
    // Woken at the first job's end, with the pool thread's hand: between the two jobs.
    assert!(poll_once(&mut first, || mock::advance(7)).is_pending());
    wait(&runs);
    mock::advance(60);
    let (go, job) = job(40);
    let (mut second, line) = hop!(job);
    assert!(poll_once(&mut second, || ()).is_pending());
    mock::advance(100);
    open(&first_may_end);
    open(&go);
    finished(&second);
    mock::advance(9);
    take(&mut second);
    take(&mut first);
    let report = armed.finish();
    assert_hop(&report, line, [0, 105, 7, 40, 0, 0, 9, 0], StartKind::Handoff);
    assert_hop(&report, first_line, [0, 0, 0, 165, 0, 0, 7 + 40 + 9, 0], StartKind::NewThread);
}

/// Three behind one another: each one's backlog is all that runs before it.
#[test]
fn backlog_adds_up() {
    let armed = arm(|builder| builder);
    let runtime = common::runtime();
    let _entered = runtime.enter();
    let release = hold();
    let (mut hops, lines): (Vec<_>, Vec<_>) = (0..4).map(|_| hop!(|| mock::advance(100))).unzip();
    mock::advance(30);
    open(&release);
    hops.iter().for_each(finished);
    hops.iter_mut().for_each(take);
    let report = armed.finish();
    let group = group(&report, lines[0], Outcome::Joined);
    // The first one waits for a job that nobody saw, which is `start`; the others do so too, as part of their backlog.
    assert_eq!(group.phases[&Phase::Backlog].sum(), 130 + 230 + 330);
    assert_eq!((group.starts[&StartKind::NewThread].sum(), group.starts[&StartKind::Handoff].sum()), (30, 0));
    assert_eq!((group.starts[&StartKind::NewThread].count(), group.starts[&StartKind::Handoff].count()), (1, 3));
    assert_eq!(group.phases[&Phase::Run].sum(), 400);
    // Nobody polled before all had ended.
    assert_eq!(group.phases[&Phase::Unpolled].sum(), 300 + 200 + 100);
    assert_eq!(group.phases[&Phase::Resume].sum(), 0);
    assert_eq!(group.hop_ns.sum(), 4 * 430);
    assert_eq!((group.hop_ns.min(), group.hop_ns.max()), (Some(430), Some(430)));
}

#[test]
fn a_late_awaiter_is_unpolled() {
    let armed = arm(|builder| builder);
    let runtime = common::runtime();
    let _entered = runtime.enter();
    let release = hold();
    let (mut hop, line) = hop!(|| mock::advance(40));
    open(&release);
    finished(&hop);
    mock::advance(21);
    take(&mut hop);
    assert_hop(&armed.finish(), line, [0, 0, 0, 40, 0, 21, 0, 0], StartKind::NewThread);
}

/// Polled for the first time while the job runs, and again twice: only the first one is a stamp.
#[test]
fn an_awaiter_that_comes_while_the_job_runs_is_not_unpolled() {
    let armed = arm(|builder| builder);
    let runtime = common::runtime();
    let _entered = runtime.enter();
    let release = hold();
    let (go, job) = job(40);
    let (mut hop, line) = hop!(job);
    open(&release);
    assert!(poll_once(&mut hop, || ()).is_pending());
    assert!(poll_once(&mut hop, || ()).is_pending());
    open(&go);
    finished(&hop);
    mock::advance(8);
    take(&mut hop);
    assert_hop(&armed.finish(), line, [0, 0, 0, 40, 0, 0, 8, 0], StartKind::NewThread);
}

/// A task of a runtime awaits it, as apps do: the waker's turn of the clock, on the pool thread, is `resume`.
#[test]
fn all_bridges_have_the_same_phases() {
    for arm_of_hop in [Arm::Native, Arm::Snapshot, Arm::Naive] {
        let armed = arm(|builder| builder.with_transfer(arm_of_hop));
        let runtime = common::runtime();
        let line = runtime.block_on(async {
            let release = hold();
            let (go, job) = job(40);
            let (mut hop, line) = hop!(job);
            assert!(poll_once(&mut hop, || mock::advance(6)).is_pending());
            mock::advance(17);
            open(&release);
            open(&go);
            finished(&hop);
            // The pool thread's next job: by then it has woken whom it had to wake.
            tokio::task::spawn_blocking(|| ()).await.expect("the job returns");
            take(&mut hop);
            line
        });
        let report = armed.finish();
        assert_hop(&report, line, [0, 0, 17, 40, 0, 0, 6, 0], StartKind::NewThread);
        let arm = &report.arms[&arm_of_hop];
        assert_eq!((arm.hop_ns.sum(), arm.overhead_ns.sum(), arm.transfer_ns.sum()), (63, 23, 0));
        // Time stands still inside the bridge, so that its spans are empty, and there.
        let locks: Vec<LockOp> = arm.bridge_locks.keys().copied().collect();
        let expected: &[LockOp] = match arm_of_hop {
            Arm::Naive => &[LockOp::Publish, LockOp::Done, LockOp::Cancelled, LockOp::Exception, LockOp::Result],
            Arm::Snapshot => &[LockOp::Publish],
            _ => &[],
        };
        assert_eq!(locks, expected);
        let group = group(&report, line, Outcome::Joined);
        assert!(group.locks.values().all(|lock| (lock.ns.count(), lock.ns.sum(), lock.contended) == (1, 0, 0)));
    }
}

/// A value that turns the clock when it is dropped: what a job's value does in its drop is the app's.
struct Turns(u64);

impl Drop for Turns {
    fn drop(&mut self) {
        mock::advance(self.0);
    }
}

/// What the closure drops at its end is `run`; what the awaiter drops, nobody's.
#[test]
fn drops_are_where_they_happen() {
    let armed = arm(|builder| builder);
    let runtime = common::runtime();
    let line = runtime.block_on(async {
        let release = hold();
        let captured = Turns(4);
        let (mut hop, line) = hop!(move || {
            let _captured = captured;
            Turns(1_000)
        });
        open(&release);
        finished(&hop);
        drop(take(&mut hop));
        line
    });
    assert_hop(&armed.finish(), line, [0, 0, 0, 4, 0, 0, 0, 0], StartKind::NewThread);
}

#[test]
fn outcomes_without_phases_have_a_length() {
    let armed = arm(|builder| builder);
    let runtime = common::runtime();
    let _entered = runtime.enter();
    let (cancelled, panicked, detached) = runtime.block_on(async {
        let release = hold();
        let (hop, cancelled) = hop!(|| ());
        hop.abort();
        mock::advance(50);
        open(&release);
        assert!(hop.await.expect_err("aborted").is_cancelled());

        let release = hold();
        let (hop, panicked) = hop!(|| {
            mock::advance(70);
            std::panic::resume_unwind(Box::new("as asked"))
        });
        open(&release);
        assert!(hop.await.expect_err("it panics").is_panic());

        let release = hold();
        let (hop, detached) = hop!(|| mock::advance(1_000));
        mock::advance(90);
        drop(hop);
        open(&release);
        (cancelled, panicked, detached)
    });
    drop(_entered);
    drop(runtime);
    let report = armed.finish();
    for (line, outcome, ns) in
        [(cancelled, Outcome::Cancelled, 50), (panicked, Outcome::Panicked, 70), (detached, Outcome::Detached, 90)]
    {
        let group = group(&report, line, outcome);
        assert_eq!((group.hop_ns.count(), group.hop_ns.sum()), (1, ns), "{outcome}");
        // No sums of phases, but for what the transfer of an error took, and the runs of jobs that began.
        let phases: Vec<(Phase, u64)> = group.phases.iter().map(|(&phase, lengths)| (phase, lengths.sum())).collect();
        let expected: &[(Phase, u64)] = match outcome {
            Outcome::Panicked => &[(Phase::Reach, 0), (Phase::Run, 70), (Phase::Transfer, 0)],
            Outcome::Detached => &[(Phase::Reach, 90), (Phase::Run, 1_000)],
            _ => &[(Phase::Transfer, 0)],
        };
        assert_eq!(phases, expected, "{outcome}");
        assert_eq!(group.overhead_ns.count(), 0, "{outcome}");
    }
}

#[test]
fn a_wrapped_job_is_reach_and_run() {
    let armed = arm(|builder| builder);
    let runtime = common::runtime();
    let line = runtime.block_on(async {
        let release = hold();
        let (job, line) = (wrap(|| mock::advance(40)), line!());
        mock::advance(6);
        let handle = tokio::task::spawn_blocking(job);
        mock::advance(10);
        open(&release);
        handle.await.expect("the job returns");
        mock::advance(500);
        line
    });
    let report = armed.finish();
    let group = group(&report, line, Outcome::Joined);
    assert_eq!(group.key.arm, Arm::Wrapped);
    let phases: Vec<(Phase, u64)> = group.phases.iter().map(|(&phase, values)| (phase, values.sum())).collect();
    assert_eq!(phases, [(Phase::Reach, 16), (Phase::Run, 40)]);
    assert_eq!(group.hop_ns.sum(), 56);
}

/// A wrapped job is a job: what comes behind it is handed on.
#[test]
fn a_wrapped_job_is_backlog_to_the_next() {
    let armed = arm(|builder| builder);
    let runtime = common::runtime();
    let line = runtime.block_on(async {
        let release = hold();
        drop(tokio::task::spawn_blocking(wrap(|| mock::advance(40))));
        let (mut hop, line) = hop!(|| mock::advance(3));
        mock::advance(10);
        open(&release);
        finished(&hop);
        take(&mut hop);
        line
    });
    assert_hop(&armed.finish(), line, [0, 50, 0, 3, 0, 0, 0, 0], StartKind::Handoff);
}

/// A subscriber that takes its time: the clock turns when it is told that a span is entered.
struct Slow;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Slow {
    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        mock::advance(match context.span(id).expect("it is open").name() {
            "publish" => 300,
            "transfer" => 200,
            "lock" => 10,
            "copy" => 1,
            _ => 0,
        });
    }
}

/// Where the app's subscriber sees the spans, its work is in the phase in which it does it, as the docs say of a log's
/// times; a bridge lock's and a copy's own length it is not in.
#[test]
fn a_visible_span_costs_its_phase_what_the_subscriber_takes() {
    // No other test of this file shows its spans to anybody.
    tracing_subscriber::registry().with(Slow).init();
    for (arm_of_hop, transfer) in [(Arm::Naive, 200 + 4 * 10 + 1), (Arm::Snapshot, 200 + 1), (Arm::Native, 200)] {
        let armed = arm(|builder| builder.with_transfer(arm_of_hop).with_visible(true));
        let runtime = common::runtime();
        let line = runtime.block_on(async {
            let release = hold();
            let (mut hop, line) = hop!(|| mock::advance(40));
            open(&release);
            finished(&hop);
            take(&mut hop);
            line
        });
        let report = armed.finish();
        let publish = if arm_of_hop == Arm::Native { 300 } else { 300 + 10 };
        assert_hop(&report, line, [0, 0, 0, 40, publish, 0, 0, transfer], StartKind::NewThread);
        let group = group(&report, line, Outcome::Joined);
        assert!(group.locks.values().all(|lock| (lock.ns.count(), lock.ns.sum()) == (1, 0)));
        assert_eq!(group.copies.sum(), 0);
    }
}

/// What went on in each stretch of time: in flight, queued, running.
fn stretches(report: &Report) -> Vec<[u64; 3]> {
    let stretches = report.blocks[0].stretches.as_ref().expect("known");
    stretches.sums.iter().map(|sum| [sum.in_flight_ns, sum.queued_ns, sum.run_ns]).collect()
}

/// 2^23 ns, the length of a stretch at first.
const STRETCH: u64 = 1 << 23;

/// A thread that runs a job inside a job is one busy thread, and what it runs is in every stretch in which it does.
#[test]
fn a_job_that_another_one_runs_as_a_function_is_busy_once() {
    let armed = arm(|builder| builder);
    let runtime = common::runtime();
    runtime.block_on(async {
        spawn_blocking(|| {
            mock::advance(10);
            wrap(|| mock::advance(2 * STRETCH))();
            mock::advance(5);
        })
        .await
        .expect("the job returns");
    });
    let report = armed.finish();
    // Both hops are in flight, and their thread is busy from the beginning to the end.
    let last = 10 + 5;
    assert_eq!(stretches(&report), [[2 * STRETCH - 10, 0, STRETCH], [2 * STRETCH, 0, STRETCH], [10 + last, 0, last]]);
    assert_eq!(report.pool.busy_ns, Some(2 * STRETCH + last));
}

/// However it ended: a hop is in flight until its handle's end, and its thread busy until its job's.
#[test]
fn every_hop_is_in_the_stretches_in_which_it_was() {
    let armed = arm(|builder| builder);
    let runtime = common::runtime();
    runtime.block_on(async {
        // Cancelled while it waits, for a stretch and a half.
        let release = hold();
        let hop = spawn_blocking(|| ());
        mock::advance(STRETCH + STRETCH / 2);
        hop.abort();
        open(&release);
        assert!(hop.await.expect_err("aborted").is_cancelled());
        // Panics after another one.
        let hop = spawn_blocking(|| {
            mock::advance(STRETCH);
            std::panic::resume_unwind(Box::new("as asked"))
        });
        assert!(hop.await.expect_err("it panics").is_panic());
        // Goes on for a stretch without its handle, and is wrapped.
        let release = hold();
        drop(spawn_blocking(|| mock::advance(STRETCH)));
        drop(tokio::task::spawn_blocking(wrap(|| mock::advance(STRETCH))));
        open(&release);
    });
    drop(runtime);
    let report = armed.finish();
    let half = STRETCH / 2;
    let wrapped_waits = [[half, half, half], [STRETCH, half, STRETCH], [half, 0, half]];
    assert_eq!(
        stretches(&report),
        [
            [STRETCH, STRETCH, 0],
            [STRETCH, half, half],
            [half + wrapped_waits[0][0], wrapped_waits[0][1], half + wrapped_waits[0][2]],
            wrapped_waits[1],
            wrapped_waits[2],
        ]
    );
    assert_eq!(report.pool.busy_ns, Some(3 * STRETCH));
}
