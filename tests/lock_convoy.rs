//! The convoy, end to end: the example as its users run it.

mod common;

use std::path::Path;

use common::{child, example};
use tollbridge::report::{Report, SpanReport};

const EXAMPLE: &str = "lock_convoy";

fn report_of(out: &Path, way: &str) -> Report {
    child::read(&out.join(way).join("report.json"))
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
    let out = tempfile::tempdir().expect("a folder");
    let stdout = example::shown_by(EXAMPLE, &["--jobs", "300", "--queries", "3", "--hold", "20"], out.path());

    for way in ["alone", "convoy", "short", "sharded"] {
        let report = report_of(out.path(), way);
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
    let waited = lock_of(&report_of(out.path(), "convoy")).ns.max();
    assert!(waited > Some(1_000_000), "{waited:?} ns");

    assert_eq!(stdout.matches("LOCKS bridge locks: none of 300 was contended; ").count(), 4, "{stdout}");
    assert_eq!(stdout.matches("lock connection: ").count(), 4, "{stdout}");
    assert!(stdout.contains("lock connection: none of 900 was contended; "), "{stdout}");
}

#[test]
fn one_way_alone_as_it_is_told() {
    let out = tempfile::tempdir().expect("a folder");
    let arguments = ["--way", "sharded", "--jobs", "40", "--shards", "2", "--queries", "1", "--hold", "0"];
    example::shown_by(EXAMPLE, &[&arguments[..], &["--blocking-threads", "1"]].concat(), out.path());
    let report = report_of(out.path(), "sharded");
    let lock = lock_of(&report);
    assert_eq!((lock.ns.count(), lock.contended), (40, 0), "one pool thread");
    assert!(!out.path().join("convoy").exists());
}

#[test]
fn what_is_wrong_is_named_with_its_remedy() {
    let out = tempfile::tempdir().expect("a folder");
    let file = out.path().join("a-file");
    std::fs::write(&file, "in the way").expect("written");
    for (arguments, out, expected) in [
        (&["--jobs", "1"][..], file.as_path(), ["a-file", "--out"]),
        (&["--jobs", "0"], out.path(), ["--jobs", "0"]),
        (&["--shards", "0"], out.path(), ["--shards", "0"]),
        (&["--way", "fast"], out.path(), ["fast", "convoy"]),
    ] {
        example::refuses(EXAMPLE, arguments, out, &expected);
    }
}
