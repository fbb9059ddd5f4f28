//! The first sentences of a screen: their figures, and that no large part of a call is left out.

use tollbridge_flamegraphs::verdict::{Rule, verdicts};
use tollbridge_flamegraphs::{ScreenOptions, screen};
use tollbridge_report::names::{Spacing, StartKind};
use tollbridge_report::{ProcessCpu, Report};
use tollbridge_testkit::phased::{Hop, ORDINARY, alike, records, report, report_of};

fn small(run: u64) -> Hop {
    Hop { run, ..ORDINARY }
}

#[test]
fn the_headline_tells_the_figures_of_the_table_and_those_that_verdicts_judge_by() {
    let headline = |report: &Report| {
        let text = screen(report, &ScreenOptions::default().with_all(true).with_width(Some(1_000)));
        text.lines().find(|line| line.contains(" of overhead")).unwrap().trim().replace('\u{a0}', " ")
    };
    let tailed = report(&[vec![small(2_000); 90], vec![small(400_000); 10]].concat());
    let crowded = report_of(&records(&[small(2_000); 100]), 100_000, 2);
    let late = alike(Hop { resume: 115_000, ..small(2_000) });
    let crossing = "adds 14.1 us of overhead, most of it waking the awaiter.";
    for (report, takes, adds, judged) in [
        (alike(small(2_000)), "takes 2.00 us", crossing, "14.1 us"),
        (tailed, "takes 2.00 us (median)", crossing, "14.1 us"),
        (
            crowded,
            "takes 2.00 us",
            "adds 14.1 us of overhead. Of that, 8.00 us is resume: its task waits behind others in the run queue. \
             Most of the other 6.13 us is waking threads.",
            "6.13 us",
        ),
        (
            late,
            "takes 2.00 us",
            "adds 121 us of overhead. Of that, 100 us is resume: its task is polled late after it was woken. Most of the \
             other 21.1 us is waking the awaiter.",
            "21.1 us",
        ),
    ] {
        let back_to_back = "Tasks make about 100 of these calls back to back.";
        assert_eq!(headline(&report), format!("meta.rs:7 get {takes} and {adds} {back_to_back}"));
        let all = verdicts(&report);
        let verdict = all.iter().find(|verdict| verdict.rule == Rule::SmallWork).unwrap();
        assert!(verdict.evidence[1].replace('\u{a0}', " ").contains(judged), "{:?}", verdict.evidence);
        // The same figure, by the same word.
        let row = screen(&report, &ScreenOptions::default().with_all(true));
        let row = row.lines().find(|line| line.starts_with("meta.rs:7 get ") && !line.contains('/')).unwrap();
        let (_, overhead) = adds.split_once("adds ").unwrap();
        let overhead = overhead.split_once(" of overhead").unwrap().0.replace(' ', "");
        assert!(row.contains(&overhead), "{overhead} in {row}");
    }
    let alone: Vec<_> = (0..100).map(|i| small(2_000).record_spaced(i, Spacing::Apart)).collect();
    let alone = headline(&report_of(&alone, 5, 2));
    assert_eq!(alone, format!("meta.rs:7 get takes 2.00 us and {crossing}"));
}

#[test]
fn the_headline_leaves_out_no_large_part_of_a_call() {
    let first = |hop: Hop| {
        let text = screen(&alike(hop), &ScreenOptions::default().with_all(true).with_width(Some(1_000)));
        text.lines().nth(2).unwrap().trim().replace('\u{a0}', " ")
    };
    let backlog = first(Hop { backlog: 1_400_000, kind: StartKind::Handoff, ..small(2_000) });
    let begin = "meta.rs:7 get waits 1.40 ms for a free thread (backlog, 99 % of the whole call). It takes 2.00 us and adds 14.1 us";
    assert!(backlog.starts_with(begin), "{backlog}");
    let unpolled = first(Hop { unpolled: 50_000, ..small(2_000) });
    assert!(unpolled.contains(". Its result then lies 50.0 us before it is awaited (unpolled)."), "{unpolled}");
    // A part that is smaller than the overhead is in the table alone.
    let less = first(Hop { backlog: 14_000, kind: StartKind::Handoff, unpolled: 14_000, ..small(2_000) });
    assert!(!less.contains("backlog") && !less.contains("unpolled"), "{less}");
}

#[test]
fn a_start_that_no_thread_needs_is_not_called_one() {
    let said = |start: u64, wait_ns: Option<u64>| {
        let mut report = alike(Hop { start, ..small(2_000) });
        let cpu = ProcessCpu { processors: 2, cpu_ns: 1, wait_ns, machine: None };
        report.processes[0].cpu = Some(cpu);
        screen(&report, &ScreenOptions::default().with_all(true).with_width(Some(1_000))).replace('\u{a0}', " ")
    };
    let behind = "most of it waiting behind jobs that are not seen.";
    let late = said(71_300_000, None);
    assert!(late.contains(behind) && !late.contains("starting threads, "), "{late}");
    assert!(
        late.contains("start of meta.rs:7 get is 71.3 ms on average, longer than a thread takes to start"),
        "{late}"
    );
    assert!(!said(999_000, None).contains("behind jobs"));
    // Half of all starts, of 100 hops.
    let starved = said(71_300_000, Some(3_565_000_000));
    assert!(starved.contains("waiting for a processor, or behind jobs that are not seen"), "{starved}");
    assert!(said(71_300_000, Some(3_564_000_000)).contains(behind));
}

#[test]
fn calls_of_several_lines_are_no_row_of_one() {
    let of = |lines: u32, spacing: Spacing| {
        let hop = |i: u32| {
            let hop = Hop { line: 7 + i % lines, ..small(2_000) };
            let spacing = if i == 0 { spacing } else { Spacing::Row };
            let mut record = hop.record(i.into());
            record.circumstances.spacing = spacing;
            record
        };
        let hops: Vec<_> = (0..100).map(hop).collect();
        screen(&report_of(&hops, 5, 2), &ScreenOptions::default().with_all(true).with_width(Some(1_000)))
    };
    let told = |text: &str| text.contains("of these calls back to back");
    assert!(told(&of(1, Spacing::First)));
    // As in a report that knew calls of the same line alone.
    assert!(told(&of(2, Spacing::Apart)));
    assert!(!told(&of(2, Spacing::First)));
}
