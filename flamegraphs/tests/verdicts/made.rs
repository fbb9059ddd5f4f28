//! Hops, and reports of them, made so that a rule applies, that it just does not, and that it must not.

use tollbridge_flamegraphs::verdict::{Rule, Saving, verdicts};
use tollbridge_report::hop::{Circumstances, HopRecord, Op, OpKind, Stamps};
use tollbridge_report::names::{Arm, Detail, LockOp, Outcome, Spacing, StartKind};
use tollbridge_report::{
    Aged, Block, BlockSeries, Blocks, Deadlock, Live, LiveSite, Machine, Pool, ProcessCpu, Report, Sequence, SiteCpu,
    Wait,
};

pub(crate) use tollbridge_testkit::phased::{CROSSING, Hop, ORDINARY, alike, records, report, report_of};

/// Back to back, or not.
pub(crate) fn in_a_row(is: bool) -> Circumstances {
    let spacing = if is { Spacing::Row } else { Spacing::Apart };
    Circumstances { spacing, ..Circumstances::default() }
}

pub(crate) fn rules(report: &Report) -> Vec<Rule> {
    verdicts(report).iter().map(|verdict| verdict.rule).collect()
}

pub(crate) fn saving(report: &Report, rule: Rule) -> Saving {
    let all = verdicts(report);
    let verdict = all.iter().find(|verdict| verdict.rule == rule);
    verdict.unwrap_or_else(|| panic!("{rule} is not said in {all:?}")).saving.unwrap()
}

pub(crate) fn assert_saves(report: &Report, rule: Rule, ns: f64) {
    let found = saving(report, rule);
    assert!((found.ns - ns).abs() < 0.02 * ns, "{} and not {ns}", found.ns);
    assert!(found.low_ns < found.ns && found.ns <= found.high_ns, "{found:?}");
    assert!(found.share > 0.0 && found.share <= 1.0, "{found:?}");
}

pub(crate) fn small(run: u64) -> Hop {
    Hop { run, ..ORDINARY }
}

/// Of hops that are called so many in a row.
pub(crate) fn in_rows(hops: &[Hop], of: u64) -> Report {
    let records = records(hops);
    let records: Vec<_> =
        (0..).zip(records).map(|(i, hop)| HopRecord { circumstances: in_a_row(i % of != 0), ..hop }).collect();
    report_of(&records, 5, 2)
}

pub(crate) fn woken(run: u64, submit: u64) -> Hop {
    Hop { submit, start: 1_000, run, resume: 0, ..ORDINARY }
}

/// Hops of the naive bridge, each of whose four locks takes so long, an empty span's 24.5 ns included.
pub(crate) fn naive(lock_ns: u64) -> Report {
    let mut hops = records(&[ORDINARY; 100]);
    for hop in &mut hops {
        (hop.arm, hop.detail) = (Arm::Naive, Detail::Locks);
        for op in [LockOp::Done, LockOp::Cancelled, LockOp::Exception, LockOp::Result] {
            hop.ops.push(Op { kind: OpKind::Lock(op), ns: lock_ns, contended: false });
        }
    }
    report_of(&hops, 5, 2)
}

/// One report for each rule.
pub(crate) fn all_rules() -> Vec<Report> {
    let pair = [vec![Hop { line: 1, ..small(2_000) }; 100], vec![Hop { line: 2, ..small(2_000) }; 100]].concat();
    vec![
        deadlocked(),
        endless(14, 16, 5 * SECOND, 8_000_000),
        given_up(50_000_000, 3 * SECOND, 50, 54),
        starved(4, 3 * SECOND, 5),
        behind(75_000_000, 100, 0),
        report(&[small(2_000); 2_000]),
        in_rows(&[small(2_000); 100], 1),
        with_sequence(in_rows(&pair, 1), 1, 2, 100, 0, 15_000),
        report_of(&records(&[woken(1_000, 4_000); 100]), 20, 40),
        computing(32),
        alike(Hop { backlog: 1_200_000, kind: StartKind::Handoff, ..ORDINARY }),
        report(&[vec![small(100_000); 990], vec![small(6_000_000); 10]].concat()),
        alike(Hop { unpolled: 2_000_000, ..ORDINARY }),
        alike(Hop { resume: 460_000, ..ORDINARY }),
        naive(30),
        alike(ORDINARY),
    ]
}

// What is known beyond hops: what is in flight, CPU time, sequences.

pub(crate) fn name(line: u32) -> (String, String) {
    (format!("src/store/meta.rs:{line}:9"), "svc::store::meta::get::{{closure}}".to_owned())
}

pub(crate) fn aged(count: u64, each_ns: u64) -> Aged {
    Aged { count, oldest_ns: each_ns, total_ns: count * each_ns }
}

pub(crate) fn live_site(line: u32) -> LiveSite {
    let (site, job) = name(line);
    LiveSite { site, job, ..LiveSite::default() }
}

pub(crate) fn live(sites: Vec<LiveSite>) -> Option<Live> {
    Some(Live { stuck_after_ns: 10_000_000_000, sites, ..Live::default() })
}

/// Lasts for so long, with so many threads that were so busy.
pub(crate) fn lasting(mut report: Report, ns: u64, threads: u64, busy_ns: u64) -> Report {
    report.processes[0].duration_ns = ns;
    report.pool = Pool { threads_seen: threads, thread_ns: threads * ns, busy_ns: Some(busy_ns), ..Pool::default() };
    report
}

/// CPU time on two processors that the process and others used, and how long its threads waited for one.
pub(crate) fn with_cpu(mut report: Report, own_ns: u64, others_ns: u64, wait_ns: u64) -> Report {
    let all = 2 * report.processes[0].duration_ns;
    let machine =
        Machine { busy_ns: own_ns + others_ns, idle_ns: all.saturating_sub(own_ns + others_ns), stolen_ns: 0 };
    report.processes[0].cpu =
        Some(ProcessCpu { processors: 2, cpu_ns: own_ns, wait_ns: Some(wait_ns), machine: Some(machine) });
    report
}

/// The share of a site's runs that is CPU time, in hundredths.
pub(crate) fn with_share(mut report: Report, line: u32, hundredths: u64) -> Report {
    let (site, job) = name(line);
    report.cpu.push(SiteCpu { site, job, jobs: 100, run_ns: 100_000_000, cpu_ns: 1_000_000 * hundredths });
    report.cpu.sort();
    report
}

pub(crate) fn with_sequence(mut report: Report, from: u32, to: u32, hops: u64, in_a_row: u64, gap_ns: u64) -> Report {
    let ((before_site, before_job), (site, job)) = (name(from), name(to));
    let gap_ns = hops * gap_ns;
    report.sequences.push(Sequence { before_site, before_job, site, job, hops, in_a_row, together: 0, gap_ns });
    report.sequences.sort();
    report
}

pub(crate) const SECOND: u64 = 1_000_000_000;

pub(crate) fn deadlocked() -> Report {
    let ((site, job), (queued_site, queued_job)) = (name(7), name(4));
    let wait = Wait { site, job, queued_site, queued_job, count: 8, oldest_ns: 4 * SECOND };
    let deadlock = Deadlock { runtime: 1, running: 8, queued: 16, age_ns: 4 * SECOND, waits: vec![wait.clone()] };
    let outer = LiveSite { running: aged(8, 4 * SECOND), queued: aged(8, 4 * SECOND), ..live_site(7) };
    let inner = LiveSite { queued: aged(8, 4 * SECOND), nested: 8, ..live_site(4) };
    let mut report = lasting(tollbridge_testkit::logs::stored_report(&[]), 4 * SECOND, 8, 32 * SECOND);
    report.live = live(vec![inner, outer]);
    let all = report.live.as_mut().unwrap();
    (all.waits, all.deadlocks) = (vec![wait], vec![deadlock]);
    report
}

/// Jobs that never end, beside hops that wait for what threads are left.
pub(crate) fn endless(jobs: u64, threads: u64, age_ns: u64, backlog: u64) -> Report {
    let hops = records(&[Hop { backlog, kind: StartKind::Handoff, ..small(1_000_000) }; 100]);
    let mut report =
        lasting(tollbridge_testkit::logs::stored_report(&hops), 5 * SECOND, threads, jobs * age_ns + SECOND);
    report.live = live(vec![LiveSite { running: aged(jobs, age_ns), stuck: 0, ..live_site(9) }]);
    report
}

/// Handles that were dropped after a wait; their jobs still run.
pub(crate) fn given_up(waited_ns: u64, age_ns: u64, running: u64, threads: u64) -> Report {
    let mut hops = records(&[ORDINARY; 100]);
    for (i, hop) in (0..50).zip(records(&[Hop { line: 9, ..ORDINARY }; 50])) {
        let called = hop.stamps.called;
        let stamps = Stamps {
            called,
            returned: Some(called + 1_000),
            first_poll: Some(called + 1_100),
            copied: Some(called + waited_ns + i),
            ..Stamps::default()
        };
        hops.push(HopRecord { outcome: Outcome::Detached, stamps, ..hop });
    }
    let mut report = lasting(tollbridge_testkit::logs::stored_report(&hops), 6 * SECOND, threads, running * age_ns);
    let jobs = LiveSite { running: aged(running, age_ns), abandoned: running, ..live_site(9) };
    report.live = live(vec![jobs]);
    report
}

/// Five hops of a site, and many calls that are queued.
pub(crate) fn starved(queued: u64, age_ns: u64, ended: usize) -> Report {
    let mut report =
        lasting(tollbridge_testkit::logs::stored_report(&records(&vec![ORDINARY; ended])), 4 * SECOND, 4, 0);
    report.live = live(vec![LiveSite { queued: aged(queued, age_ns), ..live_site(7) }]);
    report
}

/// Hops that start late on threads that no seen job keeps busy.
pub(crate) fn behind(start: u64, hops: usize, busy_ns: u64) -> Report {
    let report = report_of(&records(&vec![Hop { start, ..small(50_000) }; hops]), 10, 32);
    let lasted = report.processes[0].duration_ns;
    with_cpu(lasting(report, lasted, 32, busy_ns), lasted / 50, 0, 0)
}

/// Jobs of 8 ms of CPU time, so many at a time on two processors; what else they take they wait for a processor.
pub(crate) fn computing(at_a_time: u64) -> Report {
    let run = 4_000_000 * at_a_time;
    let report = report_of(&records(&[Hop { resume: 20_000_000, ..small(run) }; 100]), 10, at_a_time);
    let busy = 100 * run;
    let lasted = busy / at_a_time;
    let report = lasting(report, lasted, at_a_time, busy);
    let cpu = 2 * lasted;
    with_share(with_cpu(report, cpu, 0, busy - cpu), 7, 100 * cpu / busy)
}

/// Jobs that wait for a second before a job that waits, and what the processors did.
pub(crate) fn queued(hops: &[Hop], threads: u64, in_stretch: u64, cpu_each_ns: u64) -> Report {
    let report = report_of(&records(hops), 10, threads);
    let mut report = lasting(report, SECOND, threads, 0);
    let sum = |of: fn(&Hop) -> u64| hops.iter().map(of).sum::<u64>();
    let (run_ns, backlog_ns) = (sum(|hop| hop.run), sum(|hop| hop.backlog));
    #[expect(clippy::cast_possible_truncation, reason = "as many ns as there are in the stretch")]
    let of = |ns: u64| (u128::from(ns) * u128::from(in_stretch * SECOND) / u128::from(run_ns + backlog_ns)) as u64;
    let block =
        Block { index: 0, hops: 100, transfer_ns: 0, hop_ns: 0, run_ns: of(run_ns), backlog_ns: of(backlog_ns) };
    let series = vec![BlockSeries { arm: Arm::Snapshot, detail: Detail::Phases, blocks: vec![block] }];
    report.blocks = vec![Blocks { length_ns: SECOND, series, stretches: None }];
    with_share(with_cpu(report, 100 * cpu_each_ns, 0, 0), 7, 1)
}

/// Hops that were seen from inside their closure only.
pub(crate) fn wrapped(reach: u64, run: u64) -> Vec<HopRecord<'static>> {
    let mut hops = records(&[Hop { submit: 0, start: reach, ..small(run) }; 100]);
    for hop in &mut hops {
        hop.arm = Arm::Wrapped;
        hop.stamps.copied = hop.stamps.run_end;
        (hop.stamps.returned, hop.stamps.published, hop.stamps.first_poll, hop.stamps.ready) = (None, None, None, None);
    }
    hops
}
