//! `tollbridge merge`: which files, their sum, and what is refused.

#[path = "common/command.rs"]
mod command;
mod common;

use std::path::Path;

use command::{run, run_with_input};
use common::{Form, emit_amid_others, hops, log_of, stored_report};
use tollbridge_flamegraphs::cli::exit;
use tollbridge_instrument::report::Report;

/// A report of its own process, with so many hops.
fn report(pid: u32, count: u64) -> Report {
    let mut report = stored_report(&hops(count));
    report.processes[0].pid = pid;
    report
}

/// A folder with three runs, `runs/svc-PID/report.json`.
fn three() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (pid, count) in [(1, 100), (2, 50), (3, 25)] {
        let run = folder.path().join(format!("runs/svc-{pid}"));
        std::fs::create_dir_all(&run).unwrap();
        report(pid, count).save(&run.join("report.json")).unwrap();
    }
    folder
}

fn read(folder: &Path, name: &str) -> Report {
    Report::from_json(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

fn is_there(folder: &Path, name: &str) -> bool {
    folder.join(name).exists()
}

#[test]
fn files_folders_and_lists_give_the_same_sum() {
    let folder = three();
    let mut expected = report(1, 100);
    expected.merge(&report(2, 50));
    expected.merge(&report(3, 25));
    let paths = [1, 2, 3].map(|pid| format!("runs/svc-{pid}/report.json"));
    let [a, b, c] = paths.each_ref().map(String::as_str);
    std::fs::write(folder.path().join("list"), paths.join("\r\n")).unwrap();
    for args in [
        &["merge", a, b, c][..],
        &["merge", c, a, b],
        &["merge", "runs"],
        &["merge", "runs/svc-3", "runs/svc-2", a],
        &["merge", "--files-from", "list"],
        &["merge", c, "--files-from", "-"],
        &["merge", "runs", "-o", "-"],
    ] {
        let input = paths[..2].join("\n");
        let merged = run_with_input(folder.path(), args, input.as_bytes());
        assert_eq!((merged.code, merged.err.as_str()), (i32::from(exit::OK), ""), "{args:?}");
        assert_eq!(Report::from_json(merged.out.as_bytes()).unwrap(), expected, "{args:?}");
    }
    assert_eq!((expected.hops(), expected.processes.len()), (175, 3));
    let stored = run(folder.path(), &["merge", "runs", "--out", "sum.json"]);
    assert_eq!((stored.code, stored.out.as_str()), (i32::from(exit::OK), "sum.json\n"));
    assert_eq!(read(folder.path(), "sum.json"), expected);
    // What was merged may be merged again.
    report(4, 10).save(&folder.path().join("more.json")).unwrap();
    let again = run(folder.path(), &["merge", "sum.json", "more.json"]);
    expected.merge(&report(4, 10));
    assert_eq!(Report::from_json(again.out.as_bytes()).unwrap(), expected);
    assert!(run(folder.path(), &["report", "sum.json"]).out.contains("3 processes"));
}

#[test]
fn a_bad_file_is_named_and_nothing_is_written() {
    let folder = three();
    std::fs::write(folder.path().join("runs/svc-2/report.json"), "{\"format\":1,\"tool\":").unwrap();
    let refused = run(folder.path(), &["merge", "runs", "-o", "sum.json"]);
    assert_eq!((refused.code, refused.out.as_str()), (i32::from(exit::UNUSABLE_INPUT), ""));
    assert!(
        refused.err.contains("`runs/svc-2/report.json`") && refused.err.contains("line 1 column 19"),
        "{}",
        refused.err
    );
    assert!(!is_there(folder.path(), "sum.json"));

    let going = run(folder.path(), &["merge", "runs", "gone.json", "-o", "sum.json", "--keep-going"]);
    assert_eq!((going.code, going.out.as_str()), (i32::from(exit::UNUSABLE_INPUT), "sum.json\n"));
    for part in [
        "left out: failed to read the report in `runs/svc-2/report.json`",
        "left out: failed to open `gone.json`",
        "note: 2 of 4 inputs are merged, 2 left out",
    ] {
        assert!(going.err.contains(part), "{part} in {}", going.err);
    }
    assert_eq!(read(folder.path(), "sum.json").hops(), 125);

    let nothing = run(folder.path(), &["merge", "gone.json", "-o", "none.json", "--keep-going"]);
    assert_eq!(nothing.code, i32::from(exit::UNUSABLE_INPUT));
    assert!(nothing.err.contains("nothing to merge: none of the 1 inputs"), "{}", nothing.err);
    assert!(!is_there(folder.path(), "none.json"));
    let told = run(folder.path(), &["merge", "gone.json", "-o", "none.json", "--keep-going", "--json"]);
    let told = (told.code, serde_json::from_str::<serde_json::Value>(&told.out).expect("JSON"));
    assert_eq!(told.0, i32::from(exit::UNUSABLE_INPUT));
    assert_eq!((&told.1["written"], &told.1["merged"]), (&serde_json::json!([]), &serde_json::json!(0)));
    assert!(told.1["left_out"][0]["error"].as_str().unwrap().contains("gone.json"));
}

#[test]
fn a_later_format_is_told_from_damage() {
    let folder = three();
    std::fs::write(folder.path().join("new.json"), "{\"format\":2,\"tool\":\"tollbridge 9\"}").unwrap();
    let refused = run(folder.path(), &["merge", "runs", "new.json"]);
    assert_eq!(refused.code, i32::from(exit::UNUSABLE_INPUT));
    assert!(
        refused.err.contains("report format 2 is not known") && refused.err.contains("newer tollbridge"),
        "{}",
        refused.err
    );
}

#[test]
fn no_hop_counts_twice() {
    let folder = three();
    // A checkpoint of the first run, copied away.
    report(1, 60).save(&folder.path().join("early.json")).unwrap();
    let refused = run(folder.path(), &["merge", "runs", "early.json"]);
    assert_eq!((refused.code, refused.out.as_str()), (i32::from(exit::UNUSABLE_INPUT), ""));
    for part in ["`runs/svc-1/report.json` and `early.json` are both of svc[1]", "--allow-same"] {
        assert!(refused.err.contains(part), "{part} in {}", refused.err);
    }
    let two_hosts = run(folder.path(), &["merge", "runs", "early.json", "--allow-same"]);
    assert_eq!(Report::from_json(two_hosts.out.as_bytes()).unwrap().hops(), 235);
    let going = run(folder.path(), &["merge", "runs", "early.json", "--keep-going"]);
    assert_eq!(going.code, i32::from(exit::UNUSABLE_INPUT));
    assert_eq!(Report::from_json(going.out.as_bytes()).unwrap().hops(), 175);

    for args in [&["merge", "runs", "runs/svc-1/../svc-1/report.json", "--allow-same"][..], &["merge", "runs", "runs"]]
    {
        let twice = run(folder.path(), args);
        assert_eq!(twice.code, i32::from(exit::UNUSABLE_INPUT));
        assert!(twice.err.contains("are the same file; give each once"), "{}", twice.err);
    }
}

#[test]
fn a_sum_that_holds_a_capture_is_known_too() {
    let folder = three();
    assert_eq!(run(folder.path(), &["merge", "runs", "-o", "sum.json"]).code, i32::from(exit::OK));
    let refused = run(folder.path(), &["merge", "sum.json", "runs/svc-3/report.json"]);
    assert!(refused.err.contains("are both of svc[3]"), "{}", refused.err);
}

#[test]
fn logs_are_merged_with_a_note() {
    let folder = three();
    let log = |count| log_of(Form::Text, || emit_amid_others(&hops(count)));
    for (name, count) in [("a.log", 40), ("b.log", 30)] {
        std::fs::write(folder.path().join(name), log(count)).unwrap();
    }
    let mut torn = log(20);
    torn.truncate(torn.len() - 20);
    std::fs::write(folder.path().join("torn.log"), torn).unwrap();
    let merged = run(folder.path(), &["merge", "runs", "a.log", "b.log", "torn.log"]);
    assert_eq!(merged.code, i32::from(exit::OK));
    let sum = Report::from_json(merged.out.as_bytes()).unwrap();
    assert_eq!((sum.hops(), sum.dropped.lines), (175 + 40 + 30 + 19, 1));
    for note in ["note: times from a log", "note: each log is read alone: "] {
        assert_eq!(merged.err.matches(note).count(), 1, "{}", merged.err);
    }
    assert!(merged.err.contains("note: `torn.log`: 1 line looks like a hop"), "{}", merged.err);
}

#[test]
fn what_cannot_be_found_or_written_is_named() {
    let folder = three();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    std::fs::write(folder.path().join("latin"), b"a\n\xff\n").unwrap();
    for (args, code, parts) in [
        (&["merge", "empty"][..], exit::UNUSABLE_INPUT, ["no report.json in or below `empty`", "give"]),
        (&["merge", "--files-from", "gone"], exit::UNUSABLE_INPUT, ["failed to read the names in `gone`", "cause"]),
        (&["merge", "--files-from", "latin"], exit::UNUSABLE_INPUT, ["`latin`", "line 2 is no UTF-8"]),
        (&["merge", "--files-from", "-"], exit::UNUSABLE_INPUT, ["nothing to merge", "name reports or folders"]),
        (&["merge", "runs", "-o", "latin/sum.json"], exit::UNWRITABLE_OUTPUT, ["`latin", "--out"]),
        (&["merge", "runs", "-o", "empty"], exit::UNWRITABLE_OUTPUT, ["`empty`", "--out"]),
        (&["merge"], exit::USAGE, ["required", "--help"]),
    ] {
        let ran = run_with_input(folder.path(), args, b"");
        assert_eq!(ran.code, i32::from(code), "{args:?}: {}", ran.err);
        for part in parts {
            assert!(ran.err.contains(part), "{part} in {}", ran.err);
        }
        assert_eq!(ran.out, "");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

/// A pipe that nobody writes to, and a device that never ends, would be waited for for good.
#[cfg(target_os = "linux")]
#[test]
fn what_is_no_file_in_a_folder_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    for (run, pid) in [("a", 1), ("c", 2)] {
        std::fs::create_dir_all(runs.join(run)).unwrap();
        report(pid, 20).save(&runs.join(run).join("report.json")).unwrap();
    }
    for make in [
        &(|path: &std::path::Path| assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success()))
            as &dyn Fn(&std::path::Path),
        &|path| std::os::unix::fs::symlink("/dev/zero", path).unwrap(),
    ] {
        let path = runs.join("b/report.json");
        let _ = std::fs::remove_dir_all(runs.join("b"));
        std::fs::create_dir(runs.join("b")).unwrap();
        make(&path);
        for args in [&["merge", "runs", "-o", "sum.json"][..], &["compare", "runs/b", "runs/c"]] {
            let ran = run(folder.path(), args);
            assert_eq!(ran.code, i32::from(exit::UNUSABLE_INPUT), "{args:?}: {}", ran.err);
            assert!(ran.err.contains("b/report.json`: it is not an ordinary file"), "{args:?}: {}", ran.err);
        }
        let going = run(folder.path(), &["merge", "runs", "--keep-going", "-o", "sum.json"]);
        assert_eq!(going.code, i32::from(exit::UNUSABLE_INPUT), "{}", going.err);
        assert!(going.err.contains("2 of 3 inputs are merged, 1 left out"), "{}", going.err);
    }
}
