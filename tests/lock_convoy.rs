//! The convoy, end to end: the example as its users run it. `cargo test` builds it beside this file.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tollbridge::report::{Report, SpanReport};

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tollbridge-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn lock_convoy(arguments: &[&str], out: &Path) -> Output {
    let mut path = std::env::current_exe().expect("this test's own path");
    path.pop();
    path.set_file_name("examples");
    path.push(format!("lock_convoy{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(&path);
    command.args(arguments).arg("--out").arg(out);
    command.output().unwrap_or_else(|e| panic!("{}: {e}; build it with `cargo build --examples`", path.display()))
}

fn report_of(out: &Path, way: &str) -> Report {
    let json = std::fs::read(out.join(way).join("report.json")).expect("the report was written");
    Report::from_json(&json).expect("it is whole")
}

fn lock_of(report: &Report) -> &SpanReport {
    let [lock] = &report.spans[..] else { panic!("one lock, not {:?}", report.spans) };
    assert_eq!(lock.path, ["lock connection"]);
    lock
}

#[test]
fn every_acquisition_is_counted_and_the_convoy_is_told_from_the_others() {
    const JOBS: u64 = 300;
    const QUERIES: u64 = 3;
    let out = Folder::new("convoy");
    let output = lock_convoy(&["--jobs", "300", "--queries", "3", "--hold", "20"], &out.0);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let stdout = String::from_utf8(output.stdout).expect("text");

    for way in ["alone", "convoy", "short", "sharded"] {
        let report = report_of(&out.0, way);
        assert_eq!((report.outcomes.joined, report.dropped.total()), (JOBS, 0), "{way}");
        let lock = lock_of(&report);
        assert_eq!(lock.ns.count(), JOBS * QUERIES, "{way}");
        // One job at a time has nobody to wait for. Where there is one lock, the first query holds it until all threads
        // have come to it, and some ms longer.
        match way {
            "alone" => assert_eq!(lock.contended, 0),
            "sharded" => {}
            _ => assert!(lock.contended > 0, "{way}"),
        }
        // The bridge locks of the drop-in are nobody else's: one a hop, to publish.
        let bridge: (u64, u64) = report
            .arms
            .values()
            .fold((0, 0), |(n, c), arm| (n + arm.bridge_locks.values().sum::<u64>(), c + arm.contended));
        assert_eq!(bridge, (JOBS, 0), "{way}");
        assert!(stdout.contains(&format!("== {way}\n")), "{way} in {stdout}");
    }
    // Who found the database being opened waited for most of that.
    let waited = lock_of(&report_of(&out.0, "convoy")).ns.max();
    assert!(waited > Some(1_000_000), "{waited:?} ns");

    assert_eq!(stdout.matches("LOCKS bridge locks: none of 300 was contended; ").count(), 4, "{stdout}");
    assert_eq!(stdout.matches("lock connection: ").count(), 4, "{stdout}");
    assert!(stdout.contains("lock connection: none of 900 was contended; "), "{stdout}");
}

#[test]
fn one_way_alone_as_it_is_told() {
    let out = Folder::new("one-way");
    let arguments = ["--way", "sharded", "--jobs", "40", "--shards", "2", "--queries", "1", "--hold", "0"];
    let output = lock_convoy(&[&arguments[..], &["--blocking-threads", "1"]].concat(), &out.0);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = report_of(&out.0, "sharded");
    let lock = lock_of(&report);
    assert_eq!((lock.ns.count(), lock.contended), (40, 0), "one pool thread");
    assert!(!out.0.join("convoy").exists());
}

#[test]
fn what_is_wrong_is_named_with_its_remedy() {
    let out = Folder::new("wrong-convoy");
    let file = out.0.join("a-file");
    std::fs::write(&file, "in the way").expect("written");
    for (arguments, out, expected) in [
        (&["--jobs", "1"][..], file.as_path(), ["a-file", "--out"]),
        (&["--jobs", "0"], &out.0, ["--jobs", "0"]),
        (&["--shards", "0"], &out.0, ["--shards", "0"]),
        (&["--way", "fast"], &out.0, ["fast", "convoy"]),
    ] {
        let output = lock_convoy(arguments, out);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{arguments:?} passed");
        for part in expected {
            assert!(stderr.contains(part), "{arguments:?}: no `{part}` in {stderr}");
        }
    }
}
