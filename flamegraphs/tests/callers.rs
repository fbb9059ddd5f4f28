//! What is said of the callers of sites that are not the app's own: no share that a sample cannot bear.

use tollbridge_flamegraphs::verdict::{Verdict, verdicts};
use tollbridge_flamegraphs::{HtmlOptions, ScreenOptions, html, screen};
use tollbridge_report::hop::{Circumstances, HopRecord, Site};
use tollbridge_report::names::Spacing;
use tollbridge_report::{Caller, Frame, Report, Sequence};
use tollbridge_testkit::phased::{Hop, ORDINARY, records, report_of};

const METADATA: Site<'static> = Site {
    file: "target/tollbridge/copy/tokio-1.54.1/src/fs/mod.rs",
    line: 328,
    column: 11,
    job: "tokio::fs::metadata::metadata<&str>::{{closure}}::{{closure}}",
};

fn place(site: &Site<'_>) -> String {
    format!("{}:{}:{}", site.file, site.line, site.column)
}

/// So many calls of a site, one after the other.
fn calls(site: Site<'static>, count: usize) -> Report {
    let circumstances = Circumstances { spacing: Spacing::Row, ..Circumstances::default() };
    let of = vec![Hop { run: 2_000, ..ORDINARY }; count];
    let hops: Vec<HopRecord<'_>> =
        records(&of).into_iter().map(|hop| HopRecord { site, circumstances, ..hop }).collect();
    let mut report = report_of(&hops, 5, 2);
    let (before_site, before_job) = (place(&site), site.job.to_owned());
    let hops = count as u64 - 1;
    report.sequences.push(Sequence {
        site: before_site.clone(),
        job: before_job.clone(),
        before_site,
        before_job,
        hops,
        in_a_row: hops,
        together: 0,
        gap_ns: hops * 4_000,
    });
    report
}

/// `samples` of calls that came by these functions, each for so many.
fn caller(functions: &[&str], is_own: bool, samples: u64, each: u64) -> Caller {
    let frame = |(line, function): (u32, &&str)| Frame {
        function: (*function).to_owned(),
        file: Some("/home/u/svc/src/server.rs".to_owned()),
        line: Some(line),
    };
    Caller {
        site: place(&METADATA),
        job: METADATA.job.to_owned(),
        frames: (120..).zip(functions).map(frame).collect(),
        is_own,
        samples,
        calls: samples * each,
        squares: samples * each * each,
    }
}

/// The paragraph in which the screen says it; `None` if there is none.
fn told(count: usize, callers: &[Caller], all: bool) -> Option<String> {
    let report = Report { callers: callers.to_vec(), ..calls(METADATA, count) };
    let text = screen(&report, &ScreenOptions::default().with_all(all).with_width(Some(500)));
    let line = text.lines().find(|line| line.starts_with("CALLERS"))?;
    Some(line.replace('\u{a0}', " ").split_whitespace().skip(1).collect::<Vec<_>>().join(" "))
}

#[test]
fn shares_are_stated_where_all_calls_or_enough_of_them_were_looked_at() {
    let by = |list: u64, serve: u64, each| {
        vec![caller(&["svc::list_dir"], true, list, each), caller(&["svc::serve_file"], true, serve, each)]
    };
    for all in [false, true] {
        // All of them.
        assert_eq!(
            told(25, &by(23, 2, 1), all).unwrap(),
            "tokio::fs::metadata is called from `list_dir` (92 %), `serve_file` (8.0 %)"
        );
        // Enough.
        assert_eq!(
            told(1_000, &by(15, 15, 8), all).unwrap(),
            "tokio::fs::metadata is called from `list_dir` (50 %), `serve_file` (50 %)"
        );
    }
    // Others may call it as well, in calls that were not looked at.
    let one = [caller(&["svc::list_dir"], true, 212, 57)];
    assert_eq!(
        told(12_000, &one, false).unwrap(),
        "tokio::fs::metadata is called from `list_dir` (all 212 calls that were looked at)"
    );
    // One fewer, and then all but one of few.
    assert_eq!(
        told(1_000, &by(15, 14, 8), false).unwrap(),
        "tokio::fs::metadata is called from `list_dir`, `serve_file` (29 of 1,000 calls looked at)"
    );
    assert_eq!(
        told(26, &by(23, 2, 1), false).unwrap(),
        "tokio::fs::metadata is called from `list_dir`, `serve_file` (25 of 26 calls looked at)"
    );
}

#[test]
fn a_few_samples_that_stand_for_most_calls_bear_no_shares_beside_many_that_stand_for_themselves() {
    let callers = [caller(&["svc::a"], true, 64, 1), caller(&["svc::b"], true, 2, 1_000)];
    assert_eq!(
        told(2_100, &callers, false).unwrap(),
        "tokio::fs::metadata is called from `b`, `a` (66 of 2,100 calls looked at)"
    );
}

#[test]
fn functions_are_named_as_short_as_they_differ_and_the_rest_is_counted() {
    let mut callers = vec![
        caller(&["svc::a::get"], true, 50, 1),
        caller(&["svc::b::get"], true, 20, 1),
        caller(&["<svc::Store as svc::Get<T>>::find"], true, 15, 1),
        caller(&["svc::x"], true, 5, 1),
        caller(&["svc::y"], true, 4, 1),
        caller(&[], false, 6, 1),
    ];
    callers.sort_by(|a, b| a.frames.cmp(&b.frames));
    assert_eq!(
        told(100, &callers, false).unwrap(),
        "tokio::fs::metadata is called from `a::get` (50 %), `b::get` (20 %), `Store::find` (15 %), others (9.0 %), unknown (6.0 %)"
    );
}

#[test]
fn what_is_not_known_is_not_said() {
    assert_eq!(told(100, &[], false), None);
    assert_eq!(told(100, &[caller(&[], false, 100, 1)], false), None);
    // Whoever calls the app's own site is in the site.
    let own = Site { file: "src/main.rs", line: 7, column: 1, job: "svc::list::{{closure}}" };
    let of_own = Caller { site: place(&own), job: own.job.to_owned(), ..caller(&["svc::x"], true, 100, 1) };
    let report = Report { callers: vec![of_own], ..calls(own, 100) };
    assert!(!screen(&report, &ScreenOptions::default()).contains("CALLERS"));
}

fn first_verdict(callers: &[Caller]) -> Verdict {
    let report = Report { callers: callers.to_vec(), ..calls(METADATA, 300) };
    verdicts(&report).into_iter().next().expect("the work is smaller than its crossing")
}

#[test]
fn the_advice_names_the_function_of_the_app_s_that_makes_most_calls() {
    let list = caller(&["svc::list_dir", "svc::handle"], true, 200, 1);
    let verdict = first_verdict(&[list.clone(), caller(&["svc::serve"], true, 100, 1)]);
    assert!(
        verdict.attempt.contains("calls back to back; look at `list_dir` (src/server.rs:120), called by `handle`"),
        "{}",
        verdict.attempt
    );
    let whose = "the call is in tokio itself; called from `list_dir`\u{a0}(67\u{a0}%), `serve`\u{a0}(33\u{a0}%)";
    assert!(verdict.evidence.iter().any(|told| told == whose), "{:?}", verdict.evidence);
    // Nothing of the app's was on the stack: then the loop is somebody else's.
    let verdict = first_verdict(&[caller(&["tower_http::services::fs::open"], false, 300, 1)]);
    assert!(verdict.attempt.ends_with("calls back to back"), "{}", verdict.attempt);
    let whose = "the call is in tokio itself; called from `fs::open`\u{a0}(100\u{a0}%)";
    assert!(verdict.evidence.iter().any(|told| told == whose), "{:?}", verdict.evidence);
}

#[test]
fn the_page_has_the_ways_with_their_lines() {
    let hostile = "svc::<script>alert(1)</script>";
    let callers = [caller(&["svc::list_dir", "svc::handle"], true, 90, 1), caller(&[hostile], true, 10, 1)];
    let page = html(&Report { callers: callers.to_vec(), ..calls(METADATA, 100) }, &HtmlOptions::default());
    assert!(page.contains("list_dir (src/server.rs:120) &#60; handle (src/server.rs:121)"));
    assert!(!page.contains("<script>alert"));
}
