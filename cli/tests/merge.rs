//! `tollbridge merge`: which files, their sum, and what is refused.

#[path = "common/command.rs"]
mod command;

use std::path::Path;

use command::{run, run_with_input};
use tollbridge_cli::exit;
use tollbridge_report::names::{Arm, Detail};
use tollbridge_report::{Report, Settings};
use tollbridge_testkit::logs::{Form, emit_amid_others, hops, log_of, stored_report};

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
    std::fs::write(folder.path().join("nul"), b"a\n\0\n").unwrap();
    for (args, code, parts) in [
        (&["merge", "empty"][..], exit::UNUSABLE_INPUT, ["no report.json in or below `empty`", "give"]),
        (&["merge", "--files-from", "gone"], exit::UNUSABLE_INPUT, ["failed to read the names in `gone`", "cause"]),
        (&["merge", "--files-from", "nul"], exit::UNUSABLE_INPUT, ["`nul`", "line 2 holds a NUL"]),
        (&["merge", "--files-from", "-"], exit::UNUSABLE_INPUT, ["nothing to merge", "name reports or folders"]),
        (&["merge", "runs", "-o", "nul/sum.json"], exit::UNWRITABLE_OUTPUT, ["`nul", "--out"]),
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

/// Stores a run's report with other settings.
fn store(folder: &Path, name: &str, pid: u32, change: impl FnOnce(&mut Settings)) {
    let mut report = report(pid, 300);
    change(report.settings.as_mut().unwrap());
    report.save(&folder.join(name)).unwrap();
}

#[test]
fn runs_of_other_settings_are_named_and_advised_on_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), "locks.json", 1, |_| ());
    store(folder.path(), "locks2.json", 2, |_| ());
    store(folder.path(), "phases.json", 3, |settings| settings.detail = Detail::Phases);
    store(folder.path(), "naive.json", 4, |settings| {
        (settings.detail, settings.arms) = (Detail::Phases, vec![Arm::Naive]);
    });
    store(folder.path(), "seen.json", 5, |settings| settings.visible = true);
    let advice = |files: &[&str]| {
        let ran = run(folder.path(), &[&["verdicts", "--json"], files].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        serde_json::from_str::<serde_json::Value>(&ran.out).unwrap()["verdicts"].clone()
    };
    // The same hops: what else was asked for changes nothing of what is to be tried.
    let alike = advice(&["locks.json", "locks2.json"]);
    assert!(!alike.as_array().unwrap().is_empty());
    assert_eq!(advice(&["locks.json", "phases.json"]), alike);
    let unlike = "detail is locks in 1 process and phases in 2; the bridge is naive in 1 process and naive, snapshot, native in 2";
    let shown = run(folder.path(), &["report", "--width", "300", "locks.json", "phases.json", "naive.json"]);
    assert!(shown.out.contains(&format!("\n      Settings differ: {unlike}.\n")), "{}", shown.out);
    assert!(!shown.out.contains("logging"), "{}", shown.out);
    let merged = run(folder.path(), &["merge", "phases.json", "locks.json", "naive.json", "-o", "sum.json"]);
    assert_eq!((merged.code, merged.err), (0, format!("note: settings differ: {unlike}\n")));
    // It stays known, in whatever order and however often they are added up.
    let sum = read(folder.path(), "sum.json");
    assert_eq!(sum.settings, None);
    let details: Vec<Detail> = sum.processes.iter().map(|p| sum.settings_of(p).unwrap().detail).collect();
    assert_eq!(details, [Detail::Locks, Detail::Phases, Detail::Phases]);
    assert_eq!(
        advice(&["sum.json", "locks2.json"]),
        advice(&["locks.json", "phases.json", "naive.json", "locks2.json"])
    );
    let page = run(folder.path(), &["html", "sum.json", "-o", "-"]).out;
    assert!(page.contains(&format!("Settings differ: {unlike}.")));
    // Times with the app's own logging in them are no base for advice, and whose they are is said.
    let seen = run(folder.path(), &["report", "--width", "300", "locks.json", "phases.json", "seen.json"]);
    assert!(seen.out.contains("The times of 1 of 3 processes contain the app's own logging"), "{}", seen.out);
    assert!(seen.out.contains("TRY   nothing can be said: the times of some processes contain"), "{}", seen.out);
    assert!(seen.out.contains("(RUST_LOG) is every hop in 1 process and nothing in 2."), "{}", seen.out);
    // What an older version has added up has lost it.
    let mut older = sum;
    older.processes.iter_mut().for_each(|process| process.settings = None);
    older.save(&folder.path().join("older.json")).unwrap();
    let lost = run(folder.path(), &["report", "--width", "300", "older.json"]).out;
    assert!(lost.contains("The settings of 3 of 3 processes are not known"), "{lost}");
    assert!(lost.contains("TRY   nothing can be said: an older version merged these reports"), "{lost}");
}
