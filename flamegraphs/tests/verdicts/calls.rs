//! Rules about the calls of a task: small work, sequences, bursts, `wrap`.

use crate::made::{
    CROSSING, Hop, SECOND, alike, assert_saves, in_rows, lasting, name, records, report, report_of, rules, saving,
    small, with_cpu, with_sequence, with_share, wrapped,
};
use tollbridge_flamegraphs::verdict::{Level, Per, Rule, Verdict, verdicts};
use tollbridge_flamegraphs::{ScreenOptions, screen};

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
        (alone(&[small(2_000); 100]), "its run is known of 100 hops: too few to show"),
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
        let shown = screen(&report, &ScreenOptions::default().with_all(true).with_width(Some(1_000)));
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
    // It leaves out time in which nothing awaits.
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
