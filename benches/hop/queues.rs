//! tokio's two blocking queues, held against each other. A runtime reads the variable when it is built, so each queue has a
//! process of its own; the two of a pair run one after the other, the first of them in turn.

use std::collections::BTreeMap;
use std::process::Command;

use clap::ValueEnum as _;

use crate::interval::median;
use crate::load::Load;
use crate::table::{print_head, print_row};
use crate::variant::{VARIANTS, Variant};

const SHARDED: &str = "TOKIO_UNSTABLE_SHARDED_BLOCKING_QUEUE";
/// Rounds of a process, of which the median counts.
const ROUNDS: usize = 3;

/// Says one variant's rounds to the process that asked.
pub(crate) fn say(load: Load, variant: &Variant, ns: &[f64]) {
    eprintln!("{load}\t{}\t{}", variant.name, median(ns));
}

pub(crate) fn compare(pairs: usize, loads: &[Load]) {
    for &load in loads {
        let mut lengths = [BTreeMap::<String, Vec<f64>>::new(), BTreeMap::new()];
        for pair in 0..pairs {
            for turn in [pair % 2, (pair + 1) % 2] {
                for (variant, ns) in process(load, turn == 1) {
                    lengths[turn].entry(variant).or_default().push(ns);
                }
            }
        }
        let [single, sharded] = lengths;
        let title = format!("{load}: {pairs} pairs of processes, {ROUNDS} rounds of {} hops each", load.hops());
        print_head(&title, &["single", "sharded", "sharded - single", "95 % interval"]);
        for Variant { name, .. } in VARIANTS {
            let (one, other) = (&single[*name], &sharded[*name]);
            let differences: Vec<f64> = other.iter().zip(one).map(|(sharded, single)| sharded - single).collect();
            print_row(name, &[median(one), median(other)], &differences);
        }
    }
}

/// Runs one process: ns a hop of each variant.
fn process(load: Load, sharded: bool) -> Vec<(String, f64)> {
    let mut command = Command::new(std::env::current_exe().expect("this executable"));
    command.args(["--raw", "--rounds", &ROUNDS.to_string(), "--load"]);
    command.arg(load.to_possible_value().expect("all have one").get_name());
    if sharded {
        command.env(SHARDED, "1")
    } else {
        command.env_remove(SHARDED)
    };
    let output = command.output().expect("the process starts");
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(output.status.success(), "{text}");
    let figure = |line: &str| {
        let [_, variant, ns] = line.split('\t').collect::<Vec<_>>().try_into().expect("three fields");
        (variant.to_owned(), ns.parse().expect("a number"))
    };
    text.lines().map(figure).collect()
}
