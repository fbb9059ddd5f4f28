//! What a transfer costs: the seed's four cases, and what four bare locks and the copy cost.
//!
//! The seed timed source -> awaiter naive and by snapshot, and a source with only the four calls directly and through the fallback, each with the
//! destination made, set and dropped (`made`). Here the same transfers are also timed `alone`, into a destination that was there
//! before and is dropped after. `bare` is the honesty check: the naive transfer alone should cost what its four lock pairs and its copy cost.
//!
//! A transfer empties its source, so every timed transfer has a fresh one. They are prepared in batches, untimed: at some 25 ns a
//! transfer, taking the time around each would measure the clock. `benches/README.md` says how to read the figures.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use tollbridge::bridge::{Awaiter, Exception, Failure, FutureState, NotDone, Source, naive, snapshot};
use tollbridge_instrument::probe::Silent;

/// Transfers between two readings of the clock: few enough for the first-level cache (16 KiB of sources), many enough that the
/// readings cost a transfer a fifth of a ns.
const BATCH: usize = 256;

type Dest = Awaiter<u64, u32>;
type Copied = Result<(), NotDone>;

/// The seed's asyncio -> asyncio case: a source without locks that has only the four calls.
struct FourCalls {
    cancelled: bool,
    outcome: Option<Result<u64, Failure<u32>>>,
}

impl FutureState for FourCalls {
    type Output = u64;
    type Exception = Failure<u32>;

    fn done(&self) -> bool {
        self.cancelled || self.outcome.is_some()
    }
    fn cancelled(&self) -> bool {
        self.cancelled
    }
    fn exception(&mut self) -> Option<Failure<u32>> {
        match self.outcome {
            Some(Err(_)) => self.outcome.take().and_then(Result::err),
            _ => None,
        }
    }
    fn result(&mut self) -> Result<u64, Failure<u32>> {
        self.outcome.take().unwrap_or(Err(Failure::TimedOut))
    }
}

/// Four lock pairs and a copy, with nothing around them.
struct Bare {
    lock: parking_lot::Mutex<()>,
    outcome: Option<Result<u64, Exception<u32>>>,
}

fn locked() -> Source<u64, u32> {
    Source::finished(Ok(7))
}

fn four_calls() -> FourCalls {
    FourCalls { cancelled: false, outcome: Some(Ok(7)) }
}

fn bare() -> Bare {
    Bare { lock: parking_lot::Mutex::new(()), outcome: Some(Ok(7)) }
}

fn by_naive(source: &mut Source<u64, u32>, dest: &mut Dest) -> Copied {
    naive::copy_future_state(&mut source.probed(&Silent), dest)
}

fn by_snapshot(source: &mut Source<u64, u32>, dest: &mut Dest) -> Copied {
    snapshot::copy_future_state(&mut source.probed(&Silent), dest)
}

fn directly(source: &mut FourCalls, dest: &mut Dest) -> Copied {
    naive::copy_future_state(source, dest)
}

fn by_fallback(source: &mut FourCalls, dest: &mut Dest) -> Copied {
    snapshot::copy_future_state(source, dest)
}

fn by_bare_locks(source: &mut Bare, dest: &mut Dest) -> Copied {
    for _ in 0..3 {
        drop(black_box(&source.lock).lock());
    }
    let _held = black_box(&source.lock).lock();
    let outcome = source.outcome.take().ok_or(NotDone)?;
    *dest = Awaiter::Done(outcome.map_err(Failure::from));
    Ok(())
}

/// Times `iters` runs of `work`, each on a pair that `make` made beforehand.
fn timed<P>(iters: u64, make: impl Fn() -> P, work: impl Fn(&mut P)) -> Duration {
    let mut pairs = Vec::with_capacity(BATCH);
    let mut total = Duration::ZERO;
    let mut left = iters;
    while left > 0 {
        let batch = left.min(BATCH as u64);
        pairs.clear();
        pairs.extend((0..batch).map(|_| make()));
        let started = Instant::now();
        for pair in black_box(&mut pairs) {
            work(pair);
        }
        total += started.elapsed();
        left -= batch;
    }
    total
}

/// One case both ways: the destination made, set and dropped; the transfer alone.
fn case<S>(
    criterion: &mut Criterion,
    name: &str,
    source: impl Fn() -> S + Copy,
    transfer: impl Fn(&mut S, &mut Dest) -> Copied + Copy,
) {
    criterion.benchmark_group("made").bench_function(name, |bencher| {
        bencher.iter_custom(|iters| {
            timed(iters, source, |source| {
                // On the heap, as the seed's destination is.
                let mut dest = Box::new(Dest::new());
                let copied = transfer(source, &mut dest);
                drop(black_box((copied, dest)));
            })
        });
    });
    criterion.benchmark_group("alone").bench_function(name, |bencher| {
        bencher.iter_custom(|iters| {
            let pair = || (source(), Dest::new());
            timed(iters, pair, |(source, dest)| {
                let copied = transfer(source, black_box(dest));
                // Every transfer of this benchmark succeeds; the compiler is not to know.
                black_box(&copied);
            })
        });
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    case(&mut criterion, "naive", locked, by_naive);
    case(&mut criterion, "snapshot", locked, by_snapshot);
    case(&mut criterion, "four_direct", four_calls, directly);
    case(&mut criterion, "four_fallback", four_calls, by_fallback);
    case(&mut criterion, "bare", bare, by_bare_locks);
    criterion.final_summary();
}
