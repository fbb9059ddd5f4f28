//! Every rule of the verdicts, on hops made so that it speaks, that it just does not, and that it must not.

mod common;

use common::golden;
use tollbridge_flamegraphs::verdict::{Level, Per, Rule, Saving, Verdict, verdicts};
use tollbridge_flamegraphs::{ScreenOptions, screen, verdicts_json, verdicts_text};
use tollbridge_instrument::hop::{Circumstances, HopRecord, Op, OpKind, Ops, Site, Stamps};
use tollbridge_instrument::names::{Arm, Detail, LockOp, Outcome, Spacing, StartKind};
use tollbridge_instrument::report::{
    Aged, Block, BlockSeries, Blocks, Contrast, Deadlock, Interval, Live, LiveSite, Machine, Pool, ProcessCpu, Report,
    RuntimePool, Sequence, SiteCpu, Wait,
};

/// Back to back, or not.
fn in_a_row(is: bool) -> Circumstances {
    let spacing = if is { Spacing::Row } else { Spacing::Apart };
    Circumstances { spacing, ..Circumstances::default() }
}

/// Durations in ns.
#[derive(Clone, Copy)]
struct Hop {
    line: u32,
    submit: u64,
    backlog: u64,
    kind: StartKind,
    start: u64,
    run: u64,
    unpolled: u64,
    resume: u64,
}

const PUBLISH: u64 = 80;
const TRANSFER: u64 = 50;
/// What each of [`ORDINARY`] pays to cross.
const CROSSING: u64 = 1_000 + 5_000 + PUBLISH + 8_000 + TRANSFER;

/// A job of 400 us on a thread that was woken.
const ORDINARY: Hop = Hop {
    line: 7,
    submit: 1_000,
    backlog: 0,
    kind: StartKind::Pickup,
    start: 5_000,
    run: 400_000,
    unpolled: 0,
    resume: 8_000,
};

impl Hop {
    fn record(&self, i: u64) -> HopRecord<'static> {
        let called = 10_000_000_000 + 1_000 * i;
        let returned = called + self.submit;
        let previous_end = match self.kind {
            StartKind::NewThread => None,
            StartKind::Pickup => Some(called - 1),
            StartKind::Handoff => Some(returned + self.backlog),
        };
        let run_start = returned.max(previous_end.unwrap_or(0)) + self.start;
        let run_end = run_start + self.run;
        let published = run_end + PUBLISH;
        let first_poll = if self.unpolled > 0 { published + self.unpolled } else { published };
        let ready = first_poll + self.resume;
        HopRecord {
            site: Site {
                file: "src/store/meta.rs",
                line: self.line,
                column: 9,
                job: "svc::store::meta::get::{{closure}}",
            },
            arm: Arm::Snapshot,
            detail: Detail::Phases,
            outcome: Outcome::Joined,
            stamps: Stamps {
                called,
                returned: Some(returned),
                previous_end,
                run_start: Some(run_start),
                run_end: Some(run_end),
                published: Some(published),
                first_poll: Some(first_poll),
                ready: Some(ready),
                copied: Some(ready + TRANSFER),
                pool_thread: Some(1),
            },
            ops: Ops::default(),
            copied_bytes: 24,
            // All of one row.
            circumstances: in_a_row(i > 0),
        }
    }
}

/// A report of hops of which `under_way` (tenths) were so at a time, on so many threads.
fn report_of(hops: &[HopRecord<'_>], tenths_under_way: u64, threads: u64) -> Report {
    let mut report = common::stored_report(hops);
    let ns: u64 = hops.iter().map(|hop| hop.stamps.copied.unwrap() - hop.stamps.called).sum();
    report.processes[0].duration_ns = 10 * ns / tenths_under_way;
    report.pool.threads_seen = threads;
    report
}

fn records(hops: &[Hop]) -> Vec<HopRecord<'static>> {
    (0u64..).zip(hops).map(|(i, hop)| hop.record(i)).collect()
}

/// Of hops that come one by one.
fn report(hops: &[Hop]) -> Report {
    report_of(&records(hops), 5, 2)
}

fn alike(hop: Hop) -> Report {
    report(&[hop; 100])
}

fn rules(report: &Report) -> Vec<Rule> {
    verdicts(report).iter().map(|verdict| verdict.rule).collect()
}

fn saving(report: &Report, rule: Rule) -> Saving {
    let all = verdicts(report);
    let verdict = all.iter().find(|verdict| verdict.rule == rule);
    verdict.unwrap_or_else(|| panic!("{rule} is not said in {all:?}")).saving.unwrap()
}

fn assert_saves(report: &Report, rule: Rule, ns: f64) {
    let found = saving(report, rule);
    assert!((found.ns - ns).abs() < 0.02 * ns, "{} and not {ns}", found.ns);
    assert!(found.low_ns < found.ns && found.ns <= found.high_ns, "{found:?}");
    assert!(found.share > 0.0 && found.share <= 1.0, "{found:?}");
}

fn small(run: u64) -> Hop {
    Hop { run, ..ORDINARY }
}

#[test]
fn ordinary_hops_are_fine() {
    let all = verdicts(&alike(ORDINARY));
    let [Verdict { rule: Rule::Fine, site: Some(site), saving: None, code: None, .. }] = &all[..] else {
        panic!("{all:?}")
    };
    assert_eq!(
        (site.site.as_str(), site.job.as_str()),
        ("src/store/meta.rs:7:9", "svc::store::meta::get::{{closure}}")
    );
}

#[test]
fn nothing_is_said_of_too_few_hops_of_logs_and_of_visible_ones() {
    assert_eq!(rules(&report(&[small(2_000); 100])), [Rule::SmallWork]);
    assert_eq!(rules(&report(&[small(2_000); 99])), []);
    let mut visible = alike(small(2_000));
    visible.settings.as_mut().unwrap().visible = true;
    assert_eq!(rules(&visible), []);
    assert_eq!(rules(&common::tally(&records(&[small(2_000); 100]))), []);
    let mut mixed = alike(small(2_000));
    mixed.merge(&visible);
    assert_eq!((rules(&mixed), mixed.settings), (vec![], None));
}

#[test]
fn small_work_is_what_is_shorter_than_its_crossing() {
    assert_eq!(rules(&alike(small(CROSSING))), [Rule::Fine]);
    assert_eq!(rules(&alike(small(CROSSING - 1))), [Rule::SmallWork]);
    assert_saves(&alike(small(CROSSING - 1)), Rule::SmallWork, CROSSING as f64 / 2.0);
    let ten = alike(small(CROSSING / 10 + 1));
    assert_eq!(saving(&ten, Rule::SmallWork).per, Per::Job);
    assert_saves(&ten, Rule::SmallWork, 0.9 * CROSSING as f64);
    assert!(
        verdicts(&ten)[0].attempt.starts_with("batching 10 or more jobs per call"),
        "{:?}",
        verdicts(&ten)[0].attempt
    );
    // The clock's floor is 21 ns.
    assert!(verdicts(&alike(small(20)))[0].attempt.starts_with("batching 100 or more jobs per call"));
}

#[test]
fn what_no_crossing_takes_is_no_reason_for_a_batch() {
    // 1.8 ms in which neither the caller nor the thread had a processor.
    let late = |run| Hop { submit: 900_000, start: 900_000, ..small(run) };
    let said = verdicts(&alike(late(1_000_000)));
    let [Verdict { rule: Rule::Fine, evidence, .. }] = &said[..] else { panic!("{said:?}") };
    assert!(evidence[0].ends_with("100 us at most is crossing: the rest is a wait for a processor"), "{evidence:?}");
    assert_saves(&alike(late(50_000)), Rule::SmallWork, 50_000.0);
}

#[test]
fn a_few_long_jobs_do_not_make_the_others_worth_their_crossing() {
    // One in ten waits for a lock: the mean run is longer than the crossing, the median is not.
    let tailed = [vec![small(2_000); 90], vec![small(400_000); 10]].concat();
    let all = verdicts(&report(&tailed));
    let verdict = all.iter().find(|verdict| verdict.rule == Rule::SmallWork).expect("most jobs are short");
    assert_eq!(
        verdict.evidence[2],
        "that is its median run: half of the jobs take no longer, and a few long ones make a mean of 41.8 us"
    );
    // Where that leaves nothing to try, the median is called one too.
    let fine = verdicts(&report(&[vec![small(20_000); 90], vec![small(2_000_000); 10]].concat()));
    let [Verdict { rule: Rule::Fine, evidence, .. }] = &fine[..] else { panic!("{fine:?}") };
    assert!(
        evidence[0].starts_with("a job takes 20.") && evidence[1].starts_with("that is its median run"),
        "{evidence:?}"
    );
    // As many long ones as short ones: then the long ones are what a job runs.
    let half = [vec![small(2_000); 49], vec![small(400_000); 51]].concat();
    assert!(!rules(&report(&half)).contains(&Rule::SmallWork));
}

/// Of hops that are called so many in a row.
fn in_rows(hops: &[Hop], of: u64) -> Report {
    let records = records(hops);
    let records: Vec<_> =
        (0..).zip(records).map(|(i, hop)| HopRecord { circumstances: in_a_row(i % of != 0), ..hop }).collect();
    report_of(&records, 5, 2)
}

#[test]
fn a_batch_is_of_jobs_that_a_task_calls_in_a_row() {
    let said = |of| verdicts(&in_rows(&[small(2_000); 100], of)).remove(0);
    let all = |row| format!("batching 8 or more jobs per call, best all that a task calls back to back (about {row})");
    assert_eq!(said(20).attempt, all(20));
    assert_eq!(said(8).attempt, all(8));
    assert_eq!(said(1_000).attempt, all(100));
    let many = verdicts(&in_rows(&[small(2_000); 101], 1_000)).remove(0);
    assert_eq!(
        many.attempt,
        "batching 8 or more jobs per call, so that crossing costs less than the work: a task makes about 100 calls back to back"
    );
    assert!(said(20).evidence.iter().any(|told| told.starts_with("tasks make about 20 of these calls back to back")));
    assert_eq!(said(8).saving, said(20).saving);
    // Fewer than are needed: all of them, and what these save.
    assert_eq!(said(4).attempt, "batching 4 jobs per call: a task makes about 4 calls back to back");
    assert_saves(&in_rows(&[small(2_000); 100], 4), Rule::SmallWork, CROSSING as f64 * 0.75);
    assert_saves(&in_rows(&[small(2_000); 100], 2), Rule::SmallWork, CROSSING as f64 * 0.5);
}

#[test]
fn small_work_that_stands_alone_goes_without_a_hop_or_stays() {
    let alone = |hops: &[Hop]| in_rows(hops, 1);
    let long = [vec![small(2_000); 1_997], vec![small(60_000); 3]].concat();
    for (report, why) in [
        (alone(&[small(2_000); 100]), "its run is known of 100 hops: too few to tell"),
        (alone(&long), "p99.9 of its run is 59.9 us"),
    ] {
        let all = verdicts(&report);
        let [Verdict { rule: Rule::LoneWork, site: Some(_), saving: None, evidence, code: None, risk, .. }] = &all[..]
        else {
            panic!("{all:?}")
        };
        assert!(evidence.iter().any(|told| {
            told.starts_with("fewer than half of these calls follow another one of the same task within 2 ms: 0 of ")
        }));
        assert!(evidence.iter().any(|told| told.starts_with(why)), "{evidence:?}");
        assert!(risk.is_empty());
        let shown = screen(&report, &ScreenOptions::default().with_width(Some(1_000)));
        assert!(
            shown
                .contains("TRY   nothing: meta.rs:7 get is small for its crossing, and its calls come one at a time\n"),
            "{shown}"
        );
    }
    // Short beyond doubt: all of the crossing.
    let short = alone(&[small(2_000); 2_000]);
    assert_saves(&short, Rule::SmallWork, CROSSING as f64);
    let verdict = verdicts(&short).remove(0);
    assert_eq!(verdict.attempt, "no hop: calling it on the awaiter's own thread");
    assert!(!verdict.risk.contains("batch") && !verdict.code.unwrap().contains("chunks"));
    // One in two alone is no row.
    let pairs = [vec![small(2_000); 101], vec![Hop { line: 8, ..small(2_000) }; 100]].concat();
    assert_eq!(rules(&in_rows(&pairs, 2)), [Rule::SmallWork, Rule::LoneWork]);
}

#[test]
fn of_small_work_the_crossing_is_what_batches_save() {
    // Hops that wait for each other: without resume.
    let crowd = |run| report_of(&records(&[small(run); 100]), 100_000, 2);
    assert_eq!(rules(&crowd(CROSSING - 8_001)), [Rule::SmallWork]);
    assert_eq!(rules(&crowd(CROSSING - 8_000)), [Rule::Fine]);
    // Time in which nothing awaits is no part of it.
    assert_eq!(rules(&alike(Hop { unpolled: 2_000, ..small(CROSSING) })), [Rule::Fine]);
    assert_eq!(rules(&alike(Hop { unpolled: CROSSING + 1, ..small(CROSSING) })), [Rule::Unpolled]);
    // A late awaiter: without what it is late by.
    let late = |run| alike(Hop { resume: 115_000, ..small(run) });
    assert_eq!(rules(&late(CROSSING + 6_999)), [Rule::LateAwaiter, Rule::SmallWork]);
    assert_eq!(rules(&late(CROSSING + 7_000)), [Rule::LateAwaiter]);
}

#[test]
fn inline_takes_the_p999_and_enough_hops() {
    let inline = |short: usize, run: u64, long: usize| {
        let hops = [vec![small(run); short], vec![small(60_000); long]].concat();
        let said = verdicts(&report(&hops));
        assert_eq!(said[0].rule, Rule::SmallWork);
        said[0].attempt.contains("no hop")
    };
    assert!(inline(2_000, 2_000, 0) && inline(1_998, 2_000, 2));
    assert!(!inline(1_997, 2_000, 3), "the p99.9 is one of the long ones");
    assert!(!inline(1_999, 2_000, 0), "too few hops to know a p99.9");
    // Buckets from 9,728 to 9,983 and from 9,984 to 10,239.
    assert!(inline(2_000, 9_900, 0) && !inline(2_000, 9_990, 0));
}

fn woken(run: u64, submit: u64) -> Hop {
    Hop { submit, start: 1_000, run, resume: 0, ..ORDINARY }
}

#[test]
fn the_pool_is_too_wide_if_short_jobs_that_come_together_wake_many_threads() {
    let hops = |woken: Hop, handed: usize| {
        let handed = vec![Hop { kind: StartKind::Handoff, backlog: 1, ..woken }; handed];
        records(&[vec![woken; 100 - handed.len()], handed].concat())
    };
    let wide = woken(5_000, 4_000);
    // The job pays 5,130 ns, of which another pool saves 3,900.
    assert_eq!(rules(&report_of(&hops(wide, 0), 20, 5)), [Rule::WidePool]);
    assert_eq!(rules(&report_of(&hops(woken(2_400, 4_000), 0), 20, 50)), [Rule::WidePool]);
    assert_eq!(rules(&report_of(&hops(woken(100, 4_000), 0), 20, 50)), [Rule::WidePool, Rule::SmallWork]);
    assert_saves(&report_of(&hops(woken(100, 4_000), 0), 20, 50), Rule::SmallWork, 1_230.0 * 12.0 / 13.0);
    assert_eq!(rules(&report_of(&hops(woken(1_000, 4_000), 0), 20, 50)), [Rule::WidePool], "less than 1 us");
    assert_saves(&report_of(&hops(wide, 0), 20, 5), Rule::WidePool, 3_900.0);
    assert!(verdicts(&report_of(&hops(wide, 0), 20, 5))[0].attempt.starts_with("2 blocking threads"));
    let silent = |report: &Report| !rules(report).contains(&Rule::WidePool);
    assert!(silent(&report_of(&hops(wide, 0), 19, 5)), "too few together");
    assert!(silent(&report_of(&hops(wide, 0), 20, 4)), "not many threads");
    assert!(!silent(&report_of(&hops(wide, 70), 20, 5)) && silent(&report_of(&hops(wide, 71), 20, 5)), "handed on");
    assert!(!silent(&report_of(&hops(woken(15_000, 4_000), 0), 20, 50)));
    assert!(silent(&report_of(&hops(woken(17_000, 4_000), 0), 20, 50)), "longer jobs");
    // Some that lost their processor do not make the others long; some that are long would hold them up.
    let some = |long: usize, run| {
        let hops = [vec![wide; 100 - long], vec![woken(run, 4_000); long]].concat();
        report_of(&records(&hops), 20, 50)
    };
    assert!(!silent(&some(49, 17_000)) && silent(&some(51, 17_000)));
    assert!(!silent(&some(5, 200_000)) && silent(&some(6, 200_000)));
    // Where jobs wait for threads, a narrower pool is no help.
    let mut with_backlog = hops(wide, 0);
    with_backlog.extend(records(&[Hop { line: 8, backlog: 900_000, kind: StartKind::Handoff, ..ORDINARY }; 100]));
    assert!(silent(&report_of(&with_backlog, 40, 50)));
}

#[test]
fn backlog_is_capacity_if_it_is_more_than_the_crossing_and_a_fifth_of_the_hop() {
    let waits = |backlog, run| alike(Hop { backlog, kind: StartKind::Handoff, ..small(run) });
    assert_eq!(rules(&waits(1_200_000, 400_000)), [Rule::Backlog]);
    assert_saves(&waits(1_200_000, 400_000), Rule::Backlog, 1_200_000.0);
    // Two threads, and three jobs before each.
    let said = verdicts(&waits(1_200_000, 400_000));
    assert!(said[0].attempt.starts_with("8 blocking threads"), "{}", said[0].attempt);
    assert_eq!(said[0].confidence.level, Level::Low, "whether jobs compute is not known");
    assert_eq!(rules(&waits(104_000, 400_000)), [Rule::Backlog]);
    assert_eq!(rules(&waits(103_000, 400_000)), [Rule::Fine], "less than a fifth");
    assert_eq!(rules(&waits(CROSSING, 20_000)), [Rule::Fine], "no more than the crossing");
    let said = |run| rules(&waits(1_000_000, run)).contains(&Rule::Backlog);
    assert!(said(16_100) && !said(15_800), "shorter than it is worth to wake a thread for");
    assert_eq!(rules(&waits(CROSSING + 1, 20_000)), [Rule::Backlog]);
}

#[test]
fn a_long_tail_is_few_jobs_that_take_much() {
    let tail = |jobs: usize, run: u64| report(&[vec![small(100_000); 1_000 - jobs], vec![small(run); jobs]].concat());
    assert_eq!(rules(&tail(10, 6_000_000)), [Rule::LongTail]);
    assert_saves(&tail(10, 6_000_000), Rule::LongTail, 59_000.0);
    assert_eq!(rules(&tail(4, 20_000_000)), [Rule::Fine], "too few to tell");
    assert_eq!(rules(&tail(50, 1_100_000)), [Rule::LongTail]);
    assert_eq!(rules(&tail(51, 1_100_000)), [Rule::Fine], "no exception");
    assert_eq!(rules(&tail(50, 990_000)), [Rule::Fine], "not ten times the median");
    assert_eq!(rules(&tail(10, 3_000_000)), [Rule::Fine], "less than a quarter of the run");
    let crowd = [vec![small(100_000); 990], vec![small(6_000_000); 10]].concat();
    assert_eq!(rules(&report_of(&records(&crowd), 1_000, 2)), [Rule::Fine], "processors are short");
}

#[test]
fn unpolled_is_what_is_more_than_the_crossing_and_a_fifth_of_the_hop() {
    let left = |unpolled, run| alike(Hop { unpolled, ..small(run) });
    assert_eq!(rules(&left(2_000_000, 400_000)), [Rule::Unpolled]);
    assert_saves(&left(2_000_000, 400_000), Rule::Unpolled, 2_000_000.0);
    assert_eq!(rules(&left(104_000, 400_000)), [Rule::Unpolled]);
    assert_eq!(rules(&left(103_000, 400_000)), [Rule::Fine], "less than a fifth");
    assert_eq!(rules(&left(CROSSING, 40_000)), [Rule::Fine], "no more than the crossing");
}

#[test]
fn the_awaiter_is_late_if_resume_is_long_without_a_crowd() {
    let late = |resume, run| alike(Hop { resume, ..small(run) });
    assert_eq!(rules(&late(460_000, 400_000)), [Rule::LateAwaiter]);
    assert_saves(&late(460_000, 400_000), Rule::LateAwaiter, 445_000.0);
    assert_eq!(rules(&late(100_000, 300_000)), [Rule::LateAwaiter]);
    assert_eq!(rules(&late(99_999, 300_000)), [Rule::Fine], "a wake may take so long");
    assert_eq!(rules(&late(100_000, 400_000)), [Rule::Fine], "less than a fifth");
    let crowd = |tenths| report_of(&records(&[Hop { resume: 400_000, ..ORDINARY }; 100]), tenths, 2);
    assert_eq!(rules(&crowd(80)), [Rule::LateAwaiter]);
    assert_eq!(rules(&crowd(90)), [Rule::Fine], "they wait for each other");
}

/// Hops of the naive bridge, each of whose four locks takes so long, an empty span's 24.5 ns included.
fn naive(lock_ns: u64) -> Report {
    let mut hops = records(&[ORDINARY; 100]);
    for hop in &mut hops {
        (hop.arm, hop.detail) = (Arm::Naive, Detail::Locks);
        for op in [LockOp::Done, LockOp::Cancelled, LockOp::Exception, LockOp::Result] {
            hop.ops.push(Op { kind: OpKind::Lock(op), ns: lock_ns, contended: false });
        }
    }
    report_of(&hops, 5, 2)
}

#[test]
fn bridge_locks_do_not_matter_below_a_hundredth_of_a_hop() {
    assert_eq!(rules(&naive(30)), [Rule::IdleBridgeLocks, Rule::Fine]);
    assert_eq!(verdicts(&naive(30))[0].saving, None, "only a comparison tells");
    // A hop takes 414,130 ns; four locks less the floor, to take and to give back.
    assert_eq!(rules(&naive(542)), [Rule::IdleBridgeLocks, Rule::Fine]);
    assert_eq!(rules(&naive(543)), [Rule::Fine]);
    let compared = |value, significant| {
        let difference = Interval { value, low: value - 10.0, high: value + 10.0, significant };
        let (a, b, transfer_difference_ns) = (Arm::Naive, Arm::Snapshot, Some(difference));
        let contrast = Contrast { a, b, transfer_difference_ns, hop_difference_ns: None, transfer_ratio: None };
        Report { contrast: vec![contrast], ..naive(30) }
    };
    let at_most = saving(&compared(37.0, true), Rule::IdleBridgeLocks);
    assert!((at_most.ns - 37.0).abs() < 1e-6, "{at_most:?}");
    assert_eq!(verdicts(&compared(37.0, false))[0].saving, None);
    assert_eq!(rules(&compared(4_141.0, true)), [Rule::IdleBridgeLocks, Rule::Fine]);
    assert_eq!(rules(&compared(4_142.0, true)), [Rule::Fine]);
    assert_eq!(rules(&alike(ORDINARY)), [Rule::Fine], "nothing is known of them");
}

#[test]
fn what_saves_most_comes_first_and_what_hardly_matters_is_left_out() {
    let of = |line, hop: Hop| Hop { line, ..hop };
    let backlog = Hop { backlog: 3_000_000, kind: StartKind::Handoff, ..ORDINARY };
    let sites = |more: usize| {
        [vec![of(1, small(2_000)); 100 * more], vec![of(2, small(2_000)); 100], vec![of(3, backlog); 100]].concat()
    };
    let places = |report: &Report| -> Vec<(Rule, String)> {
        let site = |verdict: &Verdict| verdict.site.as_ref().unwrap().site.clone();
        verdicts(report).iter().map(|verdict| (verdict.rule, site(verdict))).collect()
    };
    let at = |rule: Rule, line: u32| (rule, format!("src/store/meta.rs:{line}:9"));
    let (small, wait) = (Rule::SmallWork, Rule::Backlog);
    assert_eq!(places(&report(&sites(2))), [at(wait, 3), at(small, 1), at(small, 2)]);
    assert_eq!(places(&report(&sites(19))), [at(wait, 3), at(small, 1), at(small, 2)]);
    assert_eq!(places(&report(&sites(20))), [at(wait, 3), at(small, 1), at(small, 2)]);
    assert_eq!(places(&report(&sites(21))), [at(wait, 3), at(small, 1)]);
}

#[test]
fn words_stay_apart_and_do_not_change() {
    let words: Vec<&str> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
    assert_eq!(
        words,
        [
            "deadlock",
            "stuck",
            "leak",
            "starved",
            "unseen-jobs",
            "small-work",
            "lone-work",
            "sequence",
            "wide-pool",
            "jobs-compute",
            "backlog",
            "long-tail",
            "unpolled",
            "late-awaiter",
            "idle-bridge-locks",
            "fine"
        ]
    );
}

/// One report for each rule.
fn all_rules() -> Vec<Report> {
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

#[test]
fn every_rule_in_words_and_as_json() {
    let reports = all_rules();
    let first: Vec<Rule> = reports.iter().filter_map(|report| rules(report).first().copied()).collect();
    assert_eq!(first, Rule::ALL);
    let text: Vec<String> =
        reports.iter().map(|report| verdicts_text(report, &ScreenOptions::default().with_width(Some(110)))).collect();
    golden::check("verdicts", "expected.110.screen", &text.join("\n"));
    let json: Vec<String> = reports.iter().map(|report| format!("{:#}\n", verdicts_json(report))).collect();
    golden::check("verdicts", "expected.json", &json.concat());
}

#[test]
fn the_screen_tells_three_and_how_many_more() {
    let on_screen = |sites: u32| {
        let hops: Vec<Hop> = (1..=sites).flat_map(|line| vec![Hop { line, ..small(2_000) }; 100]).collect();
        let text = screen(&report(&hops), &ScreenOptions::default().with_width(Some(1_000)));
        text.split_once("\nTRY").unwrap().1.split("\n\n").next().unwrap().to_owned()
    };
    let told = on_screen(5);
    assert!(told.contains(" 3 meta.rs:3 get: ") && !told.contains(" 4 "), "{told}");
    assert!(told.ends_with("and 2 more, with evidence, risk and code: tollbridge verdicts FILE"), "{told}");
    assert!(!on_screen(3).contains("more, with"));
    let fine = screen(&alike(ORDINARY), &ScreenOptions::default());
    assert!(fine.contains("TRY   nothing: meta.rs:7 get is fine as it is\n"), "{fine}");
    let fine = screen(
        &report(&[vec![ORDINARY; 100], vec![Hop { line: 8, ..ORDINARY }; 100]].concat()),
        &ScreenOptions::default(),
    );
    assert!(fine.contains("TRY   nothing: meta.rs:7 get and 1 other are fine as they are\n"), "{fine}");
}

#[test]
fn nothing_to_say_is_said_with_its_reason() {
    let few = verdicts_text(&report(&[ORDINARY; 99]), &ScreenOptions::default());
    assert!(few.ends_with("Nothing to suggest: no site has 100 timed hops to judge by.\n"), "{few}");
    let log = verdicts_text(&common::tally(&records(&[ORDINARY; 100])), &ScreenOptions::default());
    assert!(log.contains("Nothing can be said from times that contain the app's own logging"), "{log}");
}

// What is known beyond hops: what is in flight, CPU time, sequences.

fn name(line: u32) -> (String, String) {
    (format!("src/store/meta.rs:{line}:9"), "svc::store::meta::get::{{closure}}".to_owned())
}

fn aged(count: u64, each_ns: u64) -> Aged {
    Aged { count, oldest_ns: each_ns, total_ns: count * each_ns }
}

fn live_site(line: u32) -> LiveSite {
    let (site, job) = name(line);
    LiveSite { site, job, ..LiveSite::default() }
}

fn live(sites: Vec<LiveSite>) -> Option<Live> {
    Some(Live { stuck_after_ns: 10_000_000_000, sites, ..Live::default() })
}

/// Lasts for so long, with so many threads that were so busy.
fn lasting(mut report: Report, ns: u64, threads: u64, busy_ns: u64) -> Report {
    report.processes[0].duration_ns = ns;
    report.pool = Pool { threads_seen: threads, thread_ns: threads * ns, busy_ns: Some(busy_ns), ..Pool::default() };
    report
}

/// Processors' time of two processors that the process and others used, and how long its threads waited for one.
fn with_cpu(mut report: Report, own_ns: u64, others_ns: u64, wait_ns: u64) -> Report {
    let all = 2 * report.processes[0].duration_ns;
    let machine =
        Machine { busy_ns: own_ns + others_ns, idle_ns: all.saturating_sub(own_ns + others_ns), stolen_ns: 0 };
    report.processes[0].cpu =
        Some(ProcessCpu { processors: 2, cpu_ns: own_ns, wait_ns: Some(wait_ns), machine: Some(machine) });
    report
}

/// The share of a site's runs that is CPU time, in hundredths.
fn with_share(mut report: Report, line: u32, hundredths: u64) -> Report {
    let (site, job) = name(line);
    report.cpu.push(SiteCpu { site, job, jobs: 100, run_ns: 100_000_000, cpu_ns: 1_000_000 * hundredths });
    report.cpu.sort();
    report
}

fn with_sequence(mut report: Report, from: u32, to: u32, hops: u64, in_a_row: u64, gap_ns: u64) -> Report {
    let ((before_site, before_job), (site, job)) = (name(from), name(to));
    let gap_ns = hops * gap_ns;
    report.sequences.push(Sequence { before_site, before_job, site, job, hops, in_a_row, together: 0, gap_ns });
    report.sequences.sort();
    report
}

const SECOND: u64 = 1_000_000_000;

fn deadlocked() -> Report {
    let ((site, job), (queued_site, queued_job)) = (name(7), name(4));
    let wait = Wait { site, job, queued_site, queued_job, count: 8, oldest_ns: 4 * SECOND };
    let deadlock = Deadlock { runtime: 1, running: 8, queued: 16, age_ns: 4 * SECOND, waits: vec![wait.clone()] };
    let outer = LiveSite { running: aged(8, 4 * SECOND), queued: aged(8, 4 * SECOND), ..live_site(7) };
    let inner = LiveSite { queued: aged(8, 4 * SECOND), nested: 8, ..live_site(4) };
    let mut report = lasting(common::stored_report(&[]), 4 * SECOND, 8, 32 * SECOND);
    report.live = live(vec![inner, outer]);
    let all = report.live.as_mut().unwrap();
    (all.waits, all.deadlocks) = (vec![wait], vec![deadlock]);
    report
}

#[test]
fn a_pool_that_waits_for_itself_is_named_with_both_sites_and_needs_no_hop() {
    let said = verdicts(&deadlocked());
    let [Verdict { rule: Rule::Deadlock, site: Some(site), evidence, saving: None, .. }] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!(site.site, name(7).0);
    assert_eq!(evidence[1], "jobs of meta.rs:7 get wait for 8 queued calls of meta.rs:4 get");
    let mut waits = deadlocked();
    waits.live.as_mut().unwrap().deadlocks.clear();
    assert!(!rules(&waits).contains(&Rule::Deadlock), "a free thread may come back");
}

/// Jobs that never end, beside hops that wait for what threads are left.
fn endless(jobs: u64, threads: u64, age_ns: u64, backlog: u64) -> Report {
    let hops = records(&[Hop { backlog, kind: StartKind::Handoff, ..small(1_000_000) }; 100]);
    let mut report = lasting(common::stored_report(&hops), 5 * SECOND, threads, jobs * age_ns + SECOND);
    report.live = live(vec![LiveSite { running: aged(jobs, age_ns), stuck: 0, ..live_site(9) }]);
    report
}

#[test]
fn jobs_that_do_not_end_are_named_and_their_victims_do_not_take_the_blame() {
    let said = verdicts(&endless(14, 16, 5 * SECOND, 8_000_000));
    let [Verdict { rule: Rule::Stuck, site: Some(site), evidence, confidence, .. }] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!((site.site.as_str(), confidence.level), (name(9).0.as_str(), Level::High));
    assert!(evidence.iter().any(|told| told.contains("14 of 16 threads seen")), "{evidence:?}");
    assert!(evidence.iter().any(|told| told.contains("calls of meta.rs:7 get")), "{evidence:?}");
    let said = |report: &Report| rules(report).contains(&Rule::Stuck);
    assert!(!said(&endless(14, 16, 2 * SECOND, 8_000_000)), "not for most of the capture");
    assert!(said(&endless(1, 16, 5 * SECOND, 8_000_000)), "others wait");
    assert!(!said(&endless(1, 16, 5 * SECOND, 0)) && !said(&endless(3, 16, 5 * SECOND, 0)), "it harms nobody");
    assert!(said(&endless(4, 16, 5 * SECOND, 0)));
    assert_eq!(verdicts(&endless(4, 16, 5 * SECOND, 0))[0].confidence.level, Level::Medium);
    let mut logged = endless(14, 16, 5 * SECOND, 8_000_000);
    logged.live = None;
    assert!(!said(&logged));
}

/// Handles that were dropped after a wait; their jobs still run.
fn given_up(waited_ns: u64, age_ns: u64, running: u64, threads: u64) -> Report {
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
    let mut report = lasting(common::stored_report(&hops), 6 * SECOND, threads, running * age_ns);
    let jobs = LiveSite { running: aged(running, age_ns), abandoned: running, ..live_site(9) };
    report.live = live(vec![jobs]);
    report
}

#[test]
fn jobs_that_run_on_after_a_timeout_are_a_leak() {
    let leak = given_up(50_000_000, 3 * SECOND, 50, 54);
    let said = verdicts(&leak);
    let Verdict { rule: Rule::Leak, site: Some(site), evidence, confidence, .. } = &said[0] else { panic!("{said:?}") };
    assert_eq!((site.site.as_str(), confidence.level), (name(9).0.as_str(), Level::High));
    assert!(evidence[1].starts_with("50 of 54 threads seen run such a job now"), "{evidence:?}");
    let said = |report: &Report| rules(report).contains(&Rule::Leak);
    assert!(!said(&given_up(10_000, 3 * SECOND, 50, 54)), "dropped at once: the app never meant to wait");
    assert!(!said(&given_up(50_000_000, 3 * SECOND, 1, 54)) && !said(&given_up(50_000_000, 3 * SECOND, 10, 54)));
    assert!(!said(&given_up(50_000_000, 40_000_000, 50, 54)), "the jobs end sooner than their callers");
}

/// Five hops of a site, and many calls that are queued.
fn starved(queued: u64, age_ns: u64, ended: usize) -> Report {
    let mut report = lasting(common::stored_report(&records(&vec![ORDINARY; ended])), 4 * SECOND, 4, 0);
    report.live = live(vec![LiveSite { queued: aged(queued, age_ns), ..live_site(7) }]);
    report
}

#[test]
fn calls_that_never_begin_need_no_hundred_hops() {
    assert_eq!(rules(&starved(4, 3 * SECOND, 5)), [Rule::Starved]);
    assert_eq!(rules(&starved(4, 3 * SECOND, 0)), [Rule::Starved]);
    assert_eq!(rules(&starved(4, SECOND - 1, 5)), []);
    assert_eq!(rules(&starved(0, 0, 5)), []);
    assert_eq!(rules(&starved(4, 3 * SECOND, 100)), [Rule::Fine], "durations tell");
    let mut both = endless(14, 16, 5 * SECOND, 0);
    both.live.as_mut().unwrap().sites.push(LiveSite { queued: aged(3, 4 * SECOND), ..live_site(11) });
    assert_eq!(rules(&both)[0], Rule::Stuck);
    assert!(!rules(&both).contains(&Rule::Starved), "its cause is named");
}

/// Hops that start late on threads that no seen job keeps busy.
fn behind(start: u64, hops: usize, busy_ns: u64) -> Report {
    let report = report_of(&records(&vec![Hop { start, ..small(50_000) }; hops]), 10, 32);
    let lasted = report.processes[0].duration_ns;
    with_cpu(lasting(report, lasted, 32, busy_ns), lasted / 50, 0, 0)
}

#[test]
fn a_start_far_above_any_thread_start_is_a_wait_for_jobs_that_are_not_seen() {
    assert_eq!(rules(&behind(75_000_000, 100, 0)), [Rule::UnseenJobs]);
    assert_eq!(rules(&behind(1_100_000, 100, 0)), [Rule::UnseenJobs]);
    assert_ne!(rules(&behind(900_000, 100, 0)).first(), Some(&Rule::UnseenJobs), "a slow start");
    // Who waits long makes few hops.
    assert_eq!(rules(&behind(75_000_000, 5, 0)), [Rule::UnseenJobs]);
    assert_eq!(rules(&behind(75_000_000, 4, 0)), []);
    assert_eq!(rules(&behind(5_000_000, 99, 0)), []);
    let busy = behind(75_000_000, 100, 0).pool.thread_ns / 2;
    assert!(!rules(&behind(75_000_000, 100, busy)).contains(&Rule::UnseenJobs), "seen jobs do it");
    // A worker that is as late: no processor is free.
    let late = report_of(&records(&[Hop { start: 75_000_000, resume: 20_000_000, ..small(50_000) }; 100]), 10, 32);
    assert!(!rules(&late).contains(&Rule::UnseenJobs));
}

/// Jobs of 8 ms of CPU time, so many at a time on two processors; what else they take they wait for a processor.
fn computing(at_a_time: u64) -> Report {
    let run = 4_000_000 * at_a_time;
    let report = report_of(&records(&[Hop { resume: 20_000_000, ..small(run) }; 100]), 10, at_a_time);
    let busy = 100 * run;
    let lasted = busy / at_a_time;
    let report = lasting(report, lasted, at_a_time, busy);
    let cpu = 2 * lasted;
    with_share(with_cpu(report, cpu, 0, busy - cpu), 7, 100 * cpu / busy)
}

#[test]
fn jobs_that_compute_are_capped_at_the_processors() {
    let said = verdicts(&computing(32));
    let Verdict { rule: Rule::JobsCompute, attempt, saving: Some(saving), code: Some(code), .. } = &said[0] else {
        panic!("{said:?}")
    };
    assert!(attempt.starts_with("2 blocking threads") && code.ends_with("max_blocking_threads(2)"), "{attempt}");
    assert!((saving.ns - 19_900_000.0).abs() < 1e5, "{saving:?}");
    assert!(!rules(&computing(32)).contains(&Rule::Fine) && !rules(&computing(32)).contains(&Rule::WidePool));
    assert!(!rules(&computing(2)).contains(&Rule::JobsCompute), "one a processor");
    // Sleeping jobs: 512 threads, hardly any CPU time and no wait for it.
    let mut sleeping = computing(32);
    sleeping.cpu.clear();
    let lasted = sleeping.processes[0].duration_ns;
    let sleeping = with_share(with_cpu(sleeping, lasted / 20, 0, 0), 7, 1);
    assert!(!rules(&sleeping).contains(&Rule::JobsCompute));
    // They use all there is, and how long they wait for it is not known: neither of the two.
    let mut unread = computing(32);
    unread.processes[0].cpu.as_mut().unwrap().wait_ns = Some(0);
    assert!(!rules(&unread).contains(&Rule::JobsCompute) && !rules(&unread).contains(&Rule::Fine));
    // Nobody knows.
    let mut old = computing(32);
    (old.cpu, old.processes[0].cpu) = (Vec::new(), None);
    assert!(!rules(&old).contains(&Rule::JobsCompute));
    // Other jobs share the pool: a semaphore.
    let mut shared = computing(32);
    let (site, job) = name(8);
    let mut other = shared.sites[0].clone();
    (other.site, other.job, other.busy_ns) = (site, job, 0);
    shared.sites.push(other);
    assert!(verdicts(&shared)[0].code.as_ref().unwrap().contains("Semaphore::const_new(2)"));
    // Jobs that call hops: nothing, and not that it is fine.
    let mut nested = computing(32);
    nested.sites[0].nested = 1;
    assert!(!rules(&nested).contains(&Rule::JobsCompute) && !rules(&nested).contains(&Rule::Fine));
    // With 2 threads for jobs that compute all waits are backlog, and more threads help nobody.
    let queue = Hop { backlog: 100_000_000, kind: StartKind::Handoff, ..small(8_000_000) };
    let report = lasting(report_of(&records(&[queue; 100]), 10, 2), 400_000_000, 2, 800_000_000);
    let said = verdicts(&with_share(with_cpu(report, 790_000_000, 0, 0), 7, 99));
    let [Verdict { rule: Rule::Fine, evidence, .. }] = &said[..] else { panic!("{said:?}") };
    assert!(evidence.iter().any(|told| told.contains("more threads would not end them sooner")), "{evidence:?}");
}

/// Jobs that wait for a second before a job that waits, and what the processors did.
fn queued(hops: &[Hop], threads: u64, in_stretch: u64, cpu_each_ns: u64) -> Report {
    let report = report_of(&records(hops), 10, threads);
    let mut report = lasting(report, SECOND, threads, 0);
    let sum = |of: fn(&Hop) -> u64| hops.iter().map(of).sum::<u64>();
    let (run_ns, backlog_ns) = (sum(|hop| hop.run), sum(|hop| hop.backlog));
    #[expect(clippy::cast_possible_truncation, reason = "as many ns as there are in the stretch")]
    let of = |ns: u64| (u128::from(ns) * u128::from(in_stretch * SECOND) / u128::from(run_ns + backlog_ns)) as u64;
    let block =
        Block { index: 0, hops: 100, transfer_ns: 0, hop_ns: 0, run_ns: of(run_ns), backlog_ns: of(backlog_ns) };
    let series = vec![BlockSeries { arm: Arm::Snapshot, detail: Detail::Phases, blocks: vec![block] }];
    report.blocks = vec![Blocks { length_ns: SECOND, series }];
    with_share(with_cpu(report, 100 * cpu_each_ns, 0, 0), 7, 1)
}

#[test]
fn the_number_of_threads_comes_from_what_was_offered() {
    let told = |report: &Report| {
        let said = verdicts(report);
        let verdict = said.iter().find(|verdict| verdict.rule == Rule::Backlog)?;
        verdict.attempt.split(' ').next()?.parse::<u64>().ok()
    };
    let hop = Hop { backlog: 8_000_000, kind: StartKind::Handoff, ..small(1_000_000) };
    // Half of them find four jobs ahead of them for each thread, half of them none: five jobs a thread on the mean.
    let idle = Hop { backlog: 0, kind: StartKind::Pickup, ..hop };
    let hops = [vec![hop; 50], vec![idle; 50]].concat();
    assert_eq!(told(&queued(&hops, 2, 3, 10_000)), Some(10));
    assert_eq!(told(&queued(&hops, 2, 12, 10_000)), Some(12), "in the busiest stretch");
    assert_eq!(verdicts(&queued(&hops, 2, 12, 10_000))[0].confidence.level, Level::Medium);
    assert_eq!(told(&queued(&hops, 2, 1_000, 10_000)), Some(18), "no more than the queue that a job found");
    let long = [Hop { backlog: 800_000_000, ..hop }; 100];
    assert_eq!(told(&queued(&long, 420, 100_000, 1_000)), None, "no more than tokio's own: 512 of 420 is no step");
    assert_eq!(told(&queued(&long, 300, 100_000, 1_000)), Some(512));
    assert_eq!(told(&queued(&long, 513, 100_000, 1_000)), None);
    let said = verdicts(&queued(&long, 513, 100_000, 1_000));
    let [Verdict { rule: Rule::Backlog, saving: None, attempt, code: None, .. }] = &said[..] else {
        panic!("{said:?}")
    };
    assert!(attempt.starts_with("submitting fewer jobs at once"), "{attempt}");
    // 7 us of CPU time a job and two processors: 0.7 * 2 * 1 ms / 7 us.
    assert_eq!(told(&queued(&long, 64, 100_000, 7_000)), Some(200));
    // Jobs that compute.
    let mut computes = queued(&hops, 2, 12, 10_000);
    computes.cpu.clear();
    assert_eq!(told(&with_share(computes, 7, 90)), None);
}

#[test]
fn where_jobs_may_wait_for_one_another_there_is_no_number() {
    // One in ten finds a connection at once; the others wait for one.
    let waits = Hop { backlog: 20_000_000, kind: StartKind::Handoff, ..small(9_000_000) };
    let free = Hop { run: 2_000_000, ..waits };
    let mut report = report_of(&records(&[vec![free; 20], vec![waits; 80]].concat()), 10, 16);
    report = lasting(report, SECOND, 16, SECOND);
    let said = verdicts(&with_share(with_cpu(report, 10_000_000, 0, 0), 7, 1));
    let verdict = said.iter().find(|verdict| verdict.rule == Rule::Backlog).expect("jobs wait");
    assert_eq!((verdict.confidence.level, verdict.saving, &verdict.code), (Level::Low, None, &None));
    assert!(!verdict.attempt.contains(|c: char| c.is_ascii_digit()), "{}", verdict.attempt);
}

#[test]
fn threads_are_those_of_the_sites_own_runtime() {
    let hop = Hop { backlog: 3_000_000, kind: StartKind::Handoff, ..small(1_000_000) };
    let mut report = queued(&[hop; 100], 42, 8, 10_000);
    report.pools = [(1, 2), (2, 40)]
        .map(|(runtime, threads_seen)| RuntimePool { runtime, threads_seen, ..RuntimePool::default() })
        .to_vec();
    assert_eq!(verdicts(&report)[0].attempt, "140 blocking threads", "of whichever runtime");
    report.sites[0].pools.insert(1, 100);
    let said = verdicts(&report);
    assert_eq!(said[0].attempt, "8 blocking threads in the runtime of these jobs (number 1 of 2)");
}

#[test]
fn nothing_makes_a_pool_smaller_where_jobs_call_hops() {
    let wide = report_of(&records(&[woken(5_000, 4_000); 100]), 20, 50);
    assert_eq!(rules(&wide), [Rule::WidePool]);
    let mut nested = wide.clone();
    nested.sites[0].nested = 1;
    assert!(!rules(&nested).contains(&Rule::WidePool));
    let mut waiting = wide.clone();
    waiting.live = deadlocked().live;
    waiting.live.as_mut().unwrap().deadlocks.clear();
    assert!(!rules(&waiting).contains(&Rule::WidePool));
    // Long jobs need threads of their own: with many of them there is no narrow pool.
    let long = |jobs: u64| {
        let mut report = wide.clone();
        report.live = live(vec![LiveSite { running: aged(2 * jobs, report.processes[0].duration_ns), ..live_site(9) }]);
        report.pool.threads_seen = 200;
        report
    };
    let cap = |report: &Report| verdicts(report).into_iter().find(|said| said.rule == Rule::WidePool);
    assert!(
        cap(&long(1)).unwrap().attempt.starts_with("8 "),
        "two, and room for six where two run: {:?}",
        cap(&long(1))
    );
    assert!(cap(&long(50)).is_none());
}

#[test]
fn a_narrow_pool_may_save_several_times_what_the_calls_show() {
    let wide = saving(&report_of(&records(&[woken(5_000, 4_000); 100]), 20, 50), Rule::WidePool);
    assert!((wide.high_ns / wide.ns - 5.0).abs() < 1e-9 && (wide.ns / wide.low_ns - 5.0).abs() < 1e-9, "{wide:?}");
}

#[test]
fn calls_in_sequence_are_found_as_chains_and_loops() {
    let hops =
        |run, each: usize| -> Vec<Hop> { (1..=3).flat_map(|line| vec![Hop { line, ..small(run) }; each]).collect() };
    let apart = |run| in_rows(&hops(run, 100), 1);
    let chain = |report| with_sequence(with_sequence(report, 1, 2, 100, 0, 15_000), 2, 3, 98, 0, 15_000);
    let said = verdicts(&chain(apart(1_500)));
    let [Verdict { rule: Rule::Sequence, site: Some(site), evidence, confidence, attempt, .. }] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!((site.site.as_str(), confidence.level), (name(1).0.as_str(), Level::Low));
    assert!(
        evidence[0].starts_with(
            "tasks make these 3 calls in sequence, 98 times, 15.0 us apart: meta.rs:1 get, meta.rs:2 get and meta.rs:3 get"
        ),
        "{evidence:?}"
    );
    assert!(attempt.contains("these 3 calls in one spawn_blocking"));
    assert_saves(&chain(apart(1_500)), Rule::Sequence, CROSSING as f64 * 2.0 / 3.0);
    // A loop over three lines, cut where most time passes; back to back.
    let of_loop = with_sequence(
        with_sequence(with_sequence(apart(1_500), 1, 2, 100, 100, 900), 2, 3, 100, 100, 900),
        3,
        1,
        99,
        99,
        9_000,
    );
    let said = verdicts(&of_loop);
    assert_eq!((said.len(), said[0].site.as_ref().unwrap().site.as_str()), (1, name(1).0.as_str()));
    assert_eq!(said[0].confidence.level, Level::Medium, "what passes in between is not seen");
    assert!(said[0].evidence[2].starts_with("the sequence repeats 9.00 us later"), "{:?}", said[0].evidence);
    // Larger work, and pairs that only some hops are in.
    assert!(!rules(&chain(apart(20_000))).contains(&Rule::Sequence));
    let some = with_sequence(with_sequence(apart(1_500), 1, 2, 79, 0, 15_000), 2, 3, 79, 0, 15_000);
    assert!(!rules(&some).contains(&Rule::Sequence));
    // Side by side only the other calls are saved, and 12 us of work against calls of 1 us would end later.
    let side_by_side = |run| {
        let mut report = chain(apart(run));
        report.sequences.iter_mut().for_each(|pair| pair.together = pair.hops);
        report
    };
    let (in_turn, joined) = (chain(apart(12_000)), side_by_side(12_000));
    assert!(rules(&in_turn).contains(&Rule::Sequence) && !rules(&joined).contains(&Rule::Sequence));
    let joined = verdicts(&side_by_side(1_500));
    let sequence = joined.iter().find(|verdict| verdict.rule == Rule::Sequence).expect("small work");
    assert_eq!(sequence.confidence.level, Level::Low);
    assert!(sequence.saving.unwrap().ns < CROSSING as f64 / 2.0, "{sequence:?}");
}

#[test]
fn calls_of_one_line_in_a_burst_may_share_one_and_never_surely() {
    let burst = |hops, in_a_row| with_sequence(in_rows(&[small(2_000); 100], 1), 7, 7, hops, in_a_row, 25_000);
    let said = verdicts(&burst(99, 0));
    let [Verdict { rule: Rule::SmallWork, confidence, attempt, .. }] = &said[..] else { panic!("{said:?}") };
    assert_eq!(confidence.level, Level::Medium);
    assert_eq!(attempt, "batching 8 or more jobs per call, best all that a task calls in a burst (about 100)");
    assert_eq!(verdicts(&burst(99, 99))[0].confidence.level, Level::High, "back to back");
    assert_eq!(rules(&burst(49, 0)), [Rule::LoneWork]);
    assert_eq!(verdicts(&burst(49, 0))[0].confidence.level, Level::Medium);
    // Each task makes one call in its life.
    let mut once = burst(0, 0);
    once.sites[0].first_of_task = 100;
    let said = verdicts(&once);
    assert_eq!((said[0].rule, said[0].confidence.level), (Rule::LoneWork, Level::High));
    assert!(said[0].evidence[0].starts_with("each task makes one call: 100 of 100"), "{:?}", said[0].evidence);
}

#[test]
fn a_late_awaiter_needs_busy_workers_and_a_free_processor() {
    let late = || {
        let mut report = alike(Hop { resume: 460_000, ..ORDINARY });
        report.pool.cpu_ns = Some(0);
        report
    };
    let lasted = late().processes[0].duration_ns;
    assert_eq!(rules(&with_cpu(late(), lasted / 2, 0, 0)), [Rule::LateAwaiter]);
    assert_eq!(rules(&with_cpu(late(), lasted / 10, 0, 0)), [Rule::Fine], "workers idle: it lost a select!");
    let full = with_cpu(late(), lasted, lasted * 9 / 10, 0);
    let said = verdicts(&full);
    let [Verdict { rule: Rule::Fine, evidence, .. }] = &said[..] else { panic!("{said:?}") };
    assert!(evidence[1].starts_with("the processors are taken (95 % of their time)"), "{evidence:?}");
    assert_eq!(verdicts(&late())[0].confidence.level, Level::Low, "an older report");
    assert!(verdicts(&late())[0].code.as_ref().unwrap().contains("current_thread"));
}

#[test]
fn a_tail_that_waited_for_a_processor_is_none_of_the_work() {
    let tail = || report(&[vec![small(100_000); 990], vec![small(6_000_000); 10]].concat());
    let lasted = tail().processes[0].duration_ns;
    assert_eq!(rules(&with_cpu(tail(), 2 * lasted, 0, 50_000_000)), [Rule::LongTail]);
    assert_eq!(rules(&with_cpu(tail(), 2 * lasted, 0, 60_000_000)), [Rule::Fine]);
    assert_eq!(rules(&with_cpu(tail(), lasted, 0, 60_000_000)), [Rule::LongTail], "the processors are not taken");
}

#[test]
fn beside_other_processes_every_estimate_is_less_sure_and_says_why() {
    let small_jobs = || alike(small(2_000));
    let lasted = small_jobs().processes[0].duration_ns.max(SECOND);
    let beside =
        |report: Report, others: u64| with_cpu(lasting(report, lasted, 2, 0), lasted / 10, others * lasted / 50, 0);
    assert_eq!(verdicts(&beside(small_jobs(), 4))[0].confidence.level, Level::High);
    let said = verdicts(&beside(small_jobs(), 50));
    assert_eq!((said[0].rule, said[0].confidence.level), (Rule::SmallWork, Level::Medium));
    assert!(said[0].confidence.reason.ends_with("other processes used 50 % of the machine meanwhile"));
    // Near the crossing it may be the neighbour: neither small nor fine.
    assert_eq!(rules(&beside(alike(small(CROSSING - 500)), 50)), []);
    assert_eq!(rules(&beside(alike(small(CROSSING + 500)), 50)), []);
    assert_eq!(rules(&beside(alike(small(3 * CROSSING)), 50)), [Rule::Fine]);
    // What was counted stays sure.
    let stuck = with_cpu(endless(14, 16, 5 * SECOND, 8_000_000), SECOND, 5 * SECOND, 0);
    assert_eq!(verdicts(&stuck)[0].confidence.level, Level::High);
}

#[test]
fn what_saves_next_to_nothing_of_a_hop_is_not_said() {
    // 35 us of a hop of 75 ms.
    let tail =
        [vec![Hop { start: 75_000_000, ..small(50_000) }; 97], vec![Hop { start: 75_000_000, ..small(1_500_000) }; 5]];
    assert!(!rules(&report_of(&records(&tail.concat()), 10, 32)).contains(&Rule::LongTail));
    // Half a microsecond.
    assert_eq!(rules(&in_rows(&[Hop { submit: 300, start: 100, resume: 300, ..small(200) }; 100], 100)), []);
}

#[test]
fn sites_that_found_no_room_get_no_verdict_and_many_even_ones_do() {
    let mut report = alike(small(2_000));
    report.sites[0].site = "<other>".to_owned();
    assert_eq!(rules(&report), []);
    let even: Vec<Hop> = (1..=24).flat_map(|line| vec![Hop { line, ..small(2_000) }; 100]).collect();
    assert_eq!(rules(&self::report(&even)), [Rule::SmallWork; 24]);
}

/// Hops that were seen from inside their closure only.
fn wrapped(reach: u64, run: u64) -> Vec<HopRecord<'static>> {
    let mut hops = records(&[Hop { submit: 0, start: reach, ..small(run) }; 100]);
    for hop in &mut hops {
        hop.arm = Arm::Wrapped;
        hop.stamps.copied = hop.stamps.run_end;
        (hop.stamps.returned, hop.stamps.published, hop.stamps.first_poll, hop.stamps.ready) = (None, None, None, None);
    }
    hops
}

#[test]
fn of_wrapped_jobs_is_said_what_their_two_phases_show() {
    let waits = lasting(report_of(&wrapped(7_650_000, 2_000_000), 10, 2), SECOND / 2, 2, SECOND);
    let waits = with_share(with_cpu(waits, SECOND / 100, 0, 0), 7, 1);
    let said = verdicts(&waits);
    assert_eq!((said.len(), said[0].rule), (1, Rule::Backlog), "{said:?}");
    assert!(said[0].attempt.starts_with("10 blocking threads"), "{}", said[0].attempt);
    assert_eq!(rules(&report_of(&wrapped(20_000, 2_000_000), 10, 2)), []);
    let small = report_of(&wrapped(20_000, 2_000), 10, 2);
    assert_eq!(rules(&small), [Rule::SmallWork]);
    assert!(verdicts(&small)[0].evidence.iter().any(|told| told.contains("do not show the way back")));
}
