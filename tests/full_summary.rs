//! `TOLLBRIDGE_SUMMARY=full`: the screen of `tollbridge report` at the end of a run, or what is missing for it.

mod common;

use std::path::Path;

use common::child;
use tollbridge::task::spawn_blocking;
use tollbridge_flamegraphs::ScreenOptions;

const HOPS: u64 = 200;

#[test]
fn child() {
    child::play(|role| {
        let toll = match role {
            "by variable" => tollbridge::init(),
            "by builder" => tollbridge::builder().with_summary(tollbridge::Summary::Full).without_files().init(),
            _ => panic!("no such role: {role}"),
        };
        common::runtime().block_on(async {
            for i in 0..HOPS {
                assert_eq!(spawn_blocking(move || i).await.expect("the job returns"), i);
            }
        });
        drop(toll);
        0
    });
}

fn play(role: &str, out: &Path, columns: Option<&str>) -> child::Played {
    let mut command = child::role(role);
    command.env("TOLLBRIDGE", "locks").env("TOLLBRIDGE_OUT", out).env("TOLLBRIDGE_SUMMARY", "FULL");
    columns.map(|columns| command.env("COLUMNS", columns));
    let played = child::run(&mut command);
    assert!(played.status.success(), "{}", played.stderr);
    played
}

#[test]
fn the_whole_screen_is_printed_where_the_renderer_is_linked() {
    for (columns, width) in [(None, 100), (Some("80"), 80), (Some("wide"), 100), (Some("0"), 100)] {
        let out = tempfile::tempdir().expect("a folder");
        let played = play("by variable", out.path(), columns);
        let file = child::runs(out.path())[0].join("report.json");
        let report = child::read(&file);
        assert_eq!((report.outcomes.joined, report.processes[0].complete), (HOPS, true));
        if cfg!(feature = "flamegraphs") {
            let options = ScreenOptions::default().with_all(true).with_width(Some(width)).with_file(&file);
            assert_eq!(played.stderr, tollbridge_flamegraphs::screen(&report, &options));
            assert!(!played.stderr.contains('\u{1b}'), "stderr is no terminal");
        } else {
            let [summary, missing] = played.said()[..] else { panic!("two lines: {}", played.stderr) };
            assert!(summary.contains(&format!("{HOPS} joined; {}", file.display())), "{summary}");
            let report = format!("`tollbridge report {}`", file.display());
            assert!(missing.contains("feature `flamegraphs`") && missing.contains(&report), "{missing}");
        }
    }
}

#[test]
fn a_run_without_files_has_a_full_summary_too() {
    let out = tempfile::tempdir().expect("a folder");
    let played = play("by builder", out.path(), None);
    assert!(played.stderr.contains(&format!("{HOPS} hops: {HOPS} joined")), "{}", played.stderr);
    assert!(!played.stderr.contains("report.json"), "{}", played.stderr);
    assert_eq!(played.stderr.contains("needs tollbridge's feature `flamegraphs`"), !cfg!(feature = "flamegraphs"));
}

/// A file stands where the folder should be.
#[test]
fn an_unwritable_folder_costs_the_full_summary_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("a file");
    std::fs::write(&file, "").expect("a file");
    let played = play("by variable", &file, None);
    assert_eq!(played.stderr.matches("failed to write").count(), 1, "{}", played.stderr);
    assert!(played.stderr.contains(&format!("{HOPS} hops: {HOPS} joined")), "{}", played.stderr);
}
