//! The intervals of arms against each other, on simulated captures: how often they cry wolf where both arms are the same,
//! and how often they find and cover a difference that was put in. Every draw is seeded, so each run is the same.

use std::fmt::Write as _;

use tollbridge_report::aggregate::Tally;
use tollbridge_report::hop::{Circumstances, HopRecord, Ops, Site, Stamps};
use tollbridge_report::names::{Arm, Detail, Outcome};
use tollbridge_report::{Block, BlockSeries, Blocks, Contrast, Interval, Report};
use tollbridge_testkit::random::Random;

/// Where a hop ended, and its lengths, all in ns; without the arm's own.
struct Drawn {
    at: f64,
    transfer: f64,
    hop: f64,
}

/// How hops come about.
struct Process {
    name: &'static str,
    hops: usize,
    capture_ns: f64,
    /// How many of the hops are naive ones.
    naive: f64,
    /// Gives the hop at a share of the capture; may keep a state of its own between hops.
    draw: fn(&mut Random, &mut f64, share: f64) -> Drawn,
}

/// A transfer as real ones are: some 40 ns, and one in 5,000 interrupted for some us.
fn transfer(random: &mut Random) -> f64 {
    let interrupted = if random.unit() < 2e-4 { 15_000.0 * random.exponential() } else { 0.0 };
    random.lognormal(40.0, 0.3) + interrupted
}

fn steady(random: &mut Random, _: &mut f64, share: f64) -> Drawn {
    Drawn { at: share, transfer: transfer(random), hop: random.lognormal(20_000.0, 0.5) }
}

/// First-order autoregression of 0.99 in the logarithm: a slow hop is followed by slow hops.
fn correlated(random: &mut Random, state: &mut f64, share: f64) -> Drawn {
    *state = 0.99 * *state + 0.14 * random.normal();
    let slow = state.exp();
    Drawn { at: share, transfer: slow * transfer(random), hop: slow * random.lognormal(20_000.0, 0.3) }
}

fn heavy(random: &mut Random, _: &mut f64, share: f64) -> Drawn {
    Drawn { at: share, transfer: random.pareto(30.0, 1.8), hop: random.pareto(8_000.0, 1.5) }
}

fn drifting(random: &mut Random, _: &mut f64, share: f64) -> Drawn {
    let slow = 1.0 + 4.0 * share;
    Drawn { at: share, transfer: slow * transfer(random), hop: slow * random.lognormal(20_000.0, 0.5) }
}

/// All work in the fifth power's corner: the first blocks hold most hops.
fn crowded(random: &mut Random, _: &mut f64, share: f64) -> Drawn {
    Drawn { at: share.powi(5), transfer: transfer(random), hop: random.lognormal(20_000.0, 1.0) }
}

/// Six storms of different sizes with nothing between, each of its own speed.
fn storms(random: &mut Random, _: &mut f64, share: f64) -> Drawn {
    let storm = (share * share * 6.0).floor();
    let slow = 1.0 + (storm * 2.0) % 5.0;
    let at = (storm + 0.05 + 0.3 * random.unit()) / 6.0;
    Drawn { at, transfer: slow * transfer(random), hop: slow * random.lognormal(20_000.0, 0.8) }
}

const SECOND: f64 = 1e9;

const PROCESSES: [Process; 10] = [
    Process { name: "steady", hops: 1000, capture_ns: SECOND, naive: 0.5, draw: steady },
    Process { name: "correlated", hops: 1000, capture_ns: SECOND, naive: 0.5, draw: correlated },
    Process { name: "heavy tails", hops: 1000, capture_ns: SECOND, naive: 0.5, draw: heavy },
    Process { name: "drifting", hops: 1000, capture_ns: SECOND, naive: 0.5, draw: drifting },
    Process { name: "crowded", hops: 1000, capture_ns: SECOND, naive: 0.5, draw: crowded },
    Process { name: "storms", hops: 1000, capture_ns: SECOND, naive: 0.5, draw: storms },
    Process { name: "sparse", hops: 150, capture_ns: SECOND, naive: 0.5, draw: correlated },
    Process { name: "unequal shares", hops: 2000, capture_ns: SECOND, naive: 0.1, draw: correlated },
    Process { name: "short", hops: 500, capture_ns: SECOND / 16.0, naive: 0.5, draw: steady },
    Process { name: "long", hops: 2000, capture_ns: 600.0 * SECOND, naive: 0.5, draw: correlated },
];

impl Process {
    /// One capture: calls `hop` with the arm, when it ended, and its two lengths. `planted` ns are put into every naive transfer.
    fn capture(&self, seed: u64, planted: f64, mut hop: impl FnMut(Arm, u64, u64, u64)) {
        let mut random = Random(seed);
        let mut state = random.normal();
        for i in 0..self.hops {
            let share = (i as f64 + random.unit()) / self.hops as f64;
            let drawn = (self.draw)(&mut random, &mut state, share);
            let (arm, more) = if random.unit() < self.naive { (Arm::Naive, planted) } else { (Arm::Snapshot, 0.0) };
            // A ms in, so that no hop was called before the capture began.
            let at = 1e6 + drawn.at * (self.capture_ns - 1e6);
            hop(arm, whole(at), whole(drawn.transfer + more), whole(drawn.hop + more));
        }
    }

    /// The report of a capture, its blocks added up here: the recorder's own way takes ten times as long.
    fn report(&self, seed: u64, planted: f64) -> Report {
        const FIRST: u64 = 1 << 23;
        let mut length_ns = FIRST;
        while self.capture_ns > length_ns as f64 * 128.0 {
            length_ns *= 2;
        }
        let mut blocks = [vec![Block::default(); 129], vec![Block::default(); 129]];
        self.capture(seed, planted, |arm, at, transfer, hop| {
            let index = u32::try_from(at / length_ns).expect("within the capture");
            let block = &mut blocks[usize::from(arm == Arm::Naive)][index as usize];
            block.index = index;
            block.hops += 1;
            block.transfer_ns += transfer;
            block.hop_ns += hop;
        });
        let [snapshot, naive] = blocks.map(|all| all.into_iter().filter(|block| block.hops > 0).collect::<Vec<_>>());
        let series = [(Arm::Naive, naive), (Arm::Snapshot, snapshot)];
        let series = series.map(|(arm, blocks)| BlockSeries { arm, detail: Detail::Phases, blocks }).to_vec();
        let mut report = Report { blocks: vec![Blocks { length_ns, series, stretches: None }], ..Report::default() };
        report.derive();
        report
    }

    /// The same by the public road.
    fn tallied(&self, seed: u64, planted: f64) -> Report {
        let mut tally = Tally::default();
        self.capture(seed, planted, |arm, at, transfer, hop| {
            let called = at.saturating_sub(hop.max(transfer));
            let ready = at.saturating_sub(transfer);
            tally.hop(&HopRecord {
                site: Site { file: "sim.rs", line: 1, column: 1, job: "job" },
                arm,
                detail: Detail::Phases,
                outcome: Outcome::Joined,
                stamps: Stamps {
                    called,
                    returned: Some(called),
                    previous_end: None,
                    run_start: Some(called),
                    run_end: Some(called),
                    published: Some(called),
                    first_poll: Some(called),
                    ready: Some(ready),
                    copied: Some(at),
                    pool_thread: Some(1),
                },
                ops: Ops::default(),
                copied_bytes: 0,
                circumstances: Circumstances::default(),
            });
        });
        tally.report()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths are positive; a fraction of a ns is none"
)]
fn whole(ns: f64) -> u64 {
    ns as u64
}

fn only(report: &Report) -> &Contrast {
    assert_eq!(report.contrast.len(), 1);
    &report.contrast[0]
}

fn transfers(contrast: &Contrast) -> Interval {
    contrast.transfer_difference_ns.expect("there are batches enough")
}

fn hops(contrast: &Contrast) -> Interval {
    contrast.hop_difference_ns.expect("there are batches enough")
}

/// Captures of each process where the arms are the same.
const CAPTURES: u64 = 200;
/// How many of them may show a difference: ten are expected, and more than this come in one of 150 such rows.
const MOST: usize = 18;

#[test]
fn the_same_arm_twice_is_rarely_significant() {
    let (mut table, mut worst) = (String::new(), 0);
    for (i, process) in (1u64..).zip(&PROCESSES) {
        let mut significant = [0, 0];
        for seed in 0..CAPTURES {
            let report = process.report(i << 32 | seed << 8, 0.0);
            significant[0] += usize::from(transfers(only(&report)).significant);
            significant[1] += usize::from(hops(only(&report)).significant);
        }
        worst = worst.max(significant[0]).max(significant[1]);
        writeln!(
            table,
            "{:<15} transfers {:>3}, hops {:>3} of {CAPTURES}",
            process.name, significant[0], significant[1]
        )
        .unwrap();
    }
    eprint!("{table}");
    assert!(worst <= MOST, "{table}");
}

#[test]
fn what_was_put_in_is_found_and_covered() {
    const PLANTED: f64 = 200.0;
    let mut table = String::new();
    let mut wrong = false;
    // Where the transfers' noise is that of real ones; in others 200 ns may be too little to find. The last two have a few
    // batches that outweigh all others, and so few degrees of freedom: their intervals may be too wide, not too narrow.
    for (name, widest) in [("steady", 98.0), ("drifting", 98.0), ("long", 98.0), ("crowded", 100.0), ("storms", 100.0)]
    {
        let process = PROCESSES.iter().find(|process| process.name == name).expect("a name of the list");
        let process = Process { hops: process.hops * 4, ..*process };
        let captures = 500u64;
        let (mut found, mut covered) = (0, 0);
        for seed in 0..captures {
            let interval = transfers(only(&process.report(seed << 20 | 7, PLANTED)));
            found += u64::from(interval.significant && interval.value > 0.0);
            covered += u64::from(interval.low <= PLANTED && PLANTED <= interval.high);
        }
        let percent = |count: u64| 100.0 * count as f64 / captures as f64;
        writeln!(table, "{name:<15} found {:.1} %, covered {:.1} %", percent(found), percent(covered)).unwrap();
        wrong |= percent(found) < 95.0 || !(90.0..=widest).contains(&percent(covered));
    }
    eprint!("{table}");
    assert!(!wrong, "{table}");
}

#[test]
fn hops_that_take_the_recorders_own_road_give_the_same_intervals() {
    for (i, process) in PROCESSES.iter().enumerate() {
        let (short, long) = (process.report(i as u64, 200.0), process.tallied(i as u64, 200.0));
        let (short, long) = (transfers(only(&short)), transfers(only(&long)));
        assert!((short.value - long.value).abs() < 1e-6, "{}: {short:?} {long:?}", process.name);
        assert!((short.high - long.high).abs() < 1e-6, "{}: {short:?} {long:?}", process.name);
    }
}
