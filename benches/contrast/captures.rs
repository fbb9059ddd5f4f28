//! How often the intervals between arms err, on real captures: each in a process of its own, with two arms that are the same
//! but for a spin of known length in one's transfer (`--cfg tollbridge_twin_arms`, `src/twin.rs`).
//!
//!     scripts/contrast.sh                              all of it, some four minutes
//!     scripts/contrast.sh --runs 10 --ms 500      for a look
//!
//! Ends with 1 if it finds more than 6 of 40 equal pairs different, or the spin in less than 95 % of the runs, or covers it in
//! less than 90 %. (That it covers no more than 98 % cannot be told from 40 runs: 40 of 40 is likely enough at 95 %. The
//! simulation in `report/tests/contrast.rs` tells it from 500.)

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use clap::Parser;
use tokio::runtime::Builder;
use tollbridge::report::Interval;
use tollbridge::task::spawn_blocking;
use tollbridge::{Arm, Detail, Summary, twin};

#[derive(Debug, Parser)]
struct Args {
    /// Runs of each kind
    #[arg(long, default_value_t = 40)]
    runs: usize,
    /// Length of a run in ms
    #[arg(long, default_value_t = 2000)]
    ms: u64,
    /// What one arm's transfers spin in ns, in the runs that have a difference; some 20 ns of it are readings of the clock,
    /// which the other arm makes too
    #[arg(long, default_value_t = 220)]
    spin: u32,
    /// Print the intervals of each run too
    #[arg(long)]
    verbose: bool,
    /// Make one capture with this spin in ns, and print what it found
    #[arg(long, hide = true)]
    capture: Option<u32>,
    /// Cargo's own
    #[arg(long, hide = true)]
    bench: bool,
}

/// What one capture found.
struct Found {
    /// Mean of what was really spun: the difference of the two arms.
    truth: f64,
    transfer: Interval,
    hop: Interval,
}

pub(crate) fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(spin) = args.capture {
        return capture(spin, Duration::from_millis(args.ms));
    }
    match experiment(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn experiment(args: &Args) -> Result<bool, String> {
    let (mut same, mut spun) = (Vec::new(), Vec::new());
    // In turn, so that what the machine's neighbours do is in both.
    for _ in 0..args.runs {
        same.push(run(0, args.ms)?);
        spun.push(run(args.spin, args.ms)?);
    }
    let runs = args.runs;
    let count = |found: &[Found], what: &dyn Fn(&Found) -> bool| found.iter().filter(|found| what(found)).count();
    let covers = |interval: Interval, truth: f64| interval.low <= truth && truth <= interval.high;
    let mean = |found: &[Found], what: &dyn Fn(&Found) -> f64| found.iter().map(what).sum::<f64>() / found.len() as f64;
    let half = |interval: Interval| (interval.high - interval.low) / 2.0;

    let [transfers, hops] =
        [count(&same, &|found| found.transfer.significant), count(&same, &|found| found.hop.significant)];
    let seen = count(&spun, &|found| found.transfer.significant && found.transfer.value > 0.0);
    let covered = count(&spun, &|found| covers(found.transfer, found.truth));
    let hops_covered = count(&spun, &|found| covers(found.hop, found.truth));
    println!("{runs} runs of {} ms each, snapshot against snapshot:", args.ms);
    println!("  significant: transfers {transfers} of {runs}, whole hops {hops} of {runs}");
    println!(
        "  half width, mean: transfers {:.1} ns, whole hops {:.0} ns",
        mean(&same, &|found| half(found.transfer)),
        mean(&same, &|found| half(found.hop))
    );
    println!("{runs} runs with {:.1} ns more spinning in one arm's transfer:", mean(&spun, &|found| found.truth));
    println!(
        "  found in {seen} of {runs}, covered in {covered} of {runs}; covered by the whole hop's interval in {hops_covered} of {runs}"
    );
    println!(
        "  transfers: mean of the differences {:.1} ns, half width {:.1} ns",
        mean(&spun, &|found| found.transfer.value),
        mean(&spun, &|found| half(found.transfer))
    );
    if args.verbose {
        for found in same.iter().chain(&spun) {
            let shown = |i: Interval| format!("{:+.1} [{:+.1}, {:+.1}]", i.value, i.low, i.high);
            println!("  spun {:.1}: transfer {}, hop {}", found.truth, shown(found.transfer), shown(found.hop));
        }
    }
    let at_most = |count: usize, of_40: usize| count * 40 <= of_40 * runs;
    let at_least = |count: usize, percent: usize| count * 100 >= percent * runs;
    Ok(at_most(transfers, 6) && at_most(hops, 6) && at_least(seen, 95) && at_least(covered, 90))
}

/// One capture in a process of its own.
fn run(spin: u32, ms: u64) -> Result<Found, String> {
    let exe = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(exe)
        .args(["--capture", &spin.to_string(), "--ms", &ms.to_string()])
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let interval = |value, low, high| Interval { value, low, high, significant: low > 0.0 || high < 0.0 };
    match numbers[..] {
        [truth, a, b, c, d, e, f] => Ok(Found { truth, transfer: interval(a, b, c), hop: interval(d, e, f) }),
        _ => Err(format!("a capture said `{text}`; {}", String::from_utf8_lossy(&output.stderr))),
    }
}

/// 16 tasks that send small jobs through the pool, one after the other, for so long.
fn capture(spin: u32, length: Duration) -> ExitCode {
    twin::spin_for(spin);
    let guard = tollbridge::builder()
        .with_detail(Detail::Locks)
        .with_compare(&[Arm::Naive, Arm::Snapshot])
        .without_files()
        .with_summary(Summary::Off)
        .init();
    let runtime = Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        let end = Instant::now() + length;
        let tasks: Vec<_> = (0..16u64)
            .map(|task| {
                tokio::spawn(async move {
                    let mut sum = task;
                    while Instant::now() < end {
                        sum = spawn_blocking(move || std::hint::black_box(sum).rotate_left(7)).await.expect("a job");
                    }
                    sum
                })
            })
            .collect();
        for task in tasks {
            std::hint::black_box(task.await.expect("a task"));
        }
    });
    let Some(report) = guard.finish() else {
        eprintln!("another guard is armed");
        return ExitCode::FAILURE;
    };
    let [contrast] = &report.contrast[..] else {
        eprintln!("{} contrasts", report.contrast.len());
        return ExitCode::FAILURE;
    };
    let (Some(transfer), Some(hop)) = (contrast.transfer_difference_ns, contrast.hop_difference_ns) else {
        eprintln!("too few batches");
        return ExitCode::FAILURE;
    };
    let spun = |arm: Arm| {
        let alike = report.groups.iter().filter(|group| group.key.arm == arm && group.key.detail == Detail::Phases);
        twin::spun_ns(arm) / alike.map(|group| group.hop_ns.count()).sum::<u64>() as f64
    };
    println!(
        "{} {} {} {} {} {} {}",
        spun(Arm::Naive) - spun(Arm::Snapshot),
        transfer.value,
        transfer.low,
        transfer.high,
        hop.value,
        hop.low,
        hop.high
    );
    ExitCode::SUCCESS
}
