//! Packed files, and several files at once, through the command.

#[path = "common/command.rs"]
mod command;

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use command::{ran, run, run_with_input};
use flate2::Compression;
use flate2::write::GzEncoder;
use tollbridge_cli::exit;
use tollbridge_flamegraphs::read::{from_reader, open_all};
use tollbridge_report::Report;
use tollbridge_report::hop::HopRecord;
use tollbridge_testkit::logs::{Form, emit, emit_amid_others, hops, log_of, stored_report, tally};

/// The report that the command makes of files, and what it says.
fn report(folder: &Path, files: &[&str], input: &[u8]) -> (Report, String) {
    let ran = run_with_input(folder, &[&["report"], files, &["--json"]].concat(), input);
    assert_eq!(ran.code, i32::from(exit::OK), "{}", ran.err);
    (Report::from_json(ran.out.as_bytes()).unwrap(), ran.err)
}

fn refused(folder: &Path, files: &[&str]) -> String {
    let ran = run(folder, &[&["report"], files].concat());
    assert_eq!((ran.code, ran.out.as_str()), (i32::from(exit::UNUSABLE_INPUT), ""), "{}", ran.err);
    ran.err
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

fn log(form: Form, hops: &[HopRecord<'_>]) -> Vec<u8> {
    log_of(form, || emit_amid_others(hops))
}

/// A folder with one run's hops in three logs, each in a form and a packing of its own.
fn rotated() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let hops = hops(240);
    let write = |name: &str, bytes: Vec<u8>| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("app.log", log(Form::Json, &hops[160..]));
    write("app.log.1.gz", gzip(&log(Form::Coloured, &hops[80..160])));
    write("app.log.2.zst", zstd(&log(Form::Text, &hops[..80])));
    folder
}

#[test]
fn parts_of_a_runs_log_add_up_in_any_order() {
    let folder = rotated();
    let (expected, _) = report(folder.path(), &["-"], &log(Form::Text, &hops(240)));
    let recorder = tally(&hops(240));
    assert_eq!((&expected.groups, &expected.blocks), (&recorder.groups, &recorder.blocks));
    for files in [
        ["app.log", "app.log.1.gz", "app.log.2.zst"],
        ["app.log.2.zst", "app.log.1.gz", "app.log"],
        ["app.log.1.gz", "app.log", "app.log.2.zst"],
    ] {
        let (all, err) = report(folder.path(), &files, b"");
        assert_eq!(all, expected, "{files:?}");
        assert!(err.starts_with("note: times from a log") && err.lines().count() == 1, "{err}");
    }
    let shown = run(folder.path(), &["report", "app.log", "app.log.1.gz", "app.log.2.zst"]);
    assert!(shown.out.contains("240 hops: ") && shown.out.contains("FILE  app.log and 2 more"), "{}", shown.out);
    let drawn = run(folder.path(), &["flame", "app.log.1.gz", "app.log.2.zst"]);
    assert!(drawn.out.contains("app.log-flames/diff.svg"), "{} {}", drawn.out, drawn.err);
}

#[test]
fn packed_input_is_told_by_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (log(Form::Text, &hops(60)[..30]), log(Form::Text, &hops(60)[30..]));
    let expected = tally(&hops(60)).groups;
    for packed in [[gzip(&first), gzip(&second)].concat(), [zstd(&first), zstd(&second)].concat()] {
        assert_eq!(report(folder.path(), &["-"], &packed).0.groups, expected);
    }
    let mut json = Vec::new();
    stored_report(&hops(60)).write_json(&mut json).unwrap();
    assert_eq!(from_reader(zstd(&json).as_slice(), "report").unwrap().report, stored_report(&hops(60)));
}

#[test]
fn packed_bytes_that_break_off_are_read_as_far_as_they_go_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (log, all) = (log_of(Form::Text, || hops(400).iter().for_each(emit)), hops(400));
    for (name, packed) in [("gzip", gzip(&log)), ("zstd", zstd(&log))] {
        let before_any = run_with_input(folder.path(), &["report", "-"], &packed[..12]);
        assert!(before_any.err.contains("breaks off before its first line"), "{}", before_any.err);
        let (torn, err) = report(folder.path(), &["-"], &packed[..packed.len() * 3 / 4]);
        let read = usize::try_from(torn.outcomes.submitted).unwrap();
        assert!(read > 100 && read < 400, "{name}: {read}");
        assert_eq!(torn.groups, tally(&all[..read]).groups, "{name}");
        assert_eq!(torn.dropped.lines, 1);
        let said = format!("could not be read; line {}: the {name} data breaks off here", read + 1);
        assert!(err.contains(&said), "{err}");
        let nothing = run_with_input(folder.path(), &["report", "-"], &packed[..packed.len() / 40]);
        assert_eq!(nothing.code, i32::from(exit::UNUSABLE_INPUT), "{}", nothing.err);
        assert!(nothing.err.contains(&format!("the {name} data breaks off")), "{}", nothing.err);
        let mut damaged = packed.clone();
        let at = packed.len() - 2;
        damaged[at] ^= 0xff;
        let damaged = run_with_input(folder.path(), &["report", "-"], &damaged);
        assert_eq!((damaged.code, damaged.out.as_str()), (i32::from(exit::UNUSABLE_INPUT), ""), "{name}");
        assert!(damaged.err.contains(&format!("its {name} data is damaged; take another copy")), "{}", damaged.err);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_gigantic_packed_line_takes_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    // A line of 256 MiB that packs to a few KiB, for a process that may have 100 MB.
    let line = zstd(&vec![b'x'; 256 << 20]);
    let bomb = [&line[..], &zstd(&[b"\n", &log(Form::Text, &hops(30))[..]].concat())].concat();
    assert!(bomb.len() < 100_000);
    std::fs::write(folder.path().join("bomb.log.zst"), bomb).unwrap();
    let limited = format!("ulimit -v 100000 && exec '{}' report bomb.log.zst --json", env!("CARGO_BIN_EXE_tollbridge"));
    let ran = ran(Command::new("sh").args(["-c", &limited]).current_dir(folder.path()).output().unwrap());
    assert_eq!(ran.code, i32::from(exit::OK), "{}", ran.err);
    let report = Report::from_json(ran.out.as_bytes()).unwrap();
    assert_eq!((report.outcomes.submitted, report.dropped.total()), (30, 0));
}

#[test]
fn the_first_bad_line_is_told_with_its_file() {
    let folder = rotated();
    let mut torn = log(Form::Text, &hops(10));
    torn.truncate(torn.len() - 20);
    std::fs::write(folder.path().join("torn.log"), torn).unwrap();
    std::fs::write(folder.path().join("quiet.log"), "nothing\nof note\n").unwrap();
    std::fs::write(folder.path().join("empty.log"), "").unwrap();
    let (all, err) = report(folder.path(), &["quiet.log", "app.log", "empty.log", "torn.log"], b"");
    assert_eq!((all.outcomes.submitted, all.dropped.lines), (89, 1));
    for said in [
        "note: no hop in `quiet.log`: 2 lines, none of them a hop\n",
        "note: no hop in `empty.log`: it is empty\n",
        "1 line looks like a hop and could not be read; `torn.log` line ",
    ] {
        assert!(err.contains(said), "{said} in {err}");
    }
    let err = refused(folder.path(), &["quiet.log", "empty.log"]);
    assert!(err.contains("`quiet.log`, `empty.log`") && err.contains("`quiet.log`: 2 lines, none of them"), "{err}");
}

#[test]
fn what_would_be_counted_twice_is_refused() {
    let folder = rotated();
    stored_report(&hops(50)).save(&folder.path().join("checkpoint.json")).unwrap();
    stored_report(&hops(90)).save(&folder.path().join("report.json")).unwrap();
    for (files, said) in [
        (["app.log", "./app.log"], "`app.log` and `./app.log` are the same file; give each once"),
        (["checkpoint.json", "report.json"], "`checkpoint.json` and `report.json` are both of "),
        (["app.log", "report.json"], "failed to add `report.json`: reports and logs do not mix"),
        (["report.json", "app.log"], "failed to add `app.log`: reports and logs do not mix"),
        (["app.log", "gone.log"], "failed to open `gone.log`"),
    ] {
        let err = refused(folder.path(), &files);
        assert!(err.contains(said), "{said} in {err}");
    }
}

#[test]
fn reports_of_several_runs_are_merged() {
    let folder = rotated();
    let (mut one, mut other) = (stored_report(&hops(50)), stored_report(&hops(90)));
    other.processes[0].pid += 1;
    one.save(&folder.path().join("one.json")).unwrap();
    other.save(&folder.path().join("other.json")).unwrap();
    let merged = open_all(&[folder.path().join("one.json"), folder.path().join("other.json")]).unwrap().report;
    one.merge(&other);
    assert_eq!(merged, one);
    assert_eq!(merged.outcomes.submitted, 140);
    // A log's report is one as well, and its times stay what they are.
    let of_log = run(folder.path(), &["report", "app.log", "--json"]).out;
    std::fs::write(folder.path().join("of-log.json"), of_log).unwrap();
    let shown = run(folder.path(), &["report", "one.json", "of-log.json"]);
    assert!(
        shown.out.contains("130 hops: ") && shown.out.contains("FROM A LOG: times contain"),
        "{} {}",
        shown.out,
        shown.err
    );
}
