//! Whether verdicts foretell what following them saves.
//!
//!     cargo bench -p tollbridge-benches --bench verdicts
//!     cargo bench -p tollbridge-benches --bench verdicts -- --only backlog --rounds 40
//!
//! Every rule has an experiment: a workload with the symptom, and the same with the advice applied. A round captures the former, takes what the
//! first verdict foretells, and measures both sides without a capture, one after the other. What is judged is the median of the rounds'
//! ratios, so that a round in which the machine did something else spoils nothing. On the workload that follows the advice the rule has to
//! keep silent, and all of them on those that are fine (`control`), also while other processes keep the processors busy (`neighbour`). Exits with 1 where a ratio is out of bounds, a rule is not the first to speak, or one speaks that should not.

#![expect(clippy::print_stdout, reason = "the table is what the script takes")]

mod control;
mod experiment;
mod load;
mod lone;
mod neighbour;
mod rules;
mod workloads;

use std::process::ExitCode;

use clap::Parser;

use experiment::Experiment;
use tollbridge_flamegraphs::verdict::Rule;

#[derive(Debug, Parser)]
struct Args {
    /// Rounds that count; one more before them warms up
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// One rule instead of all, by its word
    #[arg(long, value_name = "RULE")]
    only: Option<String>,
    /// Cargo's own
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|argument| argument == neighbour::ARGUMENT) {
        neighbour::busy();
    }
    let args = Args::parse();
    let asked = |rule: &str| args.only.as_ref().is_none_or(|only| only == rule);
    let mut broken = 0;
    Experiment::print_head();
    for experiment in rules::all().iter().filter(|experiment| asked(experiment.rule.as_str())) {
        broken += u32::from(!experiment.run(args.rounds));
    }
    if asked(Rule::LoneWork.as_str()) {
        broken += lone::ALL.iter().map(|lone| u32::from(!lone::run(lone, args.rounds))).sum::<u32>();
    }
    if args.only.is_none() {
        println!();
        broken += control::QUIET.iter().map(|control| u32::from(!control.run())).sum::<u32>();
        broken += neighbour::run();
        // Last, since some of their threads never end.
        broken += control::OTHERS.iter().map(|control| u32::from(!control.run())).sum::<u32>();
    }
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
