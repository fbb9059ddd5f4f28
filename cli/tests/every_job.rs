//! `cargo tollbridge run` on an app that nobody edited: every job of its pool is recorded once, and nothing of the project is touched.

#[path = "common/command.rs"]
mod command;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tollbridge_report::names::{Arm, Detail, LockOp, Outcome, Phase};
use tollbridge_report::{HopGroup, Observed, Report};

use command::{Ran, program, ran};

const APP: &str = include_str!("every_job/app.rs");

/// What the tests' own environment has of these is not the app's.
const UNHEEDED: [&str; 7] = [
    "TOLLBRIDGE",
    "TOLLBRIDGE_CALLERS",
    "TOLLBRIDGE_COMPARE",
    "TOLLBRIDGE_TRANSFER",
    "RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET",
];

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

/// Samples and calls by the nearest function that called such a job, and whether it is the app's own.
fn callers(report: &Report, job: &str) -> BTreeMap<(String, bool), (u64, u64)> {
    let mut callers = BTreeMap::<_, (u64, u64)>::new();
    for caller in report.callers.iter().filter(|caller| caller.job.contains(job)) {
        let nearest = caller.frames.first().map(|frame| frame.function.clone()).unwrap_or_default();
        let sum = callers.entry((nearest, caller.is_own)).or_default();
        *sum = (sum.0 + caller.samples, sum.1 + caller.calls);
    }
    callers
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
        (20 + 7 + 5 + 1 + 30 + 6 * 6 + 1 + 1 + 10 + 1 + 2, 2, 3, 4 + 2 + 1, 0),
        "{:#?}",
        counts(&report)
    );
    assert_eq!(report.dropped.total(), 0);
    assert_eq!(report.pool.threads_seen, 2);
    assert_eq!(report.observed, Some(Observed { jobs: 126, imported: 0, workers: 3 }));
    // Tasks that completed, and the calls of each, by the line that spawned them.
    let line = |text: &str| 1 + APP.lines().position(|line| line.contains(text)).unwrap();
    for (text, tasks, calls) in [
        ("let listings", 4, 6),
        ("local.spawn_local(", 1, 6),
        ("task::spawn_local(", 1, 6),
        ("tokio::spawn(async {", 1, 1),
    ] {
        let at = format!("src/main.rs:{}:", line(text));
        let sites: Vec<_> = report.tasks.iter().filter(|of| of.spawned.starts_with(&at)).collect();
        let [site] = &sites[..] else { panic!("{at}: {:#?}", report.tasks) };
        assert_eq!(
            (site.hops.count(), site.hops.min(), site.hops.max(), site.live),
            (tasks, Some(calls), Some(calls), 0)
        );
        assert!(site.hop_ns.min() > Some(0) && site.hop_ns.sum() <= site.span_ns.sum(), "{site:?}");
    }
    assert_eq!((report.tasks.len(), report.dropped.tasks), (4, 0), "{:#?}", report.tasks);
    assert!(run.err.contains("126 hops"), "{}", run.err);
    assert!(counts(&report).keys().all(|(_, _, arm)| *arm == Arm::Native));
    assert_eq!(
        callers(&report, "metadata"),
        BTreeMap::from([
            (("every_job_app::list_folder".to_owned(), true), (20, 20)),
            (("every_job_app::listing".to_owned(), true), (30, 30)),
            (("every_job_app::serve_file".to_owned(), true), (10, 10)),
        ])
    );
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

/// tokio has queued it, and would run it once another call gets a thread; its handle is gone. So it is a job that nobody awaits.
#[test]
fn a_job_for_which_there_is_no_thread_is_detached() {
    let app = Project::new("every-job-app", "tokio = { version = \"1\", features = [\"full\"] }", APP);
    let run = app.tollbridge(&["run", "--locked", "--offline", "--", "refused"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let outcomes = app.report().outcomes;
    assert_eq!((outcomes.submitted, outcomes.detached, outcomes.panicked, outcomes.in_flight), (1, 1, 0, 0));
}

/// Many programs are started many times and have no job: a run that leaves nothing takes nothing away.
#[test]
fn a_run_without_a_job_removes_no_run_before_it() {
    let app = Project::new("every-job-app", "tokio = { version = \"1\", features = [\"full\"] }", APP);
    let runs = || -> BTreeSet<_> {
        let runs = fs::read_dir(app.out.path()).unwrap().map(|run| run.unwrap().file_name());
        runs.collect()
    };
    let run = |argument: &str| {
        let run = app.tollbridge_with(&[("TOLLBRIDGE_KEEP", "1")], &["run", "--locked", "--offline", "--", argument]);
        assert_eq!(run.code, 0, "{}", run.err);
        runs()
    };
    let first = run("jobs");
    assert_eq!(first.len(), 1);
    assert_eq!(run("idle"), first);
    // However short it is, one that has jobs takes its place.
    let second = run("jobs");
    assert!(second.len() == 1 && second != first, "{first:?}, {second:?}");
}

#[test]
fn what_cargos_settings_build_for_is_what_the_recorder_is_built_for() {
    let app = Project::new("every-job-target", "tokio = { version = \"1\", features = [\"full\"] }", "fn main() {}\n");
    let settings = app.folder.join(".cargo/config.toml");
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    let built_for = |target: &str, args: &[&str]| {
        fs::write(&settings, format!("[build]\ntarget = {target}\n")).unwrap();
        app.tollbridge(&[&["where", "--locked", "--offline"], args].concat())
    };
    for (target, args, system) in [
        ("\"i686-unknown-linux-gnu\"", &[][..], "i686-unknown-linux-gnu"),
        ("[\"aarch64-unknown-linux-gnu\"]", &[], "aarch64-unknown-linux-gnu"),
        ("[\"a\", \"b\"]", &["--target", "x86_64-unknown-linux-gnu"], "x86_64-unknown-linux-gnu"),
    ] {
        let ran = built_for(target, args);
        let [copy, recorder] = [format!("copy/{system}/tokio-"), format!("/{system}/release/libtollbridge_agent.so")];
        assert!(ran.code == 0 && ran.out.contains(&copy) && ran.out.contains(&recorder), "{}{}", ran.out, ran.err);
    }
    let several = built_for("[\"a\", \"b\"]", &[]);
    assert!(several.code == 3 && several.err.contains("several systems at once (a, b)"), "{}", several.err);
}

#[test]
fn the_outcome_crosses_the_bridges_that_are_asked_for_with_their_counts() {
    let app = Project::new("every-job-app", "tokio = { version = \"1\", features = [\"full\"] }", APP);
    let asked = [("TOLLBRIDGE", "locks"), ("TOLLBRIDGE_COMPARE", "native,snapshot,naive")];
    let run = app.tollbridge_with(&asked, &["run", "--locked", "--offline"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let report = app.report();
    assert_eq!((report.outcomes.joined, report.outcomes.panicked, report.outcomes.cancelled), (114, 2, 3));
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
    assert_eq!(arms, BTreeMap::from([(Arm::Snapshot, 11 + 1 + 1 + 1), (Arm::Wrapped, 7), (Arm::Native, 5 + 3 + 1)]));
    assert_eq!(report.outcomes.submitted, 30);
    assert_eq!(report.observed, Some(Observed { jobs: 30, imported: 11 + 1 + 1 + 1 + 7, workers: 0 }));
    let [waits] = &report.tasks[..] else { panic!("{:#?}", report.tasks) };
    assert!(waits.spawned.starts_with("src/main.rs:"), "{}", waits.spawned);
    assert_eq!((waits.hops.count(), waits.live, waits.live_hops), (0, 1, 2), "own hops and others");
    assert!(waits.live_hop_ns > 0);
    assert_eq!(report.pools.len(), 1, "jobs of both kinds are of one pool: {:?}", report.pools);
}

#[test]
fn sums_of_phases_lie_between_the_app_s_own_stamps() {
    let app = Project::new("every-job-app", "tokio = { version = \"1\", features = [\"full\"] }", APP);
    let run = app.tollbridge(&["run", "--locked", "--offline", "--", "stamps"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let numbers: Vec<u64> = run
        .out
        .lines()
        .last()
        .unwrap()
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    let [jobs @ .., _, _, _, _] = &numbers[..] else { panic!("{}", run.out) };
    let (jobs, hops) = ([jobs, &[0]].concat(), &numbers[jobs.len()..]);
    let report = app.report();
    let line = |text: &str| 1 + APP.lines().position(|line| line.contains(text)).unwrap();
    let roads = ["+= spawn_blocking(job)", "handle.spawn_blocking(job)", "set.spawn_blocking(job)"];
    let sites = roads.map(|road| format!("src/main.rs:{}:", line(road)));
    for (i, (&job, &hop)) in jobs.iter().zip(hops).enumerate() {
        let is_it = |group: &&HopGroup| match sites.get(i) {
            Some(site) => group.key.site.starts_with(site),
            None => group.key.job.starts_with("tokio::fs::metadata"),
        };
        let groups: Vec<&HopGroup> = report.groups.iter().filter(is_it).collect();
        let [group] = &groups[..] else { panic!("{i}: {groups:?}") };
        assert_eq!((group.hop_ns.count(), group.key.outcome), (50, Outcome::Joined));
        let run = group.phases[&Phase::Run].sum();
        // Two clocks run alike to some parts in a million, and stamps are whole ns.
        let slack = |ns: u64| ns / 1_000 + 50;
        assert!(job <= run + slack(run), "{i}: its own jobs {job} ns, run {run} ns");
        assert!(group.hop_ns.sum() <= hop + slack(hop), "{i}: its own {hop} ns, hops {} ns", group.hop_ns.sum());
        let phases: u64 = group.phases.values().map(|lengths| lengths.sum()).sum();
        assert_eq!(phases, group.hop_ns.sum());
    }
}

#[cfg(unix)]
#[test]
fn what_cannot_be_written_is_named_with_the_reason_and_a_remedy() {
    let app =
        Project::new("every-job-target-folder", "tokio = { version = \"1\", features = [\"full\"] }", "fn main() {}\n");
    let places = tempfile::tempdir().unwrap();
    let taken = places.path().join("taken");
    fs::write(&taken, "a file").unwrap();
    // cargo's home, where a file is in the way of the recorder.
    let of_cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let of_cargo = of_cargo.unwrap_or_else(|| std::env::home_dir().unwrap().join(".cargo"));
    let home = places.path().join("home");
    fs::create_dir(&home).unwrap();
    std::os::unix::fs::symlink(of_cargo.join("registry"), home.join("registry")).unwrap();
    fs::write(home.join("tollbridge"), "a file").unwrap();
    let (taken, home) = (taken.to_str().unwrap(), home.to_str().unwrap());
    let copy = format!("failed to write `{taken}/tollbridge/copy/host/tokio-");
    let recorder = format!("failed to write `{home}/tollbridge/agent-");
    for (variables, args, named) in
        [(&[][..], &["--target-dir", taken][..], copy), (&[("CARGO_HOME", home)], &[], recorder)]
    {
        let ran = app.tollbridge_with(variables, &[&["build", "--locked", "--offline"], args].concat());
        let is_named = ran.err.contains(&named) && ran.err.contains("cause: ");
        assert!(ran.code == 4 && is_named, "{}: {}", ran.code, ran.err);
        assert!(ran.err.contains("give a folder that can be written and has room, with --target-dir"), "{}", ran.err);
    }
    assert_eq!(fs::read_to_string(taken).unwrap(), "a file");
}

#[test]
fn a_build_in_a_container_is_refused() {
    let ran = {
        let folder = folder(&[]);
        let mut command = program(env!("CARGO_BIN_EXE_cargo-tollbridge"), folder.path(), &["tollbridge", "build"]);
        ran(command.env("CARGO", "/somewhere/cross").output().unwrap())
    };
    assert!(ran.code == 3 && ran.err.contains("cross builds and runs in a container"), "{}: {}", ran.code, ran.err);
}

/// A folder with a manifest, and what else is given.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "[package]\nname = \"app\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n";
    for (file, text) in [("Cargo.toml", manifest), ("src/main.rs", "fn main() {}\n")].iter().chain(files) {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let before =
            if files.contains(&(file, text)) { fs::read_to_string(&path).unwrap_or_default() } else { String::new() };
        fs::write(path, before + text).unwrap();
    }
    folder
}

/// A lock file of the app and one tokio.
fn lock(tokio: &str) -> String {
    format!(
        "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.0.0\"\ndependencies = [\"tokio\"]\n[[package]]\nname = \"tokio\"\n{tokio}"
    )
}

fn refused(folder: &Path, args: &[&str]) -> Ran {
    let before: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let mut command = program(env!("CARGO_BIN_EXE_cargo-tollbridge"), folder, &["tollbridge"]);
    for variable in UNHEEDED {
        command.env_remove(variable);
    }
    let refused = ran(command.args(args).output().unwrap());
    assert_ne!(refused.code, 0);
    assert_eq!(refused.out, "");
    let after: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(after.len(), before.len(), "nothing is half made: {after:?}");
    refused
}

#[test]
fn what_is_no_project_of_tokio_s_is_refused_with_a_remedy() {
    let nothing = tempfile::tempdir().unwrap();
    for verb in ["run", "build", "test", "bench", "where"] {
        let ran = refused(nothing.path(), &[verb]);
        assert!(ran.code == 3 && ran.err.contains("could not find `Cargo.toml`"), "{}: {}", ran.code, ran.err);
    }
    let no_lock = folder(&[]);
    let ran = refused(no_lock.path(), &["build"]);
    assert!(ran.code == 3 && ran.err.contains("run `cargo build` once"), "{}: {}", ran.code, ran.err);
    let alone = "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.0.0\"\n";
    let ran = refused(folder(&[("Cargo.lock", alone)]).path(), &["build"]);
    assert!(ran.code == 3 && ran.err.contains("does not depend on tokio"), "{}: {}", ran.code, ran.err);
}

#[test]
fn a_tokio_of_one_s_own_is_refused() {
    let own = folder(&[
        ("Cargo.toml", "tokio = { path = \"tokio\" }\n"),
        ("tokio/Cargo.toml", "[package]\nname = \"tokio\"\nversion = \"1.54.1\"\nedition = \"2021\"\n"),
        ("tokio/src/lib.rs", ""),
        ("Cargo.lock", &lock("version = \"1.54.1\"\n")),
    ]);
    let ran = refused(own.path(), &["build"]);
    assert!(
        ran.code == 3 && ran.err.contains("is not from a registry but from the folder"),
        "{}: {}",
        ran.code,
        ran.err
    );
}

/// A tokio that looks as if it came from a registry, in a folder of vendored sources.
fn vendored(version: &str) -> tempfile::TempDir {
    let locked = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock")).unwrap();
    let registry = locked.lines().find(|line| line.starts_with("source = ")).unwrap();
    let checksum = "0".repeat(64);
    folder(&[
        ("Cargo.toml", "tokio = \"1\"\n"),
        (
            ".cargo/config.toml",
            "[source.crates-io]\nreplace-with = \"vendored\"\n[source.vendored]\ndirectory = \"vendor\"\n",
        ),
        (
            "vendor/tokio/Cargo.toml",
            &format!("[package]\nname = \"tokio\"\nversion = \"{version}\"\nedition = \"2021\"\n"),
        ),
        ("vendor/tokio/src/lib.rs", "#![warn(\n    missing_docs\n)]\n"),
        ("vendor/tokio/.cargo-checksum.json", &format!("{{\"files\":{{}},\"package\":\"{checksum}\"}}")),
        ("Cargo.lock", &lock(&format!("version = \"{version}\"\n{registry}\nchecksum = \"{checksum}\"\n"))),
    ])
}

#[test]
fn a_tokio_with_other_texts_is_refused_and_a_file_named() {
    let ran = refused(vendored("1.54.1").path(), &["build", "--offline"]);
    assert!(
        ran.code == 3 && ran.err.contains("vendor/tokio/src/runtime/") && ran.err.contains("0 times"),
        "{}",
        ran.err
    );
    let ran = refused(vendored("1.40.0").path(), &["where", "--offline"]);
    assert!(ran.code == 3 && ran.err.contains("tokio 1.40.0 is older than 1.41"), "{}", ran.err);
    let ran = refused(vendored("1.99.0").path(), &["build", "--offline"]);
    assert!(ran.err.contains("tokio 1.99.0 is newer than those with which this was tried"), "{}", ran.err);
}
