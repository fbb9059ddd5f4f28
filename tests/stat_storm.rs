//! The main job, end to end: the example as its users run it. `cargo test` builds it beside this file.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tollbridge::report::Report;
use tollbridge::{Arm, Detail};

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

fn stat_storm(arguments: &[&str], out: &Path) -> Output {
    let mut path = std::env::current_exe().expect("this test's own path");
    path.pop();
    path.set_file_name("examples");
    path.push(format!("stat_storm{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(&path);
    command.args(arguments).arg("--out").arg(out);
    command.output().unwrap_or_else(|e| panic!("{}: {e}; build it with `cargo build --examples`", path.display()))
}

fn report_in(folder: &Path) -> Report {
    let json = std::fs::read(folder.join("report.json")).expect("the report was written");
    Report::from_json(&json).expect("it is whole")
}

#[test]
fn it_leaves_a_report_and_pictures_and_shows_the_screen() {
    const HOPS: u64 = 3_000;
    let out = Folder::new("storm");
    let output = stat_storm(&["--root", "src", "--hops", "3000", "--concurrency", "8"], &out.0);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "no progress bar where there is no terminal");
    let screen = String::from_utf8(output.stdout).expect("text");
    for part in ["3,000 hops: 3,000 joined", "MEAN PER HOP", "TAILS", "POOL", "WHAT IF", "SEEN", "CLOCK", "report.json"]
    {
        assert!(screen.contains(part), "no {part} in\n{screen}");
    }

    let report = report_in(&out.0);
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

    for name in ["hop-naive", "hop-snapshot", "hop-native", "transfer", "diff"] {
        for ending in ["svg", "folded"] {
            let file = out.0.join(format!("{name}.{ending}"));
            let length = std::fs::metadata(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display())).len();
            assert!(length > 0, "{} is empty", file.display());
        }
    }
}

#[test]
fn one_arm_alone_and_every_job() {
    for job in ["stat", "open", "read", "hash", "dns", "empty"] {
        let out = Folder::new(&format!("job-{job}"));
        let arguments = ["--root", "src", "--hops", "40", "--job", job, "--transfer", "naive", "--detail", "phases"];
        let output = stat_storm(&[&arguments[..], &["--blocking-threads", "2"]].concat(), &out.0);
        assert!(output.status.success(), "{job}: {}", String::from_utf8_lossy(&output.stderr));
        let report = report_in(&out.0);
        assert_eq!(report.arms.keys().collect::<Vec<_>>(), [&Arm::Naive], "{job}");
        assert_eq!(report.arms[&Arm::Naive].outcomes.joined, 40, "{job}");
        assert_eq!(report.settings.map(|settings| settings.detail), Some(Detail::Phases), "{job}");
        assert!(report.pool.threads_seen <= 2, "{job}");
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(!stdout.contains("jobs failed"), "{job}: {stdout}");
    }
}

#[test]
fn jobs_may_share_a_hop() {
    let out = Folder::new("batch");
    let arguments = ["--root", "src", "--hops", "50", "--batch", "16", "--concurrency", "4", "--transfer", "snapshot"];
    let output = stat_storm(&arguments, &out.0);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(report_in(&out.0).outcomes.joined, 4, "three full ones and the rest");
}

#[test]
fn what_is_wrong_is_named_with_its_remedy() {
    let out = Folder::new("wrong");
    let file = out.0.join("a-file");
    std::fs::write(&file, "in the way").expect("written");
    let below_file = file.join("out");
    let empty = out.0.join("empty");
    std::fs::create_dir(&empty).expect("made");
    let empty = empty.to_str().expect("text");
    for (arguments, out, expected) in [
        (&["--root", "/no/such/place"][..], out.0.as_path(), ["/no/such/place", "--root"]),
        (&["--root", empty], &out.0, ["no file below", "--root"]),
        (&["--root", "src"], below_file.as_path(), ["a-file", "--out"]),
        (&["--transfer", "wrapped"], &out.0, ["wrapped", "native, snapshot or naive"]),
        (&["--compare", "naive,fast"], &out.0, ["fast", "native, snapshot or naive"]),
        (&["--transfer", "naive", "--compare", "naive"], &out.0, ["--transfer", "cannot be used with"]),
        (&["--hops", "0"], &out.0, ["--hops", "0"]),
    ] {
        let output = stat_storm(arguments, out);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{arguments:?} passed");
        for part in expected {
            assert!(stderr.contains(part), "{arguments:?}: no `{part}` in {stderr}");
        }
    }
}
