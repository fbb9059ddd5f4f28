//! The built command: exit codes, messages, and what it writes.

#[path = "common/command.rs"]
mod command;

use std::io::Write;
use std::process::{Command, Stdio};

use command::{command, ran, run, run_with_input};
use tollbridge_cli::exit;
use tollbridge_report::Report;
use tollbridge_testkit::logs::{Form, emit, emit_amid_others, hops, log_of, stored_report};

/// A folder with a report and a log of the same hops.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let hops = hops(200);
    stored_report(&hops).save(&folder.path().join("report.json")).unwrap();
    std::fs::write(folder.path().join("app.log"), log_of(Form::Text, || emit_amid_others(&hops))).unwrap();
    folder
}

#[test]
fn report_shows_the_screen() {
    let folder = folder();
    let brief: &[&str] = &["MEAN PER HOP", "naive", "HAND-BACK", "FILE  report.json", "200 hops: ", "\nMORE "];
    let all: &[&str] = &["MEAN PER HOP", "naive", "HAND-BACK", "FILE  report.json", "200 hops: ", "\nTAILS", "\nCLOCK"];
    for (args, parts) in [(&["report", "report.json"][..], brief), (&["report", "report.json", "--all"], all)] {
        let shown = run(folder.path(), args);
        assert_eq!((shown.code, shown.err.as_str()), (i32::from(exit::OK), ""));
        for part in parts {
            assert!(shown.out.contains(part), "{part} in {}", shown.out);
        }
        let narrow = run(folder.path(), &[args, &["--width", "80"]].concat());
        assert!(narrow.out.lines().all(|line| line.chars().count() <= 80), "{}", narrow.out);
    }
}

/// A folder with two reports of one run, after 150 of 200 hops and after all.
fn two_reports() -> tempfile::TempDir {
    let folder = folder();
    stored_report(&hops(200)[..150]).save(&folder.path().join("before.json")).unwrap();
    folder
}

#[test]
fn report_since_an_earlier_one_tells_of_what_lies_between() {
    let folder = two_reports();
    let args = ["report", "report.json", "--since", "before.json"];
    let shown = run(folder.path(), &args);
    assert_eq!((shown.code, shown.err.as_str()), (i32::from(exit::OK), ""));
    assert!(shown.out.contains("50 hops: ") && shown.out.contains("MEAN PER HOP"), "{}", shown.out);
    let json = run(folder.path(), &[&args[..], &["--json"]].concat());
    let interval = Report::from_json(json.out.as_bytes()).unwrap();
    let read = |name: &str| Report::from_json(&std::fs::read(folder.path().join(name)).unwrap()).unwrap();
    // Sums of squares of lengths that fit 53 bits are exact, so the file gives back what was subtracted.
    assert_eq!(interval, read("report.json").since(&read("before.json")).unwrap());
    assert_eq!((interval.hops(), interval.processes[0].duration_ns), (50, 50_000_000));
}

#[test]
fn reports_that_do_not_fit_are_unusable_input() {
    let folder = two_reports();
    for (later, earlier, cause) in [
        ("before.json", "report.json", "cause: the reports are in the wrong order"),
        ("report.json", "app.log", "cause: one of the reports is not of a single process"),
    ] {
        let refused = run(folder.path(), &["report", later, "--since", earlier]);
        assert_eq!((refused.code, refused.out.as_str()), (i32::from(exit::UNUSABLE_INPUT), ""));
        assert!(refused.err.contains("failed to subtract `") && refused.err.contains(cause), "{}", refused.err);
    }
}

#[test]
fn report_of_a_log_has_the_same_counts_and_a_note() {
    let folder = folder();
    let json = run(folder.path(), &["report", "app.log", "--json"]);
    assert_eq!(json.code, i32::from(exit::OK));
    assert!(json.err.starts_with("note: times from a log"), "{}", json.err);
    let of_log = Report::from_json(json.out.as_bytes()).unwrap();
    let of_report = Report::from_json(&std::fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    assert_eq!(of_log.groups, of_report.groups);
    assert!(of_log.groups.len() > 10);
}

#[test]
fn verdicts_are_told_as_text_and_as_json() {
    let folder = tempfile::tempdir().unwrap();
    stored_report(&hops(900)).save(&folder.path().join("report.json")).unwrap();
    let text = run(folder.path(), &["verdicts", "report.json", "--width", "100"]);
    assert_eq!((text.code, text.err.as_str()), (i32::from(exit::OK), ""));
    for part in
        ["1     meta.rs:88 get: the work is smaller than the crossing\n", "      confidence: high: ", "spawn_blocking("]
    {
        assert!(text.out.contains(part), "{part} in {}", text.out);
    }
    let json = run(folder.path(), &["verdicts", "report.json", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&json["format"], &json["verdicts"][0]["rule"]), (&1.into(), &"small-work".into()));
    assert_eq!(json["verdicts"][0]["site"]["site"], "src/store/meta.rs:88:14");
}

#[test]
fn of_a_log_no_verdict_is_given_and_that_is_no_error() {
    let folder = folder();
    let text = run(folder.path(), &["verdicts", "app.log"]);
    assert_eq!(text.code, i32::from(exit::OK));
    assert!(text.err.contains("times from a log contain the formatting") && text.out.contains("Nothing can be said"));
    let json = run(folder.path(), &["verdicts", "app.log", "--json"]);
    assert_eq!((json.code, json.out.as_str()), (i32::from(exit::OK), "{\"format\":1,\"verdicts\":[]}\n"));
}

#[test]
fn flame_lists_what_it_wrote() {
    let folder = folder();
    let drawn = run(folder.path(), &["flame", "report.json", "--out", "deep/er"]);
    assert_eq!((drawn.code, drawn.err.as_str()), (i32::from(exit::OK), ""));
    assert_eq!(drawn.out.lines().count(), 10);
    assert!(drawn.out.lines().all(|line| folder.path().join(line).metadata().unwrap().len() > 0));
    let beside = run(folder.path(), &["flame", "app.log"]);
    assert!(beside.out.contains("app-flames/diff.svg"), "{}", beside.out);
    let counted = |path: &str| std::fs::read_to_string(folder.path().join(path)).unwrap();
    assert_eq!(counted("app-flames/transfer.folded"), counted("deep/er/transfer.folded"));
}

#[test]
fn standard_input_is_a_file_too() {
    let folder = folder();
    let log = log_of(Form::Json, || hops(50).iter().for_each(emit));
    let drawn = run_with_input(folder.path(), &["flame", "-"], &log);
    assert_eq!(drawn.code, i32::from(exit::OK), "{}", drawn.err);
    assert!(folder.path().join("transfer.svg").exists());
    let shown = run_with_input(folder.path(), &["report", "-"], &log);
    assert!(shown.out.contains("50 hops: ") && !shown.out.contains("\nFILE"), "{}", shown.out);
}

#[test]
fn options_of_flame_reach_the_pictures() {
    let folder = folder();
    let args =
        ["flame", "report.json", "--out", "x", "--weight", "ns", "--with", "backlog,unpolled", "--without", "run"];
    assert_eq!(run(folder.path(), &args).code, i32::from(exit::OK));
    let folded = |name: &str| std::fs::read_to_string(folder.path().join("x").join(name)).unwrap();
    assert!(folded("hop-naive.folded").contains(";backlog ") && !folded("hop-naive.folded").contains(";run "));
    assert!(folded("transfer.folded").contains("transfer;native "));
}

#[test]
fn export_writes_to_standard_output_or_to_a_file() {
    let folder = folder();
    for format in ["folded", "speedscope", "csv", "openmetrics", "prometheus"] {
        let shown = run(folder.path(), &["export", "report.json", "--to", format]);
        assert_eq!((shown.code, shown.err.as_str()), (i32::from(exit::OK), ""), "{format}");
        let stored = run(folder.path(), &["export", "report.json", "--to", format, "-o", "deep/er/x"]);
        assert_eq!((stored.code, stored.out.as_str(), stored.err.as_str()), (i32::from(exit::OK), "", ""));
        assert_eq!(std::fs::read_to_string(folder.path().join("deep/er/x")).unwrap(), shown.out);
    }
    let names = std::fs::read_dir(folder.path().join("deep/er")).unwrap().count();
    assert_eq!(names, 1, "no temporary file is left");
    let piped = command(folder.path(), &["export", "app.log", "--to", "pprof"]).output().unwrap();
    assert!(piped.stdout.starts_with(b"\x1f\x8b"), "gzip begins like this");
    let note = String::from_utf8(piped.stderr).unwrap();
    assert!(note.starts_with("note: times from a log"), "{note}");
}

#[test]
fn html_goes_beside_the_file_or_where_it_is_told_to() {
    let folder = folder();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let beside = run(folder.path(), &["html", "report.json"]);
    assert_eq!((beside.code, beside.out.as_str(), beside.err.as_str()), (i32::from(exit::OK), "report.html\n", ""));
    assert!(read("report.html").starts_with("<!DOCTYPE html>") && read("report.html").contains("report.json"));
    let told = run(folder.path(), &["html", "report.json", "-o", "deep/er/page.html"]);
    assert_eq!((told.code, told.out.as_str()), (i32::from(exit::OK), "deep/er/page.html\n"));
    assert_eq!(read("deep/er/page.html"), read("report.html"));
    let shown = run(folder.path(), &["html", "report.json", "-o", "-"]);
    assert_eq!(shown.out, read("report.html"));
    let piped = run_with_input(folder.path(), &["html", "-"], &std::fs::read(folder.path().join("app.log")).unwrap());
    assert!(piped.out.contains("FROM A LOG") && piped.err.starts_with("note: times from a log"), "{}", piped.err);
    let names = std::fs::read_dir(folder.path().join("deep/er")).unwrap().count();
    assert_eq!(names, 1, "no temporary file is left");
}

#[test]
fn html_of_no_hop_is_a_page_and_of_no_report_is_none() {
    let folder = folder();
    stored_report(&hops(0)).save(&folder.path().join("nothing.json")).unwrap();
    std::fs::write(folder.path().join("cut.json"), b"{\"format\":1,").unwrap();
    assert_eq!(run(folder.path(), &["html", "nothing.json"]).code, i32::from(exit::OK));
    for (args, code, part) in [
        (&["html"][..], exit::USAGE, "FILE"),
        (&["html", "gone.json"], exit::UNUSABLE_INPUT, "failed to open `gone.json`"),
        (&["html", "cut.json"], exit::UNUSABLE_INPUT, "`cut.json`"),
        (&["html", "report.json", "-o", "app.log/x"], exit::UNWRITABLE_OUTPUT, "`app.log"),
        (&["html", "report.json", "-o", "."], exit::UNWRITABLE_OUTPUT, "failed to write `.`"),
    ] {
        let ran = run(folder.path(), args);
        assert_eq!((ran.code, ran.out.as_str()), (i32::from(code), ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(part), "{part} in {}", ran.err);
    }
    assert!(!folder.path().join("cut.html").exists() && !folder.path().join("gone.html").exists());
}

#[test]
fn export_names_what_is_wrong() {
    let folder = folder();
    stored_report(&hops(0)).save(&folder.path().join("nothing.json")).unwrap();
    let (usage, input, output) = (exit::USAGE, exit::UNUSABLE_INPUT, exit::UNWRITABLE_OUTPUT);
    for (args, code, part) in [
        (&["export", "report.json"][..], usage, "--to"),
        (&["export", "report.json", "--to", "xls"], usage, "possible values: folded, pprof"),
        (&["export", "gone.json", "--to", "csv"], input, "failed to open `gone.json`"),
        (&["export", "nothing.json", "--to", "pprof", "-o", "x"], input, "nothing to draw"),
        (&["export", "report.json", "--to", "chrome"], input, "TOLLBRIDGE_TIMELINE=on"),
        (&["export", "report.json", "--to", "csv", "-o", "app.log/x"], output, "`app.log"),
        (&["export", "report.json", "--to", "csv", "-o", "."], output, "failed to write `.`"),
    ] {
        let ran = run(folder.path(), args);
        assert_eq!((ran.code, ran.out.as_str()), (i32::from(code), ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(part), "{part} in {}", ran.err);
    }
    assert!(!folder.path().join("x").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn export_writes_into_a_pipe_and_through_a_link() {
    let folder = folder();
    let expected = run(folder.path(), &["export", "report.json", "--to", "folded"]).out;
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reading = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    assert_eq!(run(folder.path(), &["export", "report.json", "--to", "folded", "-o", "pipe"]).code, 0);
    assert_eq!(reading.join().unwrap(), expected);
    assert!(!pipe.metadata().unwrap().is_file(), "the pipe is still there");

    std::fs::write(folder.path().join("target"), "old").unwrap();
    std::os::unix::fs::symlink("target", folder.path().join("link")).unwrap();
    assert_eq!(run(folder.path(), &["export", "report.json", "--to", "folded", "-o", "link"]).code, 0);
    assert_eq!(std::fs::read_to_string(folder.path().join("target")).unwrap(), expected);
    assert!(folder.path().join("link").is_symlink());
}

/// What is read is not written over, whatever it is called where it is written.
#[cfg(unix)]
#[test]
fn no_verb_eats_its_input() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    std::fs::copy(path("app.log"), path("x.html")).unwrap();
    std::fs::copy(path("app.log"), path("diff.svg")).unwrap();
    std::os::unix::fs::symlink("report.json", path("link")).unwrap();
    std::fs::hard_link(path("report.json"), path("hard")).unwrap();
    let before: Vec<Vec<u8>> =
        ["report.json", "x.html", "diff.svg"].map(|name| std::fs::read(path(name)).unwrap()).into();
    for (args, out) in [
        (&["html", "x.html"][..], "--out x-new.html"),
        (&["html", "report.json", "-o", "report.json"], "--out report-new.json"),
        (&["html", "report.json", "-o", "link"], "--out link-new"),
        (&["html", "link", "-o", "hard"], "--out hard-new"),
        (&["export", "report.json", "--to", "csv", "-o", "./report.json"], "--out ./report-new.json"),
        (&["merge", "report.json", "-o", "report.json"], "--out report-new.json"),
        (&["merge", ".", "--keep-going", "-o", "hard"], "--out hard-new"),
        (&["flame", "diff.svg", "-o", "."], "--out ./diff-new.svg"),
    ] {
        let ran = run(folder.path(), args);
        assert_eq!((ran.code, ran.out.as_str()), (i32::from(exit::UNWRITABLE_OUTPUT), ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains("would be written over") && ran.err.contains(out), "{args:?}: {}", ran.err);
    }
    let mut redirected = Command::new(env!("CARGO_BIN_EXE_tollbridge"));
    redirected.current_dir(folder.path()).args(["html", "-", "-o", "report.json"]);
    redirected.stdin(std::fs::File::open(path("report.json")).unwrap());
    assert_eq!(redirected.output().unwrap().status.code(), Some(i32::from(exit::UNWRITABLE_OUTPUT)));
    let after: Vec<Vec<u8>> =
        ["report.json", "x.html", "diff.svg"].map(|name| std::fs::read(path(name)).unwrap()).into();
    assert!(before == after, "nothing is lost");
    assert_eq!(run(folder.path(), &["html", "x.html", "--force"]).code, i32::from(exit::OK));
    assert!(std::fs::read(path("x.html")).unwrap().starts_with(b"<!DOCTYPE html>"));
    assert_eq!(
        run(folder.path(), &["html", "report.json", "-o", "x.html"]).code,
        i32::from(exit::OK),
        "nobody reads it"
    );
}

#[test]
fn lines_that_could_not_be_read_are_told() {
    let folder = folder();
    let mut log = std::fs::read(folder.path().join("app.log")).unwrap();
    log.truncate(log.len() - 20);
    std::fs::write(folder.path().join("torn.log"), log).unwrap();
    let shown = run(folder.path(), &["report", "torn.log"]);
    assert_eq!(shown.code, i32::from(exit::OK));
    assert!(shown.err.contains("note: 1 line looks like a hop and could not be read; line "), "{}", shown.err);
    assert!(shown.err.contains("torn: no newline ends it"));
    assert!(shown.out.contains("1 lost") && shown.out.contains("DROPPED 1 line"), "{}", shown.out);
}

#[test]
fn a_wrong_command_line_is_told_from_a_wrong_file() {
    let folder = folder();
    for args in [
        &[][..],
        &["report"],
        &["draw", "x"],
        &["report", "report.json", "--width", "wide"],
        &["flame", "report.json", "--with", "everything"],
        &["flame", "report.json", "--weight", "kg"],
    ] {
        let ran = run(folder.path(), args);
        assert_eq!(ran.code, i32::from(exit::USAGE), "{args:?}");
        assert!(
            ran.err.contains("Usage") || ran.err.contains("possible values") || ran.err.contains("--help"),
            "{}",
            ran.err
        );
        assert_eq!(ran.out, "");
    }
    for args in [&["--help"][..], &["flame", "--help"], &["--version"]] {
        let ran = run(folder.path(), args);
        assert_eq!((ran.code, ran.err.as_str()), (i32::from(exit::OK), ""), "{args:?}");
        assert!(ran.out.contains("tollbridge"));
    }
}

#[test]
fn unusable_files_are_named_with_a_remedy() {
    let folder = folder();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("empty.json", b"");
    write("foreign.txt", b"hello\n");
    write("binary", b"\x7fELF\0\0\0\n");
    write("cut.json", &std::fs::read(folder.path().join("report.json")).unwrap()[..500]);
    let unjoined = stored_report(&hops(0));
    unjoined.save(&folder.path().join("nothing.json")).unwrap();
    std::fs::create_dir(folder.path().join("run")).unwrap();
    for (file, parts) in [
        ("gone.json", ["failed to open `gone.json`", "give a report.json or a log"]),
        ("empty.json", ["`empty.json`: it is empty", "RUST_LOG=info,tollbridge=trace"]),
        ("foreign.txt", ["`foreign.txt`", "1 line, none of them a hop"]),
        ("binary", ["binary data", "RUST_LOG=info,tollbridge=trace"]),
        ("cut.json", ["`cut.json`", "at line 1 column 500"]),
        ("nothing.json", ["nothing to draw", "let the app run for longer"]),
        ("run", ["`run`: it is a folder", "run/report.json"]),
    ] {
        let ran = run(folder.path(), &["flame", file, "--out", "out"]);
        assert_eq!(ran.code, i32::from(exit::UNUSABLE_INPUT), "{file}: {}", ran.err);
        for part in parts {
            assert!(ran.err.contains(part), "{part} in {}", ran.err);
        }
        assert_eq!(ran.out, "");
    }
    assert!(!folder.path().join("out").exists());
}

#[test]
fn output_that_cannot_be_written_is_named() {
    let folder = folder();
    let ran = run(folder.path(), &["flame", "report.json", "--out", "app.log/x"]);
    assert_eq!(ran.code, i32::from(exit::UNWRITABLE_OUTPUT));
    assert!(ran.err.contains("`app.log/x`") && ran.err.contains("--out") && ran.err.contains("cause: "), "{}", ran.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_an_error_and_a_closed_one_is_not() {
    let folder = folder();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran =
        ran(command(folder.path(), &["report", "report.json"]).stdout(full).stderr(Stdio::piped()).output().unwrap());
    assert_eq!(ran.code, i32::from(exit::UNWRITABLE_OUTPUT));
    assert!(ran.err.contains("standard output"), "{}", ran.err);

    // The reading end is closed before the command, which waits for its input, has anything to say.
    let mut child = command(folder.path(), &["report", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let report = std::fs::read(folder.path().join("report.json")).unwrap();
    child.stdin.take().unwrap().write_all(&report).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(i32::from(exit::OK)));
    assert!(output.stderr.is_empty());
}
