//! Hops to be counted, not timed: `scripts/instructions.sh` runs this under callgrind and divides.
//!
//!     instructions WAY BATCHES       WAY: one of `WAYS`; a batch is `BATCH` hops
//!
//! A current_thread runtime and one pool thread. How often a thread goes to sleep and is woken is luck, and costs some
//! hundred instructions each time; so a batch is submitted while a job holds the pool's thread, and awaited when all of
//! it has run. Without arguments, as `cargo bench` calls it, it goes every way once.

use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

use tollbridge::{Arm, Builder, Detail, Guard, Summary};

const BATCH: u64 = 100;
/// Batches before those that count: they make the pool's thread, and the ledger's places.
const WARM_UP: u64 = 3;

struct Way {
    name: &'static str,
    drop_in: bool,
    arm: Option<fn(Builder) -> Builder>,
}

const WAYS: &[Way] = &[
    Way { name: "native", drop_in: false, arm: None },
    Way { name: "off", drop_in: true, arm: None },
    Way {
        name: "coarse-native",
        drop_in: true,
        arm: Some(|b| b.with_detail(Detail::Phases).with_transfer(Arm::Native)),
    },
    Way { name: "coarse", drop_in: true, arm: Some(|b| b.with_detail(Detail::Phases)) },
    Way { name: "detailed", drop_in: true, arm: Some(|b| b) },
    Way { name: "detailed-naive", drop_in: true, arm: Some(|b| b.with_transfer(Arm::Naive)) },
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
    let guard: Option<Guard> =
        way.arm.map(|arm| arm(tollbridge::builder().without_files().with_summary(Summary::Off)).init());
    let batches = WARM_UP + batches;
    runtime.block_on(async {
        if way.drop_in {
            in_batches(batches, async |i| tollbridge::task::spawn_blocking(move || i).await).await;
        } else {
            in_batches(batches, async |i| tokio::task::spawn_blocking(move || i).await).await;
        }
    });
    if let Some(report) = guard.and_then(Guard::finish) {
        assert_eq!((report.outcomes.joined, report.dropped.total()), (batches * BATCH, 0));
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
