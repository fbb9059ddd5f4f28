//! Errors name their thing and a remedy; names of files are any bytes.

use crate::command::{command, run, run_with_input};
use crate::{bytes, code, folder, names};
use serde_json::Value;
use tollbridge_cli::exit;
use tollbridge_testkit::logs::{hops, stored_report};

#[test]
fn every_error_names_its_thing_and_a_remedy() {
    let folder = folder();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let report = bytes(folder.path(), "1.json");
    write("torn.json", &report[..500]);
    write("torn.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03torn");
    write("later.json", b"{\"format\":2}");
    write("foreign.txt", b"hello\n");
    write("empty.log", b"");
    write("nul.txt", b"1.json\n\0\n");
    stored_report(&hops(0)).save(&folder.path().join("idle.json")).unwrap();
    std::fs::create_dir_all(folder.path().join("runs/none")).unwrap();
    let before = names(folder.path());
    let (usage, input, output, few) = (exit::USAGE, exit::UNUSABLE_INPUT, exit::UNWRITABLE_OUTPUT, exit::TOO_FEW_RUNS);
    for (args, expected, thing, remedy) in [
        (&["draw"][..], usage, "'draw'", "try '--help'"),
        (&["report"], usage, "<FILE>", "try '--help'"),
        (&["report", "1.json", "--wide"], usage, "'--wide'", "try '--help'"),
        (&["report", "1.json", "--width", "-1"], usage, "'-1'", "try '--help'"),
        (&["report", "1.json", "--width", "80", "--json"], usage, "'--json'", "try '--help'"),
        (&["report", "1.json", "--color", "red"], usage, "'red'", "auto, always, never"),
        (&["export", "1.json", "--to", "xls"], usage, "'xls'", "folded, pprof"),
        (&["compare", "1.json", "2.json", "--fail-over", "5", "--on", "speed"], usage, "'speed'", "overhead, submit"),
        (&["compare", "1.json"], usage, "which runs are after the change?", "--with NEW"),
        (&["completions", "ksh"], usage, "'ksh'", "bash, elvish"),
        (&["flame", "1.json", "--out", "-"], usage, "several files", "give --out a folder"),
        (&["man", "--out", "-"], usage, "several files", "give --out a folder"),
        (&["report", "gone.json"], input, "`gone.json`", "give a report.json or a log"),
        (&["report", "runs"], input, "`runs`: it is a folder", "runs/report.json"),
        (&["report", "torn.json"], input, "`torn.json`", "take a whole one"),
        (&["report", "torn.gz"], input, "`torn.gz`", "breaks off before its first line); take a whole copy"),
        (&["report", "later.json"], input, "`later.json`", "newer tollbridge"),
        (&["report", "foreign.txt"], input, "`foreign.txt`", "RUST_LOG=info,tollbridge=trace"),
        (&["report", "empty.log"], input, "`empty.log`", "RUST_LOG=info,tollbridge=trace"),
        (&["report", "1.json", "1.json"], input, "`1.json`", "give each once"),
        (&["report", "1.json", "--since", "2.json"], input, "`2.json` from `1.json`", "of one run"),
        (&["flame", "idle.json"], input, "nothing to draw in `idle.json`", "let the app run for longer"),
        (&["export", "idle.json", "--to", "pprof"], input, "nothing to draw in `idle.json`", "let the app run"),
        (&["export", "1.json", "--to", "chrome"], input, "`1.json`", "TOLLBRIDGE_TIMELINE=on"),
        (&["merge", "runs"], input, "`runs`", "give the folder that holds"),
        (&["merge", "--files-from", "nul.txt"], input, "`nul.txt`: line 2", "write one name a line"),
        (&["merge", "--files-from", "runs"], input, "`runs`", "give --files-from a text file"),
        (&["merge", "--files-from", "empty.log"], input, "no name is given", "name reports or folders"),
        (&["merge", "gone.json", "--keep-going"], input, "`gone.json`", "mend one of those left out"),
        (&["compare", "1.json", "idle.json"], input, "`idle.json`", "let the app run for longer"),
        (&["compare", "1.json", "2.json", "--fail-over", "5"], few, "too few runs", "at least two a side"),
        (&["flame", "1.json", "--out", "2.json/x"], output, "`2.json/x`", "--out"),
        (&["flame", "1.json", "--out", "2.json"], output, "`2.json`", "--out"),
        (&["export", "1.json", "--to", "csv", "--out", "runs"], output, "`runs`", "--out"),
        (&["merge", "1.json", "--out", "2.json/x"], output, "`2.json", "--out"),
        (&["man", "--out", "2.json"], output, "`2.json`", "--out"),
    ] {
        let ran = run_with_input(folder.path(), args, b"");
        assert_eq!((ran.code, ran.out.as_str()), (code(expected), ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains("error: "), "{args:?}: {}", ran.err);
        for part in [thing, remedy] {
            assert!(ran.err.contains(part), "{part} in {}", ran.err);
        }
        assert_eq!(names(folder.path()), before, "{args:?} left something");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_nobody_may_write_to_is_named() {
    let folder = folder();
    for args in [&["flame", "1.json"][..], &["export", "1.json", "--to", "csv"], &["merge", "1.json"], &["man"]] {
        // Not even root makes a file there.
        let ran = run(folder.path(), &[args, &["--out", "/proc/tollbridge/x"]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (code(exit::UNWRITABLE_OUTPUT), ""), "{args:?}");
        for part in ["`/proc/tollbridge", "choose another", "--out", "cause: "] {
            assert!(ran.err.contains(part), "{part} in {}", ran.err);
        }
    }
}

/// Names that are no Unicode, and as long as any may be: of what is read, of what is written, and of what stands beside it.
#[cfg(target_os = "linux")]
#[test]
fn names_are_any_bytes_and_of_any_length() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

    let folder = folder();
    let named = |name: &[u8], ending: &str| OsString::from_vec([name, ending.as_bytes()].concat());
    let input = named(b"in\xff\xfe", ".json");
    std::fs::copy(folder.path().join("1.json"), folder.path().join(&input)).unwrap();
    let run = |args: &[&OsStr]| command(folder.path(), &[]).args(args).output().unwrap();
    fn word(word: &str) -> &OsStr {
        OsStr::new(word)
    }
    let long: Vec<Vec<u8>> = (245..=255).map(|length| vec![b'x'; length - 5]).collect();
    let short = [b"x\xff".to_vec(), b"\xc3\x28 \xa0".to_vec()];
    for name in short.iter().chain(&long) {
        for (verb, ending, more) in [
            (&["html"][..], ".html", &[][..]),
            (&["export", "--to", "csv"], "..csv", &[]),
            (&["export", "--to", "pprof"], "..prf", &[]),
            (&["merge"], ".json", &["2.json"]),
        ] {
            let out = named(name, ending);
            let mut args: Vec<&OsStr> = verb.iter().chain(more).map(|arg| word(arg)).collect();
            args.extend([input.as_os_str(), word("-o"), out.as_os_str()]);
            let ran = run(&args);
            assert_eq!(ran.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
            assert!(std::fs::metadata(folder.path().join(&out)).unwrap().len() > 100, "{args:?}");
            // What tells the path tells it to the byte.
            if verb[0] != "export" {
                assert_eq!(ran.stdout, [out.as_bytes(), b"\n"].concat(), "{args:?}");
            }
            std::fs::remove_file(folder.path().join(&out)).unwrap();
        }
    }
    // Beside the input, and in a folder.
    let beside = run(&[word("html"), &input]);
    assert_eq!((beside.status.code(), &beside.stdout[..]), (Some(0), &b"in\xff\xfe.html\n"[..]));
    let drawn = run(&[word("flame"), &input]);
    assert_eq!(drawn.status.code(), Some(0));
    let pictures: Vec<&[u8]> = drawn.stdout.split(|&b| b == b'\n').filter(|line| !line.is_empty()).collect();
    assert!(pictures.iter().all(|path| folder.path().join(OsString::from_vec(path.to_vec())).exists()));
    assert!(!pictures.is_empty() && pictures.iter().all(|path| path.starts_with(b"in\xff\xfe-flames/")));
    // In JSON, bytes that are not Unicode become U+FFFD.
    let json = run(&[word("html"), &input, word("--json")]);
    assert_eq!(serde_json::from_slice::<Value>(&json.stdout).unwrap()["written"][0], "in\u{fffd}\u{fffd}.html");
    // A list of names holds what `find` writes.
    std::fs::write(folder.path().join("list"), b"in\xff\xfe.json\n2.json\n").unwrap();
    let merged = run(&[word("merge"), word("--files-from"), word("list"), word("-o"), word("sum.json")]);
    assert_eq!(merged.status.code(), Some(0), "{}", String::from_utf8_lossy(&merged.stderr));
    // Longer than any may be is refused, by its cause.
    let too_long = run(&[word("html"), &input, word("-o"), word(&"x".repeat(256))]);
    assert_eq!(too_long.status.code(), Some(code(exit::UNWRITABLE_OUTPUT)));
    assert!(String::from_utf8_lossy(&too_long.stderr).contains("File name too long"));
}
