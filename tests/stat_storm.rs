//! The main job, end to end: the example as its users run it.

mod common;

use common::{child, example};
use tollbridge::{Arm, Detail};

const EXAMPLE: &str = "stat_storm";

#[test]
fn it_leaves_a_report_and_shows_the_screen() {
    const HOPS: u64 = 3_000;
    let out = tempfile::tempdir().expect("a folder");
    let screen = example::shown_by(EXAMPLE, &["--root", "../src", "--hops", "3000", "--concurrency", "8"], out.path());
    for part in ["3,000 hops: 3,000 joined", "TRY", "MEAN PER HOP", "POOL", "HAND-BACK", "FILE", "report.json", "MORE"]
    {
        assert!(screen.contains(part), "no {part} in\n{screen}");
    }

    let report = child::read(&out.path().join("report.json"));
    assert_eq!((report.outcomes.submitted, report.outcomes.joined, report.dropped.total()), (HOPS, HOPS, 0));
    assert!(report.processes.iter().all(|process| process.complete));
    assert_eq!(report.arms.values().map(|arm| arm.hops).sum::<u64>(), HOPS);
    let counts = |arm| {
        let arm = &report.arms[&arm];
        (arm.locks_per_transfer, arm.copies_per_transfer)
    };
    assert_eq!(counts(Arm::Naive), (Some(4.0), Some(1.0)));
    assert_eq!(counts(Arm::Snapshot), (Some(0.0), Some(1.0)));
    assert_eq!(counts(Arm::Native), (Some(0.0), Some(0.0)));
    assert_eq!(report.contrast.len(), 3);
}

/// What a screen says whatever was measured: the sections and heads, what is counted exactly, where the rest is.
fn fixed(screen: &str) -> Vec<String> {
    let sections = screen.lines().filter(|line| line.starts_with(char::is_alphabetic));
    let fixed = sections.map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[0] {
            "MEAN" | "MORE" => words.join(" "),
            "HAND-BACK" => words.join(" ").split_once(';').expect("counts, then a difference").0.to_owned(),
            first => first.to_owned(),
        }
    });
    // More of them where a recommendation has several.
    fixed.filter(|words| !words.starts_with("and ")).collect()
}

#[test]
fn the_front_page_shows_what_it_prints() {
    const COMMAND: &str = "cargo run --release --example stat_storm";
    let readme = std::fs::read_to_string("../README.md").expect("it is there");
    let shown = readme.split_once(COMMAND).and_then(|(_, rest)| rest.split_once("```text\n"));
    let (shown, _) = shown.and_then(|(_, rest)| rest.split_once("```")).expect("a screen below the command");
    let out = tempfile::tempdir().expect("a folder");
    let printed = example::shown_by(EXAMPLE, &["--root", "../src", "--hops", "3000"], out.path());
    assert_eq!(fixed(shown), fixed(&printed), "{printed}");
}

#[test]
fn one_arm_alone_and_every_job() {
    for job in ["stat", "open", "read", "hash", "dns", "empty"] {
        let out = tempfile::tempdir().expect("a folder");
        let arguments = ["--root", "../src", "--hops", "40", "--job", job, "--transfer", "naive", "--detail", "phases"];
        let stdout = example::shown_by(EXAMPLE, &[&arguments[..], &["--blocking-threads", "2"]].concat(), out.path());
        let report = child::read(&out.path().join("report.json"));
        assert_eq!(report.arms.keys().collect::<Vec<_>>(), [&Arm::Naive], "{job}");
        assert_eq!(report.arms[&Arm::Naive].outcomes.joined, 40, "{job}");
        assert_eq!(report.settings.map(|settings| settings.detail), Some(Detail::Phases), "{job}");
        assert!(report.pool.threads_seen <= 2, "{job}");
        assert!(!stdout.contains("jobs failed"), "{job}: {stdout}");
    }
}

#[test]
fn jobs_may_share_a_hop() {
    let out = tempfile::tempdir().expect("a folder");
    let arguments =
        ["--root", "../src", "--hops", "50", "--batch", "16", "--concurrency", "4", "--transfer", "snapshot"];
    example::shown_by(EXAMPLE, &arguments, out.path());
    let joined = child::read(&out.path().join("report.json")).outcomes.joined;
    assert_eq!(joined, 4, "three full ones and the rest");
}

#[test]
fn what_is_wrong_is_named_with_its_remedy() {
    let out = tempfile::tempdir().expect("a folder");
    let file = out.path().join("a-file");
    std::fs::write(&file, "in the way").expect("written");
    let below_file = file.join("out");
    let empty = out.path().join("empty");
    std::fs::create_dir(&empty).expect("made");
    let empty = empty.to_str().expect("text");
    for (arguments, out, expected) in [
        (&["--root", "/no/such/place"][..], out.path(), ["/no/such/place", "--root"]),
        (&["--root", empty], out.path(), ["no file below", "--root"]),
        (&["--root", "../src"], below_file.as_path(), ["a-file", "--out"]),
        (&["--transfer", "wrapped"], out.path(), ["wrapped", "native, snapshot or naive"]),
        (&["--compare", "naive,fast"], out.path(), ["fast", "native, snapshot or naive"]),
        (&["--transfer", "naive", "--compare", "naive"], out.path(), ["--transfer", "cannot be used with"]),
        (&["--hops", "0"], out.path(), ["--hops", "0"]),
    ] {
        example::refuses(EXAMPLE, arguments, out, &expected);
    }
}
