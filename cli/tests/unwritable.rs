//! Output that finds no room: every verb says so, ends with its exit code, and leaves nothing behind.

#![cfg(target_os = "linux")]

#[path = "common/command.rs"]
mod command;

use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::process::Stdio;

use command::{command, ran, run};
use tollbridge_cli::exit;
use tollbridge_testkit::logs::{hops, stored_report};

/// A folder with a run's report before and after a change, and a file `busy` that is no folder.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, count, pid) in [("old.json", 200, 1), ("new.json", 220, 2), ("old2.json", 201, 3), ("new2.json", 221, 4)]
    {
        let mut report = stored_report(&hops(count));
        report.processes[0].pid = pid;
        report.save(&folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("busy"), "somebody's").unwrap();
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_standard_output_that_is_full_is_told_by_every_verb() {
    let folder = folder();
    let before = names(folder.path());
    for args in [
        &["report", "old.json"][..],
        &["report", "old.json", "--json"],
        &["merge", "old.json", "new.json"],
        &["merge", "old.json", "new.json", "-o", "-"],
        &["compare", "old.json", "old2.json", "--with", "new.json", "new2.json"],
        &["compare", "old.json", "old2.json", "--with", "new.json", "new2.json", "--json"],
        &["compare", "old.json", "old2.json", "--with", "new.json", "new2.json", "--markdown"],
        &["export", "old.json", "--to", "csv"],
        &["export", "old.json", "--to", "pprof"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = command(folder.path(), args);
        let ran = ran(command.stdout(full).stderr(Stdio::piped()).output().unwrap());
        assert_eq!(ran.code, i32::from(exit::UNWRITABLE_OUTPUT), "{args:?}: {}", ran.err);
        assert!(ran.err.contains("standard output"), "{args:?}: {}", ran.err);
    }
    assert_eq!(names(folder.path()), before);
}

#[test]
fn a_place_that_takes_nothing_keeps_what_it_has() {
    let folder = folder();
    let before = names(folder.path());
    let devices = names(Path::new("/dev"));
    for (args, remedy) in [
        (&["flame", "old.json", "--out"][..], "--out"),
        (&["merge", "old.json", "new.json", "--out"], "--out"),
        (&["export", "old.json", "--to", "csv", "--out"], "--out"),
        (&["export", "old.json", "--to", "pprof", "--out"], "--out"),
    ] {
        // A device that is full, a folder that is a file, one where nothing can be made (whoever runs this may write anywhere else).
        for out in ["/dev/full", "busy/x", "/proc/x"] {
            let ran = run(folder.path(), &[args, &[out]].concat());
            assert_eq!(
                (ran.code, ran.out.as_str()),
                (i32::from(exit::UNWRITABLE_OUTPUT), ""),
                "{args:?} {out}: {}",
                ran.err
            );
            assert!(ran.err.contains(remedy) && ran.err.contains("cause: "), "{args:?} {out}: {}", ran.err);
        }
    }
    assert_eq!(names(folder.path()), before);
    assert_eq!(std::fs::read_to_string(folder.path().join("busy")).unwrap(), "somebody's");
    assert!(Path::new("/dev/full").metadata().unwrap().file_type().is_char_device());
    assert!(names(Path::new("/dev")).iter().all(|name| !name.contains(".tmp") || devices.contains(name)));
}

/// What was there is whole until the new file is.
#[test]
fn a_file_that_cannot_be_replaced_stays() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("taken")).unwrap();
    let before = names(folder.path());
    for args in [
        &["merge", "old.json", "new.json", "--out", "taken"][..],
        &["export", "old.json", "--to", "csv", "--out", "taken"],
    ] {
        let ran = run(folder.path(), args);
        assert_eq!(ran.code, i32::from(exit::UNWRITABLE_OUTPUT), "{args:?}: {}", ran.err);
        assert!(ran.err.contains("`taken`"), "{args:?}: {}", ran.err);
    }
    std::fs::create_dir_all(folder.path().join("pictures/diff.svg")).unwrap();
    let ran = run(folder.path(), &["flame", "old.json", "--out", "pictures"]);
    assert_eq!(ran.code, i32::from(exit::UNWRITABLE_OUTPUT), "{}", ran.err);
    assert!(ran.err.contains("diff.svg"), "{}", ran.err);
    assert!(!names(&folder.path().join("pictures")).iter().any(|name| name.contains("tmp")));
    std::fs::remove_dir_all(folder.path().join("pictures")).unwrap();
    assert_eq!(names(folder.path()), before);
}

/// Names of files and what is wrong in them go to a terminal.
#[test]
fn no_message_carries_escapes() {
    let folder = folder();
    let log =
        "DEBUG tollbridge::hop: hop code.file.path=\"a.rs\" code.line.number=\u{1b}[31m7\u{9b}2J\u{7} called_ns=1\n";
    std::fs::write(folder.path().join("\u{1b}]0;x\u{7}.log"), log).unwrap();
    let json = "{\"format\":1,\"tool\":\"\",\"processes\":[],\"settings\":{\"detail\":\"\\u001b[31m\"}}";
    std::fs::write(folder.path().join("\u{1b}[2J.json"), json).unwrap();
    for name in ["\u{1b}]0;x\u{7}.log", "\u{1b}[2J.json", "\u{1b}gone"] {
        let ran = run(folder.path(), &["report", name]);
        assert_eq!(ran.code, i32::from(exit::UNUSABLE_INPUT), "{}", ran.err);
        assert!(!ran.err.contains(|c: char| c.is_control() && c != '\n'), "{:?}", ran.err);
    }
}
