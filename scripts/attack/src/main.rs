//! An app that is hard on itself, for scripts/attack.sh. Its first argument says how, the others are numbers. It arms by the environment, prints what it
//! counted as `name=number` words, and ends with 1 where something is not as it has to be.

#![expect(clippy::print_stdout, reason = "what it prints is what the script reads")]

mod captures;
mod fork;
mod many;
mod storm;

use std::process::ExitCode;

/// A number behind the verb.
fn number(index: usize, default: u64) -> u64 {
    std::env::args().nth(1 + index).and_then(|word| word.parse().ok()).unwrap_or(default)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Memory that the process has, in KiB; 0 where the system does not tell.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn main() -> ExitCode {
    let verb = std::env::args().nth(1).unwrap_or_default();
    let fine = match verb.as_str() {
        // SECONDS TASKS: hops of all kinds.
        "storm" => storm::run(number(1, 3), number(2, 8)),
        // SECONDS TASKS: the same, in one folder with other processes.
        "exact" => storm::exact(number(1, 3), number(2, 8)),
        // SECONDS: the same, and its threads are sent from one processor to another.
        "affinity" => storm::moved(number(1, 3)),
        // THREADS: so many at once, with a hop each.
        "threads" => many::threads(number(1, 10_000)),
        // HOPS: so many in flight at once.
        "inflight" => many::in_flight(number(1, 100_000)),
        // RUNTIMES: one after the other, ended in every way.
        "runtimes" => many::runtimes(number(1, 1_000)),
        // CAPTURES: armed and ended.
        "captures" => captures::run(number(1, 10_000)),
        // FORKS REPORTERS: children that hop, while others report.
        "fork" => fork::run(number(1, 2_000), number(2, 1)),
        _ => {
            eprintln!("attack: storm, exact, affinity, threads, inflight, runtimes, captures or fork");
            false
        }
    };
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
