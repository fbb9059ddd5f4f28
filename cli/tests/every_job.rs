//! `cargo tollbridge run` on an app that nobody edited: every job of its pool is recorded once, and nothing of the project is touched.

#[path = "common/command.rs"]
mod command;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tollbridge_report::Report;
use tollbridge_report::names::{Arm, Detail, LockOp, Outcome};

use command::{Ran, program, ran};

const APP: &str = include_str!("every_job/app.rs");

/// What the tests' own environment has of these is not the app's.
const UNHEEDED: [&str; 5] =
    ["TOLLBRIDGE", "TOLLBRIDGE_COMPARE", "TOLLBRIDGE_TRANSFER", "RUSTFLAGS", "CARGO_TARGET_DIR"];

/// A project. Its target folder stays, so that the next run of this test has little to build.
struct Project {
    folder: PathBuf,
    out: tempfile::TempDir,
}

impl Project {
    fn new(name: &str, dependencies: &str, main: &str) -> Self {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _held = ONE_AT_A_TIME.lock();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(folder.join("src")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\n{dependencies}\n[workspace]\n"
        );
        let write = |file: &str, text: &str| {
            let path = folder.join(file);
            if fs::read_to_string(&path).is_ok_and(|there| there == text) {
                return;
            }
            fs::write(path, text).unwrap();
        };
        write("Cargo.toml", &manifest);
        write("src/main.rs", main);
        // The versions of this workspace, which are there; cargo leaves out what this project does not need.
        let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock")).unwrap();
        let is_known = fs::read_to_string(folder.join("whole.lock")).is_ok_and(|before| before == lock);
        let project = Self { folder: folder.clone(), out: tempfile::tempdir().unwrap() };
        if !is_known {
            write("Cargo.lock", &lock);
            let metadata = project.cargo("cargo", &["metadata", "--format-version", "1", "--offline"]);
            assert_eq!(metadata.code, 0, "{}", metadata.err);
            write("whole.lock", &lock);
        }
        project
    }

    fn cargo(&self, cargo: &str, args: &[&str]) -> Ran {
        let mut command = program(cargo, &self.folder, args);
        ran(command.output().unwrap())
    }

    /// In an environment of these variables.
    fn tollbridge_with(&self, variables: &[(&str, &str)], args: &[&str]) -> Ran {
        let mut command = program(env!("CARGO_BIN_EXE_cargo-tollbridge"), &self.folder, &["tollbridge"]);
        for variable in UNHEEDED {
            command.env_remove(variable);
        }
        command.args(args).envs(variables.iter().copied()).env("TOLLBRIDGE_OUT", self.out.path());
        ran(command.output().unwrap())
    }

    fn tollbridge(&self, args: &[&str]) -> Ran {
        self.tollbridge_with(&[], args)
    }

    /// The report of the only run so far.
    fn report(&self) -> Report {
        let runs: Vec<_> = fs::read_dir(self.out.path()).unwrap().map(|run| run.unwrap().path()).collect();
        let [run] = &runs[..] else { panic!("{runs:?}") };
        Report::from_json(&fs::read(run.join("report.json")).unwrap()).unwrap()
    }

    fn texts(&self) -> [String; 3] {
        ["Cargo.toml", "Cargo.lock", "src/main.rs"].map(|file| fs::read_to_string(self.folder.join(file)).unwrap())
    }
}

/// Hops by the end of their job's type name, how they ended, and their arm.
fn counts(report: &Report) -> BTreeMap<(String, Outcome, Arm), u64> {
    let mut counts = BTreeMap::new();
    for group in &report.groups {
        let job = group.key.job.replace("::{{closure}}", "");
        let job = job.rsplit("::").next().unwrap_or_default().to_owned();
        *counts.entry((job, group.key.outcome, group.key.arm)).or_default() += group.hop_ns.count();
    }
    counts
}

#[test]
fn every_job_of_an_app_that_nobody_edited_is_counted_once() {
    let app = Project::new("every-job-app", "tokio = { version = \"1\", features = [\"full\"] }", APP);
    let before = app.texts();
    let run = app.tollbridge(&["run", "--locked", "--offline", "--", "a", "--release"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.out, "arguments: [\"a\", \"--release\"]\n");
    assert_eq!(app.texts(), before);
    let report = app.report();
    let outcomes = &report.outcomes;
    assert_eq!(
        (outcomes.joined, outcomes.panicked, outcomes.cancelled, outcomes.detached, outcomes.in_flight),
        (20 + 7 + 5 + 1 + 30 + 1 + 10 + 1 + 2, 2, 3, 4 + 2, 0),
        "{:#?}",
        counts(&report)
    );
    assert_eq!(report.dropped.total(), 0);
    assert_eq!(report.pool.threads_seen, 2);
    assert!(run.err.contains("88 hops"), "{}", run.err);
    assert!(counts(&report).keys().all(|(_, _, arm)| *arm == Arm::Native));
    // And once more, as warm as cargo's own, with the app's own exit code.
    let again = app.tollbridge(&["run", "--locked", "--offline", "--", "fail"]);
    assert_eq!(again.code, 7, "{}", again.err);
    assert!(!again.err.contains("Compiling"), "{}", again.err);
}

#[test]
fn the_outcome_crosses_the_bridges_that_are_asked_for_with_their_counts() {
    let app = Project::new("every-job-app", "tokio = { version = \"1\", features = [\"full\"] }", APP);
    let asked = [("TOLLBRIDGE", "locks"), ("TOLLBRIDGE_COMPARE", "native,snapshot,naive")];
    let run = app.tollbridge_with(&asked, &["run", "--locked", "--offline"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let report = app.report();
    assert_eq!((report.outcomes.joined, report.outcomes.panicked, report.outcomes.cancelled), (77, 2, 3));
    let mut seen = BTreeMap::<Arm, u64>::new();
    for group in report.groups.iter().filter(|group| group.key.detail == Detail::Locks) {
        let hops = group.hop_ns.count();
        let locks: BTreeMap<LockOp, u64> = group.locks.iter().map(|(op, lock)| (*op, lock.ns.count())).collect();
        let transfer: u64 = locks.iter().filter(|(op, _)| op.is_transfer()).map(|(_, locks)| locks).sum();
        let publish = locks.get(&LockOp::Publish).copied().unwrap_or_default();
        let each = match (group.key.arm, group.key.outcome) {
            (_, Outcome::Detached) => continue,
            (Arm::Native, _) => (0, 0, 0),
            (Arm::Naive, Outcome::Joined) => (1, 4, 1),
            (Arm::Naive, Outcome::Panicked) => (0, 3, 1),
            (Arm::Naive, _) => (0, 2, 0),
            (_, Outcome::Joined) => (1, 0, 1),
            (_, Outcome::Panicked) => (0, 0, 1),
            (_, _) => (0, 1, 0),
        };
        let expected = (each.0 * hops, each.1 * hops, each.2 * hops);
        assert_eq!((publish, transfer, group.copies.count()), expected, "{:?}", group.key);
        *seen.entry(group.key.arm).or_default() += hops;
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
}

#[test]
fn an_app_that_has_tollbridge_records_its_own_jobs_and_all_others_none_twice() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let dependencies =
        format!("tokio = {{ version = \"1\", features = [\"full\"] }}\ntollbridge = {{ path = {root:?} }}");
    let app = Project::new("every-job-linked", &dependencies, include_str!("every_job/linked.rs"));
    let run = app.tollbridge(&["run", "--locked", "--offline"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let report = app.report();
    let mut arms = BTreeMap::<Arm, u64>::new();
    for group in &report.groups {
        *arms.entry(group.key.arm).or_default() += group.hop_ns.count();
    }
    assert_eq!(arms, BTreeMap::from([(Arm::Snapshot, 11 + 1 + 1), (Arm::Wrapped, 7), (Arm::Native, 5 + 3)]));
    assert_eq!(report.outcomes.submitted, 28);
    assert_eq!(report.pools.len(), 1, "jobs of both kinds are of one pool: {:?}", report.pools);
}
