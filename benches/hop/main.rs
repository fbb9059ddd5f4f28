//! What measuring adds to a hop, in ns: paired, because that is a difference of some hundred ns on a machine whose speed
//! drifts by more. Criterion measures one thing after the other; here the variants take turns, and each round gives one
//! difference against tokio's own `spawn_blocking` of the same round.
//!
//!     cargo bench -p tollbridge-benches --bench hop                             30 rounds of every load
//!     cargo bench -p tollbridge-benches --bench hop -- --rounds 100 --load busy
//!     cargo bench -p tollbridge-benches --bench hop -- --check                  the busy load, and whether it keeps its budgets
//!     cargo bench -p tollbridge-benches --bench hop -- --queues                 tokio's two blocking queues against each other
//!
//! `TOKIO_UNSTABLE_SHARDED_BLOCKING_QUEUE=1` puts all of it on the sharded queue (tokio#8067). `--queues` starts a process
//! for each queue in turn, and prints the differences between the two of a pair.

#[path = "../common/interval.rs"]
mod interval;
mod load;
mod queues;
mod table;
mod variant;

use clap::Parser;

use interval::{median, median_interval};
use load::Load;
use table::{print_head, print_row};
use variant::VARIANTS;

#[derive(Debug, Parser)]
struct Args {
    /// Rounds that count; one more before them warms up
    #[arg(long, default_value_t = 30)]
    rounds: usize,
    /// One load instead of all
    #[arg(long, value_enum)]
    load: Option<Load>,
    /// Fail where the interval of what is added to a busy hop lies above the budget
    #[arg(long, conflicts_with = "load")]
    check: bool,
    /// Hold tokio's two blocking queues against each other
    #[arg(long)]
    queues: bool,
    /// Print the mean ns a hop of each round, load and variant, and nothing else
    #[arg(long, hide = true)]
    raw: bool,
    /// Cargo's own
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let args = Args::parse();
    let load = if args.check { Some(Load::Busy) } else { args.load };
    let loads: Vec<Load> = load.map_or_else(|| Load::ALL.to_vec(), |load| vec![load]);
    if args.queues {
        return queues::compare(args.rounds, &loads);
    }
    for load in loads {
        let lengths = measured(load, args.rounds);
        if args.raw {
            lengths.iter().zip(VARIANTS).for_each(|(ns, variant)| queues::say(load, variant, ns));
        } else {
            print(load, args.rounds, &lengths);
        }
        if args.check && !keeps_budgets(&lengths) {
            std::process::exit(1);
        }
    }
}

/// Whether no variant adds more than its budget for certain: a noisy machine widens the interval, and does not fail.
fn keeps_budgets(lengths: &[Vec<f64>]) -> bool {
    let mut keeps = true;
    for (variant, own) in VARIANTS.iter().zip(lengths) {
        let (low, _) = median_interval(&added(own, &lengths[0]));
        if let Some(budget) = variant.budget.filter(|&budget| low > budget) {
            eprintln!("{}: {low:.0} ns and more are added, and its budget is {budget:.0}", variant.name);
            keeps = false;
        }
    }
    keeps
}

/// What a variant adds, round by round.
fn added(lengths: &[f64], base: &[f64]) -> Vec<f64> {
    lengths.iter().zip(base).map(|(ns, base)| ns - base).collect()
}

/// Mean ns a hop: for each variant, one of each round.
fn measured(load: Load, rounds: usize) -> Vec<Vec<f64>> {
    let runtime = load.runtime();
    let mut lengths = vec![Vec::with_capacity(rounds); VARIANTS.len()];
    for round in 0..=rounds {
        // Each round begins with another variant, so that none always follows the same one.
        for turn in 0..VARIANTS.len() {
            let i = (turn + round) % VARIANTS.len();
            let ns = VARIANTS[i].measured(load, &runtime);
            if round > 0 {
                lengths[i].push(ns);
            }
        }
    }
    lengths
}

fn print(load: Load, rounds: usize, lengths: &[Vec<f64>]) {
    let base = &lengths[0];
    let title = format!("{load}: {rounds} rounds of {} hops", load.hops());
    print_head(&title, &["ns a hop", "ns added", "95 % interval"]);
    for (variant, lengths) in VARIANTS.iter().zip(lengths) {
        print_row(variant.name, &[median(lengths)], &added(lengths, base));
    }
}
