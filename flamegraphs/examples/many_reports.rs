//! Writes reports as the processes of a fleet would leave them: `DIR/svc-PID-TIME/report.json`. For `scripts/merge_speed.sh`.
//!
//!     cargo run --release -p tollbridge-flamegraphs --example many_reports -- DIR [REPORTS [SITES [HOPS]]]
//!
//! HOPS is of one site in one report. All sites are bridged by `snapshot` and recorded in detail.

use std::path::Path;
use std::process::ExitCode;

use tollbridge_report::aggregate::Tally;
use tollbridge_report::hop::{Circumstances, HopRecord, Op, OpKind, Ops, Site, Stamps};
use tollbridge_report::names::{Arm, Detail, LockOp, Outcome};
use tollbridge_report::{Clock, Process, Report, Settings};
use tollbridge_testkit::random::Random;

/// Reports that differ in their hops; the others differ in their process alone.
const UNLIKE: u32 = 10;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u32| args.get(at).map_or(Ok(default), |arg| arg.parse());
    let (Some(folder), Ok(reports), Ok(sites), Ok(hops)) =
        (args.first(), number(1, 1000), number(2, 100), number(3, 1000))
    else {
        eprintln!("usage: many_reports DIR [REPORTS [SITES [HOPS]]]");
        return ExitCode::from(2);
    };
    match write(Path::new(folder), reports, sites, hops) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("many_reports: failed to write below {folder}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path, reports: u32, sites: u32, hops: u32) -> std::io::Result<()> {
    let mut random = Random(1);
    let mut unlike: Vec<Report> = (0..UNLIKE.min(reports)).map(|_| report(&mut random, sites, hops)).collect();
    for i in 0..reports {
        let report = &mut unlike[(i % UNLIKE) as usize];
        let started_unix_ms = 1_704_067_200_000 + u64::from(i);
        let process = Process {
            exe: "svc".to_owned(),
            pid: 1000 + i,
            started_unix_ms,
            complete: true,
            ..report.processes[0].clone()
        };
        let run = folder.join(format!("svc-{}-{}", process.pid, started_unix_ms / 1000));
        report.processes = vec![process];
        std::fs::create_dir_all(&run)?;
        report.save(&run.join("report.json"))?;
    }
    Ok(())
}

fn report(random: &mut Random, sites: u32, hops: u32) -> Report {
    let mut tally = Tally::default();
    let mut called = 1_000_000;
    for i in 0..sites * hops {
        called += random.length(50_000);
        tally.hop(&hop(random, called, i % sites, i));
    }
    let mut report = tally.report();
    report.settings = Some(Settings { detail: Detail::Locks, arms: vec![Arm::Snapshot], visible: false });
    report.clock = Some(Clock {
        source: "tsc".to_owned(),
        ticks_per_ns: 2.6,
        grain_ns: 0.4,
        floor_ns: 9.5,
        ordered_floor_ns: 24.4,
        corrected: 0,
    });
    report
}

fn hop(random: &mut Random, called: u64, site: u32, i: u32) -> HopRecord<'static> {
    const JOBS: [&str; 4] = [
        "svc::store::meta::get::{{closure}}",
        "svc::store::scan::run::{{closure}}",
        "svc::dns::resolve::{{closure}}",
        "svc::auth::hash::{{closure}}",
    ];
    let mut at = called;
    let mut after = |mean: u64| {
        at += random.length(mean);
        Some(at)
    };
    let returned = after(900);
    let run_start = after(9_800);
    let run_end = after(1_000 * u64::from(1 + site % 50));
    let published = after(90);
    let ready = after(10_500);
    let copied = after(60);
    let mut ops = Ops::default();
    ops.push(Op { kind: OpKind::Lock(LockOp::Publish), ns: random.length(20), contended: false });
    ops.push(Op { kind: OpKind::Copy, ns: random.length(10), contended: false });
    HopRecord {
        site: Site { file: "src/store/meta.rs", line: 10 + site, column: 14, job: JOBS[(site % 4) as usize] },
        arm: Arm::Snapshot,
        detail: Detail::Locks,
        outcome: Outcome::Joined,
        stamps: Stamps {
            called,
            returned,
            previous_end: (i % 8 == 0).then_some(called + 2_000),
            run_start,
            run_end,
            published,
            first_poll: Some(called + 500),
            ready,
            copied,
            pool_thread: Some(1 + i % 16),
        },
        ops,
        copied_bytes: 24,
        circumstances: Circumstances::default(),
    }
}
