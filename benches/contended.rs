//! What a transfer costs while 0, 1, 2, 4 or 8 threads keep asking the source for its state, naive against snapshot; and
//! how many of its bridge locks were contended, as the recorder saw them.
//!
//!     cargo bench -p tollbridge-benches --bench contended
//!
//! | group | the source | who asks |
//! |---|---|---|
//! | `observed` | `wrap_future`'s, polled when it is finished | [`Observer`]s, which read the state word and take no lock |
//! | `locked` | a [`Source`] whose raw mutex lets others in | threads that take the bridge lock for each question, as CPython's do |
//!
//! In tollbridge's own types nobody *can* hold the lock of a finished source while it is transferred: observers take none, the
//! completer is gone, and every other call needs the reader, which the transfer has borrowed. So `observed` is what
//! happens with tollbridge, and `locked` what happens to a source with the seed's rules, where every `done()` locks: the same bridge
//! code over a raw mutex that all sources of this benchmark share, and that the asking threads take and release without
//! pause. Only the sources' side of it is probed.
//!
//! Batches of sources are made before and dropped after; a transfer's time is that of nothing else. The share of contended
//! acquisitions is counted in a second pass that is armed, since recording would be in the time. Askers are never idle: with
//! more threads than processors the transfer also waits for its turn on one, and a mean over few time slices is a rough
//! figure. `benches/README.md` says how to read it.

use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use criterion::Criterion;
use lock_api::RawMutex as _;
use parking_lot::RwLock;
use tollbridge::Summary;
use tollbridge::bridge::{Awaiter, Bridge, Observer, Source, WrapFuture, naive, pair, snapshot, wrap_future};
use tollbridge::probe::Ambient;

/// Threads that ask.
const ASKERS: [usize; 5] = [0, 1, 2, 4, 8];
const BRIDGES: [(Bridge, &str); 2] = [(Bridge::Naive, "naive"), (Bridge::Snapshot, "snapshot")];
/// Transfers between two readings of the clock.
const BATCH: usize = 256;
/// How long the pass that counts goes on, at least: many turns on a processor for everybody, or a busy machine shows two
/// threads that never met.
const COUNTING: Duration = Duration::from_millis(300);

fn main() {
    // Criterion's clock sees the transfers alone; making their sources takes ten times as long, and with askers on every
    // processor a hundred times.
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(5))
        .measurement_time(Duration::from_millis(50))
        .nresamples(10_000)
        .without_plots()
        .configure_from_args();
    for askers in ASKERS {
        for (bridge, name) in BRIDGES {
            let board = Arc::new(RwLock::new(Arc::from(Vec::new())));
            let asking = Askers::start(askers, || {
                let board = Arc::clone(&board);
                move || ask_observers(&board)
            });
            measure(&mut criterion, "observed", &format!("{name}/{askers}"), &asking, || Observed::new(bridge, &board));
        }
    }
    for askers in ASKERS {
        for (bridge, name) in BRIDGES {
            let asking = Askers::start(askers, || ask_locking);
            measure(&mut criterion, "locked", &format!("{name}/{askers}"), &asking, || Locked::new(bridge));
        }
    }
    criterion.final_summary();
}

/// A batch of sources that are finished and not yet transferred.
trait Batch {
    fn transfer(&mut self);
}

/// Times the transfers, then counts how many of their bridge locks were contended.
fn measure<B: Batch>(criterion: &mut Criterion, group: &str, name: &str, asking: &Askers, make: impl Fn() -> B) {
    let mut ran = false;
    criterion.benchmark_group(group).bench_function(name, |bencher| {
        ran = true;
        bencher.iter_custom(|iters| {
            // In whole batches, and scaled to what was asked for.
            let batches = iters.div_ceil(BATCH as u64);
            transfers(batches, &make).mul_f64(iters as f64 / (batches * BATCH as u64) as f64)
        });
    });
    if !ran {
        // Left out by a filter.
        return;
    }
    let before = asking.questions();
    let guard = tollbridge::builder().without_files().with_summary(Summary::Off).init();
    let (started, mut took, mut counted) = (Instant::now(), Duration::ZERO, 0);
    while started.elapsed() < COUNTING {
        took += transfers(1, &make);
        counted += BATCH as u64;
    }
    let report = guard.finish().expect("nothing else is armed");
    assert_eq!(report.dropped.total(), 0);
    let of_transfer = ["lock done", "lock cancelled", "lock exception", "lock result", "lock snapshot"];
    let locks = report.spans.iter().filter(|span| of_transfer.contains(&span.path[0].as_str()));
    let (taken, contended) = locks.fold((0, 0), |(n, c), span| (n + span.ns.count(), c + span.contended));
    assert_eq!(taken, if name.starts_with("naive") { 4 * counted } else { 0 }, "4 bridge locks a transfer, or none");
    let share = if taken == 0 { String::new() } else { format!(" ({:.2} %)", 100.0 * contended as f64 / taken as f64) };
    eprintln!(
        "{group}/{name}: {contended} of {taken} bridge locks contended{share} in {counted} transfers; armed {:.0} ns a \
         transfer, {} questions meanwhile",
        took.as_nanos() as f64 / counted as f64,
        asking.questions() - before,
    );
}

/// How long so many batches take to transfer.
fn transfers<B: Batch>(batches: u64, make: impl Fn() -> B) -> Duration {
    (0..batches)
        .map(|_| {
            let mut batch = make();
            let started = Instant::now();
            black_box(&mut batch).transfer();
            started.elapsed()
        })
        .sum()
}

/// Threads that ask without pause until this is dropped.
struct Askers {
    over: Arc<AtomicBool>,
    questions: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

impl Askers {
    /// `ask`: some questions; says how many.
    fn start<A: FnMut() -> u64 + Send + 'static>(threads: usize, ask: impl Fn() -> A) -> Self {
        let (over, questions) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let threads = (0..threads)
            .map(|_| {
                let (over, questions, mut ask) = (Arc::clone(&over), Arc::clone(&questions), ask());
                std::thread::spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        questions.fetch_add(ask(), Ordering::Relaxed);
                    }
                })
            })
            .collect();
        Self { over, questions, threads }
    }

    fn questions(&self) -> u64 {
        self.questions.load(Ordering::Relaxed)
    }
}

impl Drop for Askers {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A panic of an asker is a bug of this file, and has been printed.
            let _ = thread.join();
        }
    }
}

type Future = WrapFuture<u64, ()>;
/// Where the askers find the sources of the batch under way.
type Board = RwLock<Arc<[Observer<u64, ()>]>>;

/// Futures of finished sources; what they resolve to stays until the batch is dropped.
struct Observed(Vec<(Future, Poll<u64>)>);

impl Observed {
    fn new(bridge: Bridge, board: &Board) -> Self {
        let mut observers = Vec::with_capacity(BATCH);
        let futures = (0..BATCH)
            .map(|_| {
                let (completer, reader) = pair();
                observers.push(reader.observer());
                completer.set_result(7).expect("nobody cancels");
                (wrap_future(reader).with_bridge(bridge), Poll::Pending)
            })
            .collect();
        *board.write() = Arc::from(observers);
        Self(futures)
    }
}

impl Batch for Observed {
    fn transfer(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        for (future, outcome) in &mut self.0 {
            *outcome = std::future::Future::poll(Pin::new(future), &mut context).map(|outcome| outcome.unwrap_or(0));
        }
    }
}

/// Asks each source of the batch under way once.
fn ask_observers(board: &Board) -> u64 {
    let observers = Arc::clone(&*board.read());
    observers.iter().for_each(|observer| {
        black_box((observer.done(), observer.cancelled()));
    });
    if observers.is_empty() {
        std::thread::yield_now();
    }
    2 * observers.len() as u64
}

/// The one raw mutex behind all bridge locks of the group `locked`.
static SHARED: parking_lot::RawMutex = parking_lot::RawMutex::INIT;

/// A raw mutex that is [`SHARED`], whichever it is.
struct Shared;

// SAFETY: all that it does is done by one raw mutex, whose exclusion holds for it too.
#[expect(unsafe_code, reason = "the trait of raw mutexes is unsafe to implement and to use; here it is passed on")]
unsafe impl lock_api::RawMutex for Shared {
    const INIT: Self = Self;
    type GuardMarker = <parking_lot::RawMutex as lock_api::RawMutex>::GuardMarker;

    fn lock(&self) {
        SHARED.lock();
    }
    fn try_lock(&self) -> bool {
        SHARED.try_lock()
    }
    unsafe fn unlock(&self) {
        // SAFETY: the caller holds it.
        unsafe { SHARED.unlock() }
    }
}

/// The state that the asking threads look at, under the lock.
static ASKED: lock_api::Mutex<Shared, u64> = lock_api::Mutex::from_raw(Shared, 0);

/// A source by value, finished, with its bridge lock at [`SHARED`], and where its state goes.
type Pair = (Source<u64, (), Shared>, Awaiter<u64, ()>);

struct Locked {
    bridge: Bridge,
    sources: Vec<Pair>,
}

impl Locked {
    fn new(bridge: Bridge) -> Self {
        let sources = (0..BATCH).map(|_| (Source::finished(Ok(7)), Awaiter::new())).collect();
        Self { bridge, sources }
    }
}

impl Batch for Locked {
    fn transfer(&mut self) {
        for (source, dest) in &mut self.sources {
            let copied = match self.bridge {
                Bridge::Naive => naive::copy_future_state(&mut source.probed(&Ambient), dest),
                Bridge::Snapshot => snapshot::copy_future_state(&mut source.probed(&Ambient), dest),
            };
            // Every transfer of this benchmark succeeds; the compiler is not to know.
            let _ = black_box(copied);
        }
    }
}

/// Takes the lock for each question, as `done()` does.
fn ask_locking() -> u64 {
    const QUESTIONS: u64 = 64;
    for _ in 0..QUESTIONS {
        black_box(*ASKED.lock());
    }
    QUESTIONS
}
