//! `cargo tollbridge run` on an app that nobody edited: every job of its pool is recorded once, and nothing of the project is touched.

#[path = "common/command.rs"]
mod command;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tollbridge_report::Report;
use tollbridge_report::names::{Arm, Outcome};

use command::{Ran, program, ran};

const APP: &str = include_str!("every_job/app.rs");

/// A project. Its target folder stays, so that the next run of this test has little to build.
struct Project {
    folder: PathBuf,
    out: tempfile::TempDir,
}

impl Project {
    fn new(name: &str, dependencies: &str, main: &str) -> Self {
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
        // The versions of this workspace, which are there.
        let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock")).unwrap();
        fs::write(folder.join("Cargo.lock"), lock).unwrap();
        let project = Self { folder, out: tempfile::tempdir().unwrap() };
        // cargo leaves out what this project does not need.
        let status = project.cargo("cargo", &["metadata", "--format-version", "1", "--offline"]);
        assert_eq!(status.code, 0, "{}", status.err);
        project
    }

    fn cargo(&self, cargo: &str, args: &[&str]) -> Ran {
        let mut command = program(cargo, &self.folder, args);
        for variable in ["TOLLBRIDGE", "TOLLBRIDGE_COMPARE", "RUSTFLAGS", "CARGO_TARGET_DIR", "CARGO_MANIFEST_DIR"] {
            command.env_remove(variable);
        }
        ran(command.env("TOLLBRIDGE_OUT", self.out.path()).output().unwrap())
    }

    fn tollbridge(&self, args: &[&str]) -> Ran {
        let args: Vec<&str> = ["tollbridge"].into_iter().chain(args.iter().copied()).collect();
        self.cargo(env!("CARGO_BIN_EXE_cargo-tollbridge"), &args)
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

/// Hops by the end of their job's type name and how they ended.
fn counts(report: &Report) -> BTreeMap<(String, Outcome), u64> {
    let mut counts = BTreeMap::new();
    for group in &report.groups {
        let job = group.key.job.replace("::{{closure}}", "");
        let job = job.rsplit("::").next().unwrap_or_default().to_owned();
        *counts.entry((job, group.key.outcome)).or_default() += group.hop_ns.count();
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
    // And once more, as warm as cargo's own, with the app's own exit code.
    let again = app.tollbridge(&["run", "--locked", "--offline", "--", "fail"]);
    assert_eq!(again.code, 7, "{}", again.err);
    assert!(!again.err.contains("Compiling"), "{}", again.err);
    // A run without a job leaves nothing, and the program prints what it prints: others may read it.
    let runs = || fs::read_dir(app.out.path()).unwrap().count();
    assert_eq!(runs(), 2);
    let idle = app.tollbridge(&["run", "--locked", "--offline", "--", "idle"]);
    assert_eq!((idle.code, runs()), (0, 2), "{}", idle.err);
    assert!(idle.err.contains("note: nothing was recorded: the program gave its blocking pool no job"), "{}", idle.err);
    let program = app.folder.join("target/tollbridge/debug/every-job-app");
    let alone = app.cargo(program.to_str().unwrap(), &["idle"]);
    assert_eq!((alone.code, alone.err.as_str(), runs()), (0, "", 2));
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
