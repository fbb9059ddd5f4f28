//! Screens and folded stacks held to golden files, from a report and from a log.

use std::path::Path;

use tollbridge_flamegraphs::{FlameOptions, ScreenOptions, Weight, read, render, screen};
use tollbridge_report::Report;
use tollbridge_report::hop::{HopRecord, Ops, Stamps};
use tollbridge_report::names::{Arm, Detail};
use tollbridge_testkit::golden;
use tollbridge_testkit::logs::{Form, emit, emit_amid_others, hops, log_of, stored_report, tally};

fn json(report: &Report) -> Vec<u8> {
    let mut json = Vec::new();
    report.write_json(&mut json).unwrap();
    json
}

fn opened(path: &Path) -> Report {
    read::open(path).unwrap().report
}

/// Every folded file of a report, held to `expected.KIND.NAME`.
fn check_folded(case: &str, kind: &str, report: &Report, options: &FlameOptions) {
    let folder = tempfile::tempdir().unwrap();
    let mut checked = 0;
    for path in render(report, folder.path(), options).unwrap() {
        if path.extension().is_some_and(|extension| extension == "folded") {
            let name = path.file_name().unwrap().to_str().unwrap();
            golden::check(
                env!("CARGO_MANIFEST_DIR"),
                case,
                &format!("expected.{kind}.{name}"),
                &std::fs::read_to_string(&path).unwrap(),
            );
            checked += 1;
        }
    }
    assert_eq!(checked, 5, "hop-naive, hop-snapshot, hop-native, transfer, diff");
}

#[test]
fn a_report_on_the_screen() {
    let input = golden::input(env!("CARGO_MANIFEST_DIR"), "report", "input.json", || json(&stored_report(&hops(900))));
    let report = opened(&input);
    for (name, width, all) in [
        ("wide", None, true),
        ("120", Some(120), true),
        ("80", Some(80), true),
        ("brief.120", Some(120), false),
        ("brief.80", Some(80), false),
    ] {
        let options = ScreenOptions::default().with_all(all).with_width(width).with_file("toll/report.json");
        let text = screen(&report, &options);
        golden::check(env!("CARGO_MANIFEST_DIR"), "report", &format!("expected.{name}.screen"), &text);
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width.map_or(200, usize::from), "{widest} columns:\n{text}");
    }
}

#[test]
fn a_report_as_folded_stacks() {
    let input = golden::input(env!("CARGO_MANIFEST_DIR"), "report", "input.json", || json(&stored_report(&hops(900))));
    let report = opened(&input);
    check_folded("report", "counts", &report, &FlameOptions::default());
    let all = FlameOptions::default().with_weight(Weight::Ns).with_backlog(true).with_unpolled(true).with_run(false);
    check_folded("report", "ns", &report, &all);
}

#[test]
fn a_log_on_the_screen_and_as_folded_stacks() {
    let input = golden::input(env!("CARGO_MANIFEST_DIR"), "log", "input.log", || {
        let log = log_of(Form::Coloured, || emit_amid_others(&hops(90)));
        // The writer was killed.
        log[..log.len() - 30].to_vec()
    });
    let report = opened(&input);
    assert_eq!(report.dropped.lines, 1);
    golden::check(
        env!("CARGO_MANIFEST_DIR"),
        "log",
        "expected.120.screen",
        &screen(&report, &ScreenOptions::default().with_all(true).with_width(Some(120))),
    );
    check_folded("log", "counts", &report, &FlameOptions::default());
}

#[test]
fn a_log_and_a_report_of_the_same_hops_give_the_same_counts() {
    let hops = hops(300);
    let folder = tempfile::tempdir().unwrap();
    let log = read::from_reader(log_of(Form::Text, || hops.iter().for_each(emit)).as_slice(), "log").unwrap().report;
    render(&stored_report(&hops), &folder.path().join("report"), &FlameOptions::default()).unwrap();
    for path in render(&log, &folder.path().join("log"), &FlameOptions::default()).unwrap() {
        if path.extension().is_some_and(|extension| extension == "folded") {
            let other = folder.path().join("report").join(path.file_name().unwrap());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), std::fs::read_to_string(other).unwrap());
        }
    }
}

#[test]
fn one_arm_without_detail_on_the_screen() {
    let coarse: Vec<HopRecord<'_>> = hops(200)
        .into_iter()
        .map(|hop| HopRecord { arm: Arm::Snapshot, detail: Detail::Phases, ops: Ops::default(), ..hop })
        .collect();
    let text = screen(&stored_report(&coarse), &ScreenOptions::default().with_all(true));
    golden::check(env!("CARGO_MANIFEST_DIR"), "coarse", "expected.wide.screen", &text);
}

#[test]
fn wrapped_jobs_on_the_screen() {
    let wrapped: Vec<HopRecord<'_>> = hops(50)
        .into_iter()
        .filter(|hop| hop.stamps.run_end.is_some())
        .map(|hop| HopRecord {
            arm: Arm::Wrapped,
            detail: Detail::Phases,
            ops: Ops::default(),
            stamps: Stamps {
                returned: None,
                first_poll: None,
                ready: None,
                published: None,
                copied: hop.stamps.run_end,
                ..hop.stamps
            },
            ..hop
        })
        .collect();
    let text = screen(&stored_report(&wrapped), &ScreenOptions::default().with_all(true));
    golden::check(env!("CARGO_MANIFEST_DIR"), "wrapped", "expected.wide.screen", &text);
}

#[test]
fn contended_locks_on_the_screen() {
    let mut report = stored_report(&hops(300));
    report.spans = vec![
        // A convoy, in two places; as good as never contended, but long; free; a bridge lock of `wrap_future`.
        tollbridge_testkit::logs::lock_span(&["request", "lock cache"], 400, 300, 210_000),
        tollbridge_testkit::logs::lock_span(&["lock cache"], 100, 40, 160_000),
        tollbridge_testkit::logs::lock_span(&["lock log"], 2_000, 3, 9_000),
        tollbridge_testkit::logs::lock_span(&["lock config"], 500, 0, 60),
        tollbridge_testkit::logs::lock_span(&["lock done"], 200, 9, 70),
        tollbridge_testkit::logs::lock_span(&["request"], 300, 0, 400_000),
    ];
    report.derive();
    for (name, width) in [("wide", None), ("80", Some(80))] {
        let text = screen(&report, &ScreenOptions::default().with_all(true).with_width(width));
        golden::check(env!("CARGO_MANIFEST_DIR"), "locks", &format!("expected.{name}.screen"), &text);
    }
}

#[test]
fn nothing_at_all_on_the_screen() {
    golden::check(
        env!("CARGO_MANIFEST_DIR"),
        "empty",
        "expected.wide.screen",
        &screen(&Report::default(), &ScreenOptions::default().with_all(true)),
    );
    golden::check(
        env!("CARGO_MANIFEST_DIR"),
        "empty",
        "expected.no-hops.screen",
        &screen(&tally(&[]), &ScreenOptions::default().with_all(true)),
    );
}
