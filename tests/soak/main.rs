//! A soak: everything at once and at random, for as many hops as one likes.
//!
//! Workers make runtimes and drop them in every order while jobs wait, run and panic; they await, poll, abort and drop
//! handles, pass them to each other, to async tasks and to threads that end; jobs submit hops, and some are measured by
//! `wrap` or in a `JoinSet`. Captures of all settings watch, and change in flight. The test keeps a book of its own
//! (`book.rs`), to which every report is held: while it goes on, at rest, and at the end. Each hop ends, no span stays open,
//! no thread stays, and each cycle leaves the heap as it found it.
//!
//! `TOLLBRIDGE_SOAK_HOPS=10000000 cargo test --release -p tollbridge-tests --test soak` is the full size; without the variable it is small.
//! `TOLLBRIDGE_SOAK_SEED` does the same acts again; how threads take turns is not in it.

#[path = "../common/mod.rs"]
mod common;

mod book;
mod control;
mod heap;
mod hop;
mod life;
mod spans;

use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use book::Book;
use control::{Control, Seen, eventually};
use hop::{Gate, Hop};
use life::{Shared, Worker};
use tollbridge::report::Outcomes;
use tollbridge_testkit::random::Random;

/// How many hops, unless `TOLLBRIDGE_SOAK_HOPS` says otherwise.
const HOPS: u64 = 60_000;
/// The first of them warms up.
const CYCLES: u64 = 6;
const WORKERS: usize = 3;
/// Nothing takes as long as this without a hop that begins or ends; what does is stuck.
const DEADLINE: Duration = Duration::from_secs(60);
/// What a cycle may leave on the heap more than the one before it.
const MAX_GROWTH_BYTES: i64 = 256;

/// A number from the environment.
fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number: {text}")))
}

/// Names the seed if the test fails.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("soak: TOLLBRIDGE_SOAK_SEED={} does the same again", self.0);
        }
    }
}

#[test]
fn soak() {
    let _alone = common::alone();
    let hops = number("TOLLBRIDGE_SOAK_HOPS").unwrap_or(HOPS);
    let seed = Seed(number("TOLLBRIDGE_SOAK_SEED").unwrap_or_else(|| RandomState::new().hash_one(0)));
    let mut random = Random(seed.0);
    let out = tempfile::tempdir().expect("a folder");
    tracing::subscriber::set_global_default(spans::Counting).expect("the first");
    life::hush();
    grow_lock_table();
    grow_job_table();
    let threads = threads();
    let mut base = None;
    let mut seen = Seen::default();
    for cycle in 0..CYCLES {
        let share = hops / CYCLES;
        seen += watched(random.next(), out.path(), move |book, seed, out| storm(book, seed, out, share / 2, false));
        seen += watched(random.next(), out.path(), move |book, seed, out| storm(book, seed, out, share / 2, true));
        for _ in 0..8 {
            seen += watched(random.next(), out.path(), outlive);
        }
        eventually(|| match self::threads() {
            now if now <= threads => Ok(()),
            now => Err(format!("{now} threads, {threads} before")),
        });
        assert_eq!(spans::open(), 0, "spans that are open");
        let left = heap::in_use();
        let base = *base.get_or_insert(left);
        assert!(left - base <= MAX_GROWTH_BYTES, "cycle {cycle} leaves {} bytes on the heap", left - base);
    }
    eprintln!("soak: seed {}: {seen:?}", seed.0);
    let Seen { outcomes, captures: _ } = seen;
    for (outcome, count) in [
        ("joined", outcomes.joined),
        ("panicked", outcomes.panicked),
        ("cancelled", outcomes.cancelled),
        ("detached", outcomes.detached),
        ("in flight at its capture's end", outcomes.in_flight),
    ] {
        assert!(count > 0, "no hop was {outcome}");
    }
}

/// parking_lot keeps a table for as many threads as ever waited at once, and never gives it back: it grows here and now.
fn grow_lock_table() {
    // Far more than there will be in any cycle.
    const THREADS: usize = 300;
    let gate = Arc::new(Gate::default());
    let spawn = |_| {
        let gate = Arc::clone(&gate);
        std::thread::spawn(move || gate.pass())
    };
    let waiting: Vec<_> = (0..THREADS).map(spawn).collect();
    eventually(|| if gate.waiting() == THREADS { Ok(()) } else { Err("threads that do not come".to_owned()) });
    gate.open();
    for thread in waiting {
        thread.join().expect("it only waits");
    }
}

/// The recorder keeps a place for as many jobs and for as many pool threads as there ever were at once: they come here and now.
fn grow_job_table() {
    // Far more than there will be in any cycle.
    const JOBS: usize = 8_192;
    const THREADS: usize = 256;
    let guard = tollbridge::builder().without_files().with_summary(tollbridge::Summary::Off).init();
    let runtime =
        tokio::runtime::Builder::new_current_thread().max_blocking_threads(THREADS).build().expect("a runtime");
    runtime.block_on(async {
        let gate = Arc::new(Gate::default());
        let job = |_| {
            let gate = Arc::clone(&gate);
            tollbridge::task::spawn_blocking(move || gate.pass())
        };
        let jobs: Vec<_> = (0..JOBS).map(job).collect();
        gate.open();
        for job in jobs {
            job.await.expect("it returns");
        }
    });
    drop(guard);
}

/// Threads of this process, where that can be known.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// Runs a round on a thread of its own, and fails if that does not get on.
fn watched<F>(seed: u64, out: &Path, round: F) -> Seen
where
    F: FnOnce(Arc<Book>, u64, PathBuf) -> Seen + Send + 'static,
{
    let (book, out) = (Book::new(), out.to_owned());
    let (done, ended) = mpsc::channel();
    let watched = Arc::clone(&book);
    let thread = std::thread::spawn(move || {
        let reports = round(book, seed, out);
        done.send(reports).expect("somebody waits");
    });
    let mut seen = (0, 0);
    loop {
        match ended.recv_timeout(DEADLINE) {
            Ok(reports) => {
                thread.join().expect("it has ended");
                return reports;
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let now = (watched.begun(), watched.alive());
                assert_ne!(seen, now, "stuck: hops begun, and alive; {watched:?}");
                seen = now;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                std::panic::resume_unwind(thread.join().expect_err("it ended without a word"));
            }
        }
    }
}

/// Workers do everything at once. `changes`: captures come and go meanwhile.
fn storm(book: Arc<Book>, seed: u64, out: PathBuf, hops: u64, changes: bool) -> Seen {
    let mut control = Control::new(Arc::clone(&book), seed, out);
    control.change(false);
    let shared = Arc::new(Shared {
        book: Arc::clone(&book),
        wanted: hops,
        exchanged: Default::default(),
        closed: Default::default(),
    });
    let work = |control: &mut Control, kept: &mut Vec<Hop>, act: fn(Worker) -> Vec<Hop>| {
        let share = kept.len() / WORKERS + 1;
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| {
                let own = kept.split_off(kept.len() - share.min(kept.len()));
                let (shared, seed) = (Arc::clone(&shared), control.random.next());
                std::thread::spawn(move || act(Worker::new(shared, seed, own)))
            })
            .collect();
        let mut next = 0;
        while !workers.iter().all(std::thread::JoinHandle::is_finished) {
            control.look();
            if changes && book.begun() >= next && control.may_change() {
                let pause = control.random.one_in(6);
                control.change(pause);
                next = book.begun() + control.random.next() % (hops / 20);
            }
            // Leaves the workers some time; a look is work.
            std::thread::sleep(Duration::from_micros(300));
        }
        for worker in workers {
            kept.extend(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    };
    let mut kept = Vec::new();
    work(&mut control, &mut kept, Worker::storm);
    // Workers rest, with handles in their hands and jobs behind closed gates.
    if !changes {
        control.settle();
        let handles = (kept.len() + shared.exchanged.lock().len()) as u64;
        // Those, jobs behind gates, and what runtimes that end in the background have not got to.
        eventually(|| match (control.report().outcomes.in_flight, book.alive()) {
            (in_flight, alive) if in_flight == alive && alive >= handles => Ok(()),
            (in_flight, alive) => Err(format!("{in_flight} in flight, {alive} alive, {handles} of them in the hand")),
        });
    }
    shared.closed.lock().drain(..).for_each(|gate| gate.open());
    kept.append(&mut shared.exchanged.lock());
    work(&mut control, &mut kept, Worker::finish);
    assert!(kept.is_empty());
    control.check(!changes)
}

/// Hops submitted in one capture that end in the next, in a pause, or in the one after that: in flight in their own one's
/// report, and nowhere else.
fn outlive(book: Arc<Book>, seed: u64, out: PathBuf) -> Seen {
    let mut control = Control::new(Arc::clone(&book), seed, out);
    let shared = Arc::new(Shared {
        book: Arc::clone(&book),
        wanted: 0,
        exchanged: Default::default(),
        closed: Default::default(),
    });
    let mut worker = Worker::new(Arc::clone(&shared), control.random.next(), Vec::new());
    let mut life = worker.birth(true);
    control.change(false);

    let first = 20 + control.random.below(100);
    worker.submit_held(&mut life, first);
    let detached = worker.drop_some() as u64;
    control.settle();
    control.change(false);
    let all = Outcomes { submitted: first as u64, detached, in_flight: first as u64 - detached, ..Outcomes::default() };
    assert_eq!(control.last_report().outcomes, all, "none of them has ended");
    book.settle();

    let second = 20 + control.random.below(100);
    worker.submit_held(&mut life, second);
    // Some of the first capture's too.
    worker.drop_some();
    control.settle();
    assert_eq!(control.report().outcomes.submitted, second as u64);
    let pause = control.random.one_in(2);
    control.change(pause);
    book.settle();
    if pause {
        worker.drop_some();
        control.change(false);
        book.settle();
    }

    worker.death(life);
    shared.closed.lock().drain(..).for_each(|gate| gate.open());
    assert!(worker.finish().is_empty());
    control.check(true)
}
