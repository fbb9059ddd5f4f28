//! Every rule of the verdicts, on hops made so that it speaks, that it just does not, and that it must not.

mod common;

use common::golden;
use tollbridge_flamegraphs::verdict::{Level, Per, Rule, Saving, Verdict, verdicts};
use tollbridge_flamegraphs::{ScreenOptions, screen, verdicts_json, verdicts_text};
use tollbridge_instrument::hop::{Circumstances, HopRecord, Op, OpKind, Ops, Site, Stamps};
use tollbridge_instrument::names::{Arm, Detail, LockOp, Outcome, Spacing, StartKind};
use tollbridge_instrument::report::{Contrast, Interval, Report};

/// Lengths in ns.
/// In a row, or not.
fn in_a_row(is: bool) -> Circumstances {
    let spacing = if is { Spacing::Row } else { Spacing::Apart };
    Circumstances { spacing, ..Circumstances::default() }
}

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
    assert!(verdicts(&ten)[0].attempt.starts_with("10 or more jobs"), "{:?}", verdicts(&ten)[0].attempt);
    // The clock's floor is 21 ns.
    assert!(verdicts(&alike(small(20)))[0].attempt.starts_with("100 or more jobs"));
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
        evidence[0].starts_with("a job runs 20.") && evidence[1].starts_with("that is its median run"),
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
    let all = |row| {
        format!(
            "8 or more jobs in one hop, best all that a task calls in a row (some {row}); then crossing costs less than the work"
        )
    };
    assert_eq!(said(20).attempt, all(20));
    assert_eq!(said(8).attempt, all(8));
    assert_eq!(said(1_000).attempt, all(100));
    let many = verdicts(&in_rows(&[small(2_000); 101], 1_000)).remove(0);
    assert_eq!(
        many.attempt,
        "8 or more jobs in one hop, so that crossing costs less than the work: a task calls some 100 in a row"
    );
    assert!(said(20).evidence.iter().any(|told| told.starts_with("a task calls some 20 of its hops in a row")));
    assert_eq!(said(8).saving, said(20).saving);
    // Fewer than are needed: all of them, and what these save.
    assert_eq!(said(4).attempt, "4 jobs in one hop: a task calls some 4 in a row");
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
        assert!(
            evidence
                .iter()
                .any(|told| told.starts_with("less than half of its hops are called in a row by one task: 0 of "))
        );
        assert!(evidence.iter().any(|told| told.starts_with(why)), "{evidence:?}");
        assert!(risk.is_empty());
        let shown = screen(&report, &ScreenOptions::default().with_width(Some(1_000)));
        assert!(
            shown
                .contains("TRY   nothing: meta.rs:7 get is small for its crossing, but has none to share a hop with\n"),
            "{shown}"
        );
    }
    // Short beyond doubt: all of the crossing.
    let short = alone(&[small(2_000); 2_000]);
    assert_saves(&short, Rule::SmallWork, CROSSING as f64);
    let verdict = verdicts(&short).remove(0);
    assert_eq!(verdict.attempt, "no hop: call it on the awaiter's own thread");
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
    // An awaiter that lent its processor: with unpolled, as long as that is the smaller part.
    assert_eq!(rules(&alike(Hop { unpolled: 2_000, ..small(CROSSING + 1_999) })), [Rule::SmallWork]);
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
    assert_eq!(rules(&report_of(&hops(woken(1_000, 4_000), 0), 20, 50)), [Rule::WidePool, Rule::SmallWork]);
    assert_saves(&report_of(&hops(woken(1_000, 4_000), 0), 20, 50), Rule::SmallWork, 1_230.0 / 2.0);
    assert_saves(&report_of(&hops(wide, 0), 20, 5), Rule::WidePool, 3_900.0);
    assert!(verdicts(&report_of(&hops(wide, 0), 20, 5))[0].attempt.starts_with("2 blocking threads"));
    let silent = |report: &Report| !rules(report).contains(&Rule::WidePool);
    assert!(silent(&report_of(&hops(wide, 0), 19, 5)), "too few together");
    assert!(silent(&report_of(&hops(wide, 0), 20, 4)), "not many threads");
    assert!(!silent(&report_of(&hops(wide, 50), 20, 5)) && silent(&report_of(&hops(wide, 51), 20, 5)), "handed on");
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
    assert_eq!(said[0].confidence.level, Level::Medium);
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
    assert_eq!(places(&report(&sites(20))), [at(wait, 3), at(small, 1)]);
}

#[test]
fn words_stay_apart_and_do_not_change() {
    let words: Vec<&str> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
    assert_eq!(
        words,
        [
            "small-work",
            "lone-work",
            "wide-pool",
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
    vec![
        report(&[small(2_000); 2_000]),
        in_rows(&[small(2_000); 100], 1),
        report_of(&records(&[woken(1_000, 4_000); 100]), 20, 40),
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
    let first: Vec<Rule> = reports.iter().map(|report| rules(report)[0]).collect();
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
    assert!(few.ends_with("Nothing can be said: no site has 100 timed hops to judge by.\n"), "{few}");
    let log = verdicts_text(&common::tally(&records(&[ORDINARY; 100])), &ScreenOptions::default());
    assert!(log.contains("Nothing can be said from times that contain the app's own logging"), "{log}");
}
