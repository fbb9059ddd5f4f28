//! Callers of sites that are not the app's own, by backtraces: who they are, and how often.

#![cfg(unix)]

use std::collections::BTreeMap;

use tollbridge_instrument::hop::{EndedHop, Site, Ticks};
use tollbridge_instrument::names::{Arm, Detail, Outcome};
use tollbridge_instrument::record::{self, Settings};
use tollbridge_report::Report;

const FS: Site<'static> = Site {
    file: "/c/registry/src/index-1/tokio-1.54.1/src/fs/mod.rs",
    line: 328,
    column: 11,
    job: "tokio::fs::metadata::metadata<&str>::{{closure}}",
};
const OWN: Site<'static> = Site { file: "src/app.rs", line: 7, column: 5, job: "app::job" };

fn hop(site: &Site<'static>) {
    let generation = record::armed().generation();
    let begun = record::begin(generation, site, Arm::Snapshot, Detail::Phases).expect("armed");
    let ticks = Ticks::between(begun.called, begun.called + 1_000);
    assert!(record::hop(generation, &EndedHop::of(&begun, Arm::Snapshot, Detail::Phases, Outcome::Joined, ticks)));
}

#[inline(never)]
fn list_dir(calls: usize) {
    (0..calls).for_each(|_| hop(&FS));
}

#[inline(never)]
fn serve_file(calls: usize) {
    (0..calls).for_each(|_| hop(&FS));
}

fn captured(settings: Settings) -> Report {
    let capture = record::arm(settings).expect("nothing else is armed");
    list_dir(46);
    serve_file(4);
    hop(&OWN);
    capture.finish()
}

/// Samples and calls by the nearest function.
fn by_function(report: &Report) -> BTreeMap<String, (u64, u64)> {
    let mut functions = BTreeMap::<String, (u64, u64)>::new();
    for caller in &report.callers {
        // The closure that makes the hops is a part of its function.
        let nearest = caller.frames.iter().find(|frame| !frame.function.ends_with("hop"));
        let function = nearest.map(|frame| frame.function.clone()).unwrap_or_default();
        let sum = functions.entry(function).or_default();
        *sum = (sum.0 + caller.samples, sum.1 + caller.calls);
    }
    functions
}

/// The one test of this program, which arms.
#[test]
fn a_capture_names_the_functions_that_called_what_is_not_the_app_s_and_a_new_one_begins_empty() {
    for _ in 0..2 {
        let report = captured(Settings::default());
        let expected = [("callers::list_dir", (46, 46)), ("callers::serve_file", (4, 4))];
        assert_eq!(by_function(&report), expected.map(|(function, sum)| (function.to_owned(), sum)).into());
        let nearest = report.callers.iter().map(|caller| &caller.frames[0]);
        for frame in nearest {
            assert!(frame.file.as_deref().is_some_and(|file| file.ends_with("tests/callers.rs")), "{frame:?}");
            assert!(frame.line.is_some(), "{frame:?}");
        }
        assert!(report.callers.iter().all(|caller| caller.is_own && caller.job == FS.job));
        assert_eq!(report.callers_lost, 0);
    }
    assert_eq!(captured(Settings { callers: false, ..Settings::default() }).callers, []);
}
