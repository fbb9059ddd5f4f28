//! The first sentences of a screen: their figures, and that no large part of a call is left out.

mod common;

use tollbridge_flamegraphs::verdict::{Rule, verdicts};
use tollbridge_flamegraphs::{ScreenOptions, screen};
use tollbridge_instrument::hop::{Circumstances, HopRecord, Ops, Site, Stamps};
use tollbridge_instrument::names::{Arm, Detail, Outcome, Spacing, StartKind};
use tollbridge_instrument::report::{ProcessCpu, Report};

/// Lengths in ns.
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
    fn record(&self, i: u64, spacing: Spacing) -> HopRecord<'static> {
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
            // All of one row, if they are.
            circumstances: Circumstances {
                spacing: if i > 0 { spacing } else { Spacing::Apart },
                ..Circumstances::default()
            },
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
    (0u64..).zip(hops).map(|(i, hop)| hop.record(i, Spacing::Row)).collect()
}

/// Of hops that come one by one.
fn report(hops: &[Hop]) -> Report {
    report_of(&records(hops), 5, 2)
}

fn alike(hop: Hop) -> Report {
    report(&[hop; 100])
}

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
    let alone: Vec<_> = (0..100).map(|i| small(2_000).record(i, Spacing::Apart)).collect();
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
            let mut record = hop.record(i.into(), Spacing::Row);
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
