//! Things to be counted, not timed: `scripts/instructions.sh` runs this under callgrind and divides.
//!
//!     instructions WAY BATCHES       WAY: one of `WAYS`; a batch is `BATCH` hops or locks, or one report
//!
//! A current_thread runtime and one pool thread. How often a thread goes to sleep and is woken is luck, and costs some
//! hundred instructions each time; so a batch of hops is submitted while a job holds the pool's thread, and awaited when all
//! of it has run. Without arguments, as `cargo bench` calls it, it goes every way once.

use std::hint::black_box;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

use tollbridge::{Arm, Builder, Detail, Guard, Mutex, Summary};
use tollbridge_instrument::clock::mock;

const BATCH: u64 = 100;
/// Batches before those that count: they make the pool's thread, and the recorder's places.
const WARM_UP: u64 = 3;

struct Way {
    name: &'static str,
    what: What,
    arm: Option<fn(Builder) -> Builder>,
}

#[derive(Clone, Copy)]
enum What {
    /// tokio's own hops.
    Tokio,
    /// Hops through the drop-in.
    DropIn,
    /// Acquisitions of an instrumented mutex: a span each.
    Lock,
    /// Reports of a capture that holds one group of hops.
    Report,
}

const fn way(name: &'static str, what: What, arm: Option<fn(Builder) -> Builder>) -> Way {
    Way { name, what, arm }
}

const WAYS: &[Way] = &[
    way("native", What::Tokio, None),
    way("off", What::DropIn, None),
    way("coarse-native", What::DropIn, Some(|b| b.with_detail(Detail::Phases).with_transfer(Arm::Native))),
    way("coarse", What::DropIn, Some(|b| b.with_detail(Detail::Phases))),
    way("coarse-naive", What::DropIn, Some(|b| b.with_detail(Detail::Phases).with_transfer(Arm::Naive))),
    way("detailed", What::DropIn, Some(|b| b)),
    way("detailed-naive", What::DropIn, Some(|b| b.with_transfer(Arm::Naive))),
    way("lock", What::Lock, None),
    way("lock-span", What::Lock, Some(|b| b)),
    // Last: its clock stands still, so that each run's histograms are the same.
    way("report", What::Report, Some(|b| b.with_transfer(Arm::Naive))),
];

fn main() {
    // Cargo adds flags of its own, such as `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    match words.as_slice() {
        [] => WAYS.iter().for_each(|way| go(way, 1)),
        [name, batches] => {
            let way = WAYS.iter().find(|way| way.name == name).unwrap_or_else(|| panic!("no way is called {name}"));
            go(way, batches.parse().expect("a number of batches"));
        }
        _ => panic!("expected WAY BATCHES"),
    }
}

fn go(way: &Way, batches: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().expect("a runtime");
    if matches!(way.what, What::Report) {
        mock::install(1_000_000);
    }
    let guard: Option<Guard> =
        way.arm.map(|arm| arm(tollbridge::builder().without_files().with_summary(Summary::Off)).init());
    let batches = WARM_UP + batches;
    let by_drop_in = async |i| tollbridge::task::spawn_blocking(move || i).await;
    let hops = match way.what {
        What::Tokio => {
            runtime.block_on(in_batches(batches, async |i| tokio::task::spawn_blocking(move || i).await));
            0
        }
        What::DropIn => {
            runtime.block_on(in_batches(batches, by_drop_in));
            batches * BATCH
        }
        What::Lock => {
            let mutex = Mutex::new("counted", 0u64);
            for _ in 0..batches * BATCH {
                *black_box(&mutex).lock() += 1;
            }
            assert_eq!(mutex.into_inner(), batches * BATCH);
            0
        }
        What::Report => {
            runtime.block_on(in_batches(WARM_UP, by_drop_in));
            for _ in 0..batches {
                black_box(guard.as_ref().and_then(Guard::report)).expect("armed");
            }
            WARM_UP * BATCH
        }
    };
    if let Some(report) = guard.and_then(Guard::finish) {
        assert_eq!((report.outcomes.joined, report.dropped.total()), (hops, 0));
    }
}

async fn in_batches(batches: u64, hop: impl AsyncFn(u64) -> Result<u64, tokio::task::JoinError>) {
    let mut hops = Vec::with_capacity(usize::try_from(BATCH).expect("a small number"));
    let mut asleep = Context::from_waker(Waker::noop());
    for _ in 0..batches {
        let (release, wait) = mpsc::channel::<()>();
        let (done, all_done) = mpsc::channel::<()>();
        let first = tokio::task::spawn_blocking(move || wait.recv());
        for i in 0..BATCH {
            let mut hop = Box::pin(hop(i));
            assert!(poll(hop.as_mut(), &mut asleep).is_pending());
            hops.push(hop);
        }
        let last = tokio::task::spawn_blocking(move || done.send(()));
        release.send(()).expect("the first job waits");
        all_done.recv().expect("the last job says so");
        let mut sum = 0;
        for mut hop in hops.drain(..) {
            let Poll::Ready(job) = poll(hop.as_mut(), &mut asleep) else { unreachable!("it has run") };
            sum += job.expect("an empty job");
        }
        assert_eq!(sum, BATCH * (BATCH - 1) / 2);
        first.await.expect("a job").expect("released");
        last.await.expect("a job").expect("somebody listens");
        // A task may find only so many handles ready in one poll.
        tokio::task::yield_now().await;
    }
}

/// From one place, as an executor does, so that it is the same code for the first poll and the last.
#[inline(never)]
fn poll<F: Future>(hop: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
    hop.poll(context)
}
