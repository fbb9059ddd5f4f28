//! What measuring adds to a hop, in ns: paired, because that is a difference of some hundred ns on a machine whose speed
//! drifts by more. Criterion measures one thing after the other; here the variants take turns, and each round gives one
//! difference against tokio's own `spawn_blocking` of the same round.
//!
//!     cargo bench --bench added              60 rounds
//!     cargo bench --bench added -- 200       so many
//!
//! The pool is kept busy: 2 threads, batches of 100 empty hops.

use std::time::Instant;

use tollbridge::{Arm, Builder, Detail, Guard, Summary};

const BATCH: u32 = 100;
const BATCHES: u32 = 40;

/// One way to make a hop.
struct Variant {
    name: &'static str,
    arm: Option<fn(Builder) -> Builder>,
    drop_in: bool,
}

const VARIANTS: &[Variant] = &[
    Variant { name: "tokio", arm: None, drop_in: false },
    Variant { name: "tokio again", arm: None, drop_in: false },
    Variant { name: "off", arm: None, drop_in: true },
    Variant {
        name: "phases, native",
        arm: Some(|b| b.with_detail(Detail::Phases).with_transfer(Arm::Native)),
        drop_in: true,
    },
    Variant {
        name: "phases, snapshot",
        arm: Some(|b| b.with_detail(Detail::Phases).with_transfer(Arm::Snapshot)),
        drop_in: true,
    },
    Variant { name: "locks, snapshot", arm: Some(|b| b.with_transfer(Arm::Snapshot)), drop_in: true },
    Variant { name: "locks, naive", arm: Some(|b| b.with_transfer(Arm::Naive)), drop_in: true },
];

fn main() {
    // Cargo adds flags of its own, such as `--bench`.
    let rounds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(60);
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(2).build().expect("a runtime");
    let mut lengths = vec![Vec::with_capacity(rounds); VARIANTS.len()];
    for round in 0..=rounds {
        // Each round begins with another variant, so that none always follows the same one.
        for turn in 0..VARIANTS.len() {
            let i = (turn + round) % VARIANTS.len();
            let ns = runtime.block_on(measured(&VARIANTS[i]));
            // The first round warms up.
            if round > 0 {
                lengths[i].push(ns);
            }
        }
    }
    let base = lengths[0].clone();
    eprintln!("{rounds} rounds of {} empty hops in batches of {BATCH}, 2 pool threads", BATCH * BATCHES);
    eprintln!("{:<18} {:>9} {:>22} {:>18}", "", "ns a hop", "ns added (median)", "95 % interval");
    for (variant, lengths) in VARIANTS.iter().zip(&lengths) {
        let added: Vec<f64> = lengths.iter().zip(&base).map(|(ns, base)| ns - base).collect();
        let (low, high) = median_interval(&added);
        eprintln!(
            "{:<18} {:>9.0} {:>22.0} {:>18}",
            variant.name,
            median(lengths),
            median(&added),
            format!("[{low:.0}, {high:.0}]")
        );
    }
}

/// Mean length of a hop in ns.
async fn measured(variant: &Variant) -> f64 {
    let guard: Option<Guard> =
        variant.arm.map(|with| with(tollbridge::builder().without_files().with_summary(Summary::Off)).init());
    assert!(guard.as_ref().is_none_or(Guard::is_armed));
    let start = Instant::now();
    for _ in 0..BATCHES {
        if variant.drop_in {
            let handles: Vec<_> = (0..BATCH).map(|i| tollbridge::task::spawn_blocking(move || i)).collect();
            for handle in handles {
                handle.await.expect("an empty job");
            }
        } else {
            let handles: Vec<_> = (0..BATCH).map(|i| tokio::task::spawn_blocking(move || i)).collect();
            for handle in handles {
                handle.await.expect("an empty job");
            }
        }
    }
    let ns = start.elapsed().as_nanos() as f64 / f64::from(BATCH * BATCHES);
    if let Some(report) = guard.and_then(Guard::finish) {
        assert_eq!(report.outcomes.joined, u64::from(BATCH * BATCHES));
        assert_eq!(report.dropped.total(), 0);
    }
    ns
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

fn median(values: &[f64]) -> f64 {
    sorted(values)[values.len() / 2]
}

/// Order statistics at n/2 -+ 0.98 sqrt(n): the sign test's interval, whatever the distribution.
fn median_interval(values: &[f64]) -> (f64, f64) {
    let values = sorted(values);
    let (half, reach) = (values.len() as f64 / 2.0, 0.98 * (values.len() as f64).sqrt());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to an index")]
    let at = |rank: f64| values[(rank.max(0.0) as usize).min(values.len() - 1)];
    (at(half - reach), at(half + reach))
}
