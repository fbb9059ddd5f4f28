//! Standard streams: as input, with nobody who reads, full.

use std::process::{Command, Stdio};

use crate::command::{command, ran, run, run_with_input};
use crate::{COMPARE, bytes, code, folder};
use tollbridge_cli::exit;

#[test]
fn every_input_can_be_standard_input_once() {
    let folder = folder();
    let report = bytes(folder.path(), "1.json");
    for (with_dash, with_name) in [
        (&["merge", "-", "2.json"][..], &["merge", "1.json", "2.json"][..]),
        (&["export", "-", "--to", "csv", "--out", "-"], &["export", "1.json", "--to", "csv"]),
        (
            &["compare", "-", "2.json", "--with", "3.json", "4.json", "--json"],
            &["compare", "1.json", "2.json", "--with", "3.json", "4.json", "--json"],
        ),
        (
            &["compare", "2.json", "3.json", "--with", "-", "4.json", "--json"],
            &["compare", "2.json", "3.json", "--with", "1.json", "4.json", "--json"],
        ),
        (&["report", "1.json", "--since", "-", "--json"], &["report", "1.json", "--since", "1.json", "--json"]),
        (&["report", "-", "2.json", "--json"], &["report", "1.json", "2.json", "--json"]),
    ] {
        let expected = run(folder.path(), with_name);
        let found = run_with_input(folder.path(), with_dash, &report);
        assert_eq!((found.code, found.out, found.err), (expected.code, expected.out, expected.err), "{with_dash:?}");
    }
    std::fs::write(folder.path().join("list"), "1.json\n-\n").unwrap();
    for twice in [
        &["report", "-", "-"][..],
        &["report", "-", "--since", "-"],
        &["flame", "-", "-"],
        &["export", "-", "-", "--to", "csv"],
        &["merge", "-", "--files-from", "-"],
        &["merge", "-", "--files-from", "list"],
        &["compare", "-", "-"],
        &["compare", "-", "--with", "-"],
    ] {
        let refused = run_with_input(folder.path(), twice, b"");
        assert_eq!((refused.code, refused.out.as_str()), (code(exit::USAGE), ""), "{twice:?}");
        assert!(refused.err.contains("standard input, which can be read once"), "{}", refused.err);
    }
}

/// A pipe that nobody reads any more.
#[cfg(unix)]
fn closed() -> Stdio {
    let mut reader = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
    let writing = reader.stdin.take().unwrap();
    reader.wait().unwrap();
    writing.into()
}

#[cfg(unix)]
#[test]
fn nobody_has_to_read_to_the_end() {
    let folder = folder();
    for (args, expected) in [
        (&["report", "1.json"][..], exit::OK),
        (&["report", "1.json", "--json"], exit::OK),
        (&["flame", "1.json", "--out", "pictures"], exit::OK),
        (&["merge", "1.json", "2.json"], exit::OK),
        (&["export", "1.json", "--to", "folded"], exit::OK),
        (&COMPARE, exit::OK),
        (&["completions", "zsh"], exit::OK),
        (&["man"], exit::OK),
        (&["man", "--out", "pages"], exit::OK),
        (&["--help"], exit::OK),
        // What the verb found still counts.
        (&["compare", "1.json", "2.json", "--with", "3.json", "4.json", "--fail-over", "0", "--on", "run"], exit::OVER),
        (&["merge", "1.json", "gone.json", "--keep-going"], exit::UNUSABLE_INPUT),
    ] {
        let shown = run(folder.path(), args);
        assert!(shown.code == code(expected) && !shown.out.is_empty(), "{args:?}: {} {}", shown.code, shown.err);
        let ran = ran(command(folder.path(), args).stdout(closed()).stderr(Stdio::piped()).output().unwrap());
        assert_eq!((ran.code, ran.err), (shown.code, shown.err), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_whatever_is_written() {
    use std::os::unix::fs::FileTypeExt as _;

    let folder = folder();
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for args in [
        &["report", "1.json"][..],
        &["flame", "1.json", "--out", "pictures"],
        &["merge", "1.json"],
        &["export", "1.json", "--to", "folded"],
        &COMPARE,
        &["completions", "bash"],
        &["man"],
        &["merge", "--help"],
    ] {
        let ran = ran(command(folder.path(), args).stdout(full()).stderr(Stdio::piped()).output().unwrap());
        assert_eq!(ran.code, code(exit::UNWRITABLE_OUTPUT), "{args:?}");
        assert!(
            ran.err.starts_with("error: failed to write to standard output; see that there is room"),
            "{}",
            ran.err
        );
        assert!(ran.err.contains("cause: "), "{}", ran.err);
    }
    for args in [&["merge", "1.json"][..], &["export", "1.json", "--to", "folded"]] {
        let ran = run(folder.path(), &[args, &["--out", "/dev/full"]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (code(exit::UNWRITABLE_OUTPUT), ""), "{args:?}");
        assert!(ran.err.contains("failed to write `/dev/full`; choose another place with --out"), "{}", ran.err);
        assert!(std::fs::metadata("/dev/full").unwrap().file_type().is_char_device(), "it is written to, not replaced");
    }
}
