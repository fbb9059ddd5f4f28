//! Rules about where the time of a hop goes.

use crate::made::{
    CROSSING, Hop, ORDINARY, alike, assert_saves, naive, records, report, report_of, rules, saving, small, with_cpu,
};
use tollbridge_flamegraphs::verdict::{Level, Rule, Verdict, verdicts};
use tollbridge_report::names::Arm;
use tollbridge_report::{Contrast, Interval, Report};

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
