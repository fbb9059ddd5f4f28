//! An app's subscriber that hops, drops handles, takes an instrumented mutex or panics, while it is shown spans and events: the
//! app goes on as it would without tollbridge.
//!
//! Each case is a process of its own, because what is to be ruled out is an abort or a hang.

mod common;

use std::io::Write as _;
use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use common::child;
use tollbridge::report::Report;
use tollbridge::task::{JoinHandle, JoinSet, spawn_blocking, wrap};
use tollbridge::{Detail, Guard};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Instrument as _, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::{prelude::*, registry::LookupSpan};

const HOPS: u64 = 20;

/// A layer that calls a function of the app's in each of its own functions.
struct Calls(fn(&'static str, &'static Metadata<'static>));

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Calls {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        (self.0)("new_span", attributes.metadata());
    }

    fn on_record(&self, id: &Id, _: &Record<'_>, context: Context<'_, S>) {
        (self.0)("record", context.metadata(id).expect("it is open"));
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        (self.0)("event", event.metadata());
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        (self.0)("enter", context.metadata(id).expect("it is open"));
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        (self.0)("exit", context.metadata(id).expect("it is open"));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        (self.0)("close", context.metadata(&id).expect("it closes now"));
    }
}

fn subscribe(call: fn(&'static str, &'static Metadata<'static>)) {
    tracing_subscriber::registry().with(Calls(call)).init();
}

/// Shows everything there is to the subscriber.
fn show() -> Guard {
    common::builder().with_visible(true).with_detail(Detail::Locks).propagate_span(true).init()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Every road, in a span of the app's, with an event before and after it.
async fn requests() {
    for i in 0..HOPS {
        async {
            tracing::info!("asks");
            assert_eq!(spawn_blocking(move || i).await.expect("joined"), i);
            assert_eq!(tokio::task::spawn_blocking(wrap(move || i)).await.expect("joined"), i);
            let mut set = JoinSet::new();
            set.spawn_blocking(move || i);
            assert_eq!(set.join_next().await.expect("one").expect("joined"), i);
            drop(spawn_blocking(move || i));
            tracing::info!("has it");
        }
        .instrument(tracing::info_span!("request"))
        .await;
    }
}

const ROADS: u64 = 4;

/// Finishes once every job has ended.
fn finish(runtime: tokio::runtime::Runtime, guard: Guard) -> Report {
    drop(runtime);
    let report = guard.finish().expect("armed");
    assert_eq!(report.outcomes.in_flight, 0);
    report
}

// ---- It hops ----

static SHIPPED: AtomicU64 = AtomicU64::new(0);

fn ship(_: &'static str, _: &'static Metadata<'static>) {
    if tokio::runtime::Handle::try_current().is_ok() {
        SHIPPED.fetch_add(1, Ordering::Relaxed);
        drop(spawn_blocking(|| ()));
    }
}

fn ship_wrapped(_: &'static str, _: &'static Metadata<'static>) {
    if tokio::runtime::Handle::try_current().is_ok() {
        SHIPPED.fetch_add(1, Ordering::Relaxed);
        drop(tokio::task::spawn_blocking(wrap(|| ())));
    }
}

fn ships(call: fn(&'static str, &'static Metadata<'static>)) {
    subscribe(call);
    let guard = show();
    let runtime = runtime();
    runtime.block_on(requests());
    // The last jobs are joined here: a runtime that is dropped takes along what has not begun.
    common::eventually(|| {
        let report = guard.report().expect("armed");
        report.outcomes.in_flight == 0
    });
    let report = finish(runtime, guard);
    let shipped = SHIPPED.load(Ordering::Relaxed);
    assert_eq!(report.outcomes.submitted, ROADS * HOPS + shipped, "each one is counted");
    assert!(shipped > 10 * HOPS, "what is shown is shipped, some ten lines a hop: {shipped}");
}

// ---- It drops handles ----

const HELD: u64 = 20_000;
static HANDLES: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());
static DROPS: AtomicBool = AtomicBool::new(false);

/// Drops one with the lock held, as `drop(handles.lock().pop())` does; at the first line of the app's alone without it.
fn drop_one(_: &'static str, metadata: &'static Metadata<'static>) {
    if !DROPS.load(Ordering::Relaxed) {
        return;
    }
    if metadata.target().starts_with("tollbridge") {
        let mut handles = HANDLES.lock().expect("no panic");
        drop(handles.pop());
    } else {
        let handle = HANDLES.lock().expect("no panic").pop();
        drop(handle);
    }
}

fn drops(scoped: bool) {
    let _scoped = if scoped {
        Some(tracing_subscriber::registry().with(Calls(drop_one)).set_default())
    } else {
        subscribe(drop_one);
        None
    };
    let guard = show();
    let runtime = runtime();
    let handles: Vec<_> = {
        let _entered = runtime.enter();
        (0..HELD).map(|_| spawn_blocking(|| ())).collect()
    };
    // Where the subscriber is scoped, each job makes it its thread's own, which changes how tracing calls this one.
    common::eventually(|| handles.iter().all(JoinHandle::is_finished));
    *HANDLES.lock().expect("no panic") = handles;
    DROPS.store(true, Ordering::Relaxed);
    // Each end of a hop that it is shown makes it drop another one: all of them, but one after the other.
    tracing::info!("begins");
    if scoped {
        // tracing marks the thread while it calls a scoped subscriber. What has to wait waits for the next call of tollbridge's.
        let _entered = runtime.enter();
        drop(spawn_blocking(|| ()));
    }
    assert!(HANDLES.lock().expect("no panic").is_empty());
    DROPS.store(false, Ordering::Relaxed);
    let report = finish(runtime, guard);
    assert_eq!(report.outcomes.detached, HELD + u64::from(scoped));
}

// ---- It ships batches, and keeps lines behind a lock ----

static BATCH: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
const LINES_OF_BATCH: usize = 10;

/// A batch, once it is full.
fn full(lines: &mut Vec<&'static str>, line: &'static str) -> Option<Vec<&'static str>> {
    lines.push(line);
    (lines.len() >= LINES_OF_BATCH).then(|| std::mem::take(lines))
}

/// Lets the lock go first, as docs/reference/drop-in.md has it.
fn ship_batches(function: &'static str, metadata: &'static Metadata<'static>) {
    if function == "event" {
        let batch = full(&mut BATCH.lock().expect("no panic"), metadata.name());
        if let Some(batch) = batch {
            SHIPPED.fetch_add(1, Ordering::Relaxed);
            drop(spawn_blocking(|| drop(batch)));
        }
    }
}

/// Holds the lock. For a layer that has tollbridge's lines left out.
fn ship_batches_with_the_lock(function: &'static str, metadata: &'static Metadata<'static>) {
    if function == "event" {
        let mut lines = BATCH.lock().expect("no panic");
        if let Some(batch) = full(&mut lines, metadata.name()) {
            SHIPPED.fetch_add(1, Ordering::Relaxed);
            drop(spawn_blocking(|| drop(batch)));
        }
    }
}

fn ships_batches() {
    let guard = show();
    let runtime = runtime();
    {
        let _entered = runtime.enter();
        (0..10 * LINES_OF_BATCH).for_each(|_| tracing::info!("a line"));
    }
    let report = finish(runtime, guard);
    let shipped = SHIPPED.load(Ordering::Relaxed);
    assert!(shipped >= 10, "{shipped}");
    assert_eq!(report.outcomes.submitted, shipped);
}

// ---- It ships or emits lines on several threads at once ----

const TASKS: u64 = 8;
const LINES_OF_TASK: u64 = 1_000;
static OF_APP: AtomicU64 = AtomicU64::new(0);
static OF_SUBSCRIBER: AtomicU64 = AtomicU64::new(0);
static PANICS: AtomicU64 = AtomicU64::new(0);

/// The app's own lines alone.
fn ship_own(function: &'static str, metadata: &'static Metadata<'static>) {
    if function == "event" && metadata.target() == "app" {
        OF_APP.fetch_add(1, Ordering::Relaxed);
        drop(spawn_blocking(|| ()));
    }
}

/// One line of its own for each of the app's.
fn emit(function: &'static str, metadata: &'static Metadata<'static>) {
    match metadata.target() {
        "app" if function == "event" => {
            OF_APP.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(target: "subscriber", "the queue is full");
        }
        "subscriber" => drop(OF_SUBSCRIBER.fetch_add(1, Ordering::Relaxed)),
        _ => {}
    }
}

/// Lines inside and outside of jobs, each in a span of the app's.
fn lines(call: fn(&'static str, &'static Metadata<'static>), guard: fn() -> Guard) {
    std::panic::set_hook(Box::new(|panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        let _ = writeln!(std::io::stderr(), "{panic}");
    }));
    subscribe(call);
    let guard = guard();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().expect("a runtime");
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..TASKS {
            tasks.spawn(async {
                for _ in 0..LINES_OF_TASK {
                    let request = tracing::info_span!("request");
                    let handle = request.in_scope(|| spawn_blocking(|| tracing::info!(target: "app", "in a job")));
                    tracing::info!(target: "app", "a line");
                    handle.await.expect("joined");
                }
            });
        }
        tasks.join_all().await;
    });
    drop((runtime, guard));
    assert_eq!(PANICS.load(Ordering::Relaxed), 0, "no panic reaches the app's hook");
    assert_eq!(OF_APP.load(Ordering::Relaxed), 2 * TASKS * LINES_OF_TASK);
}

fn emits(guard: fn() -> Guard) {
    lines(emit, guard);
    assert_eq!(OF_SUBSCRIBER.load(Ordering::Relaxed), 2 * TASKS * LINES_OF_TASK, "no line of the subscriber's is lost");
}

// ---- It takes an instrumented mutex ----

static LINES: tollbridge::Mutex<u64> = tollbridge::Mutex::new("lines", 0);

fn count(_: &'static str, _: &'static Metadata<'static>) {
    *LINES.lock() += 1;
}

fn locks() {
    subscribe(count);
    let guard = show();
    let runtime = runtime();
    runtime.block_on(requests());
    let report = finish(runtime, guard);
    assert_eq!(report.outcomes.submitted, ROADS * HOPS);
    let lines = *LINES.lock();
    let of_mutex = |path: &[String]| path == ["lock lines"];
    let acquired: u64 = report.spans.iter().filter(|span| of_mutex(&span.path)).map(|span| span.ns.count()).sum();
    assert_eq!(acquired + report.dropped.spans, lines);
}

// ---- It panics ----

/// Of tollbridge's spans and events, and of the app's own where a job is in them: what the app logs itself on a thread of its
/// own is none of tollbridge's business.
fn panics_in<const N: usize>(function: &'static str, metadata: &'static Metadata<'static>) {
    let shown = metadata.target().starts_with("tollbridge");
    let on_pool = std::thread::current().name().is_some_and(|name| name.contains("blocking"));
    if FUNCTIONS[N] == function && (shown || (metadata.is_span() && PANICS_IN_SPANS.load(Ordering::Relaxed) && on_pool))
    {
        // Without the hook: its lines would be thousands.
        resume_unwind(Box::new("the subscriber panics"));
    }
}

const FUNCTIONS: [&str; 6] = ["new_span", "record", "event", "enter", "exit", "close"];
static PANICS_IN_SPANS: AtomicBool = AtomicBool::new(false);

fn panics(call: fn(&'static str, &'static Metadata<'static>)) {
    fn job() -> u64 {
        resume_unwind(Box::new("the job panics"))
    }
    subscribe(call);
    PANICS_IN_SPANS.store(true, Ordering::Relaxed);
    let guard = show();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name_fn(|| {
            static THREADS: AtomicU64 = AtomicU64::new(0);
            // tokio starts its workers first.
            let number = THREADS.fetch_add(1, Ordering::Relaxed);
            if number < 2 { "worker".to_owned() } else { "blocking".to_owned() }
        })
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(requests());
    runtime.block_on(async {
        let request = tracing::info_span!("request");
        let (spawned, wrapped) = request.in_scope(|| (spawn_blocking(job), tokio::task::spawn_blocking(wrap(job))));
        drop(request);
        assert!(spawned.await.expect_err("it panics").is_panic());
        assert!(wrapped.await.expect_err("it panics").is_panic());
        // A handle that is dropped, and a job that is dropped before it ran, while their task unwinds.
        let task = tokio::spawn(async {
            let _handle = spawn_blocking(|| 7);
            let _wrapped = wrap(|| 7);
            tokio::task::yield_now().await;
            resume_unwind(Box::new("the task panics"));
        });
        assert!(task.await.expect_err("it panics").is_panic());
        let aborted = spawn_blocking(|| ());
        aborted.abort();
        let _ = aborted.await;
    });
    let report = finish(runtime, guard);
    assert_eq!(report.outcomes.submitted, ROADS * HOPS + 5);
}

#[test]
fn child() {
    child::play(|role| {
        match role {
            "ships" => ships(ship),
            "ships wrapped" => ships(ship_wrapped),
            "drops" => drops(false),
            "drops, scoped" => drops(true),
            "ships batches" => {
                subscribe(ship_batches);
                ships_batches();
            }
            "ships batches, filtered" => {
                let is_apps = filter_fn(|metadata| !metadata.target().starts_with("tollbridge"));
                let layer = Calls(ship_batches_with_the_lock).with_filter(is_apps);
                tracing_subscriber::registry().with(layer).init();
                ships_batches();
            }
            "ships on several threads" => lines(ship_own, show),
            "emits, shown" => emits(show),
            "emits, propagated" => emits(|| common::builder().propagate_span(true).init()),
            "locks" => locks(),
            "new_span" => panics(panics_in::<0>),
            "record" => panics(panics_in::<1>),
            "event" => panics(panics_in::<2>),
            "enter" => panics(panics_in::<3>),
            "exit" => panics(panics_in::<4>),
            "close" => panics(panics_in::<5>),
            _ => unreachable!("{role}"),
        }
        writeln!(std::io::stdout(), "unharmed").expect("stdout is open");
        0
    });
}

fn unharmed(role: &str) {
    let played = child::run(&mut child::role(role));
    let begin: String = played.stderr.chars().take(2_000).collect();
    assert!(played.status.success() && played.stdout == "unharmed\n", "{role}: {}\n{begin}", played.status);
}

#[test]
fn a_subscriber_that_ships_each_line_by_a_hop_ships_so_many_and_no_more() {
    unharmed("ships");
    unharmed("ships wrapped");
}

#[test]
fn a_subscriber_that_drops_handles_drops_them_one_after_the_other() {
    unharmed("drops");
    unharmed("drops, scoped");
}

/// What docs/reference/drop-in.md says of a layer that hops and has a lock.
#[test]
fn a_subscriber_that_ships_batches_waits_for_no_lock_of_its_own() {
    unharmed("ships batches");
    unharmed("ships batches, filtered");
}

#[test]
fn a_subscriber_that_ships_lines_on_several_threads_meets_no_panic() {
    unharmed("ships on several threads");
}

#[test]
fn a_subscriber_that_emits_lines_of_its_own_loses_none() {
    unharmed("emits, shown");
    unharmed("emits, propagated");
}

#[test]
fn a_subscriber_that_takes_an_instrumented_mutex_goes_on() {
    unharmed("locks");
}

#[test]
fn a_subscriber_that_panics_harms_no_hop() {
    FUNCTIONS.into_iter().for_each(unharmed);
}
