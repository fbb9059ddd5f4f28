//! How a run begins: what the variables mean, where its folder is, and what is said where a variable is set and nothing is recorded.

mod common;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Barrier;

use common::child;
use tollbridge::report::Report;
use tollbridge::task::spawn_blocking;
use tollbridge::{Arm, Detail, Guard};
use tollbridge_instrument::clock::mock;

const HOPS: u64 = 25;
/// Threads that make the process's first hop at once.
const THREADS: usize = 64;

// ---- The app ----

#[test]
fn child() {
    child::play(|role| {
        match role {
            "plain" => {
                let toll = tollbridge::init();
                tell(&toll);
                hops();
            }
            "moves" => {
                let toll = tollbridge::init();
                std::env::set_current_dir("/").expect("there is always this one");
                hops();
                tell(&toll);
            }
            "without init" => {
                hops();
                hops();
            }
            "late init" => {
                hops();
                let toll = tollbridge::init();
                hops();
                tell(&toll);
            }
            "first of one" => first_of(1),
            "first of many" => first_of(THREADS),
            _ => panic!("no such role: {role}"),
        }
        0
    });
}

fn hops() {
    common::runtime().block_on(async {
        for i in 0..HOPS {
            assert_eq!(spawn_blocking(move || i).await.expect("the job returns"), i);
        }
    });
}

/// So many threads make the process's first hops at once. Prints how often they and what arming measures read the clock.
fn first_of(threads: usize) {
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    mock::install(0);
    let all = Barrier::new(threads);
    let hop = || {
        let runtime = common::runtime();
        all.wait();
        assert_eq!(runtime.block_on(async { spawn_blocking(|| 1).await }).expect("the job returns"), 1);
    };
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(hop))));
    writeln!(std::io::stdout(), "readings {}", mock::readings()).expect("stdout is open");
}

fn tell(toll: &Guard) {
    let folder = toll.folder().map_or("none".into(), Path::to_string_lossy);
    writeln!(std::io::stdout(), "folder {folder}").expect("stdout is open");
}

/// Plays a role in a folder of its own, with the variables set.
struct Scene {
    cwd: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Scene {
    fn new(variables: &[(&'static str, &str)]) -> Self {
        let variables = variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { cwd: tempfile::tempdir().expect("a folder"), variables }
    }

    fn play(&self, role: &str) -> child::Played {
        self.play_in(role, self.cwd.path())
    }

    fn play_in(&self, role: &str, cwd: &Path) -> child::Played {
        let mut command = child::role(role);
        let variables = self.variables.iter().map(|(name, value)| (*name, value.as_str()));
        let played = child::run(command.current_dir(cwd).envs(variables));
        assert!(played.status.success(), "{}", played.stderr);
        played
    }

    fn out(&self) -> PathBuf {
        self.cwd.path().join(tollbridge::DEFAULT_OUT)
    }

    /// The report of the run, if there was one.
    fn report(&self) -> Option<Report> {
        self.out().exists().then(|| child::report(&self.out()))
    }
}

fn one_line(played: &child::Played) -> &str {
    let [line] = played.said()[..] else { panic!("one line: {}", played.stderr) };
    assert_eq!(played.stderr.lines().count(), 1, "{}", played.stderr);
    line
}

// ---- The first hop ----

/// Neither does each of them measure, nor does one wait for another that does: it goes unrecorded, and is counted.
#[test]
fn of_many_first_hops_one_measures_and_each_is_in_the_log_or_counted() {
    let scene = Scene::new(&[("RUST_LOG", "info,tollbridge=trace")]);
    let play = |role| {
        let played = scene.play(role);
        let logged = played.stdout.lines().filter(|line| line.contains("tollbridge::hop: hop ")).count();
        let readings = played.stdout.lines().find_map(|line| line.strip_prefix("readings ")?.parse::<u64>().ok());
        let missed = played.said().iter().map(|line| missed(line)).sum::<usize>();
        (logged, missed, readings.expect("it printed them"))
    };
    let (logged, missed, one) = play("first of one");
    assert_eq!((logged, missed), (1, 0));
    let (logged, missed, all) = play("first of many");
    assert_eq!(logged + missed, THREADS, "{logged} in the log, {missed} counted");
    assert!(all < 2 * one, "one measures: {all} readings of the clock, {one} where there is one hop");
}

/// How many calls are not in the log.
fn missed(line: &str) -> usize {
    let count = line.strip_prefix("tollbridge: ").and_then(|rest| rest.split_once(' '));
    let (count, rest) = count.unwrap_or_else(|| panic!("{line}"));
    assert!(rest.contains("not in the log") && rest.contains("let _toll = tollbridge::init();"), "{line}");
    count.parse().unwrap_or_else(|_| panic!("{line}"))
}

// ---- The folder ----

/// What the app's working directory becomes is none of the report's business.
#[test]
fn an_app_that_changes_its_directory_loses_nothing() {
    let scene = Scene::new(&[("TOLLBRIDGE", "locks")]);
    let played = scene.play("moves");
    let report = scene.report().expect("a report where the app began");
    assert_eq!((report.outcomes.joined, report.processes[0].complete), (HOPS, true));
    // The guard and the summary name it so that it is found from anywhere.
    let folder = child::runs(&scene.out()).remove(0).canonicalize().expect("it is there");
    assert!(played.stdout.contains(&format!("folder {}\n", folder.display())), "{}", played.stdout);
    assert!(one_line(&played).ends_with(&format!("; {}", folder.join("report.json").display())), "{}", played.stderr);
}

#[test]
fn a_relative_folder_of_the_variable_is_made_absolute_too() {
    let scene = Scene::new(&[("TOLLBRIDGE", "phases"), ("TOLLBRIDGE_OUT", "runs/mine")]);
    let _ = scene.play("moves");
    assert_eq!(child::report(&scene.cwd.path().join("runs/mine")).outcomes.joined, HOPS);
}

/// A daemon's directory is `/`, where nobody looks for a report.
#[cfg(unix)]
#[test]
fn a_relative_folder_in_the_root_is_said_once() {
    let mut scene = Scene::new(&[("TOLLBRIDGE", "phases")]);
    let relative = scene.cwd.path().strip_prefix("/").expect("temporary folders are absolute").join("runs");
    scene.variables.push(("TOLLBRIDGE_OUT", relative.to_string_lossy().into_owned()));
    let played = scene.play_in("plain", Path::new("/"));
    let run = child::runs(&scene.cwd.path().join("runs")).remove(0);
    let [warning, summary] = played.said()[..] else { panic!("two lines: {}", played.stderr) };
    for part in ["current directory is `/`", &*run.to_string_lossy(), "TOLLBRIDGE_OUT"] {
        assert!(warning.contains(part), "{part}: {warning}");
    }
    assert!(summary.contains(&format!("{HOPS} joined")), "{summary}");

    // An absolute one was chosen.
    let out = scene.cwd.path().join("chosen").to_string_lossy().into_owned();
    let scene = Scene::new(&[("TOLLBRIDGE", "phases"), ("TOLLBRIDGE_OUT", &out)]);
    assert!(one_line(&scene.play_in("plain", Path::new("/"))).contains(&out));
}

// ---- Nothing is recorded ----

#[test]
fn a_variable_without_init_is_said_once() {
    for (name, value) in [
        ("TOLLBRIDGE", "locks"),
        ("TOLLBRIDGE", "1"),
        ("TOLLBRIDGE_COMPARE", "naive,native"),
        ("TOLLBRIDGE_TIMELINE", "on"),
    ] {
        for log in [None, Some("info,app=trace")] {
            let mut scene = Scene::new(&[(name, value)]);
            scene.variables.extend(log.map(|log| ("RUST_LOG", log.to_owned())));
            let played = scene.play("without init");
            let line = one_line(&played);
            assert!(line.contains(&format!("{name} is set")) && line.contains("nothing is recorded"), "{line}");
            assert!(line.contains("`let _toll = tollbridge::init();` at the start of `main`"), "{line}");
            // Alone these two do not turn recording on with `init` either.
            assert_eq!(line.contains("TOLLBRIDGE=locks"), name != "TOLLBRIDGE", "{line}");
            assert!(scene.report().is_none());
        }
    }
}

#[test]
fn nothing_is_said_without_init_where_nothing_was_asked_for_or_the_log_has_it() {
    for variables in [
        &[][..],
        &[("TOLLBRIDGE", "off")],
        &[("TOLLBRIDGE", "off"), ("TOLLBRIDGE_COMPARE", "naive,native")],
        &[("TOLLBRIDGE_TIMELINE", "off")],
        &[("TOLLBRIDGE_TRANSFER", "naive"), ("TOLLBRIDGE_OUT", "runs")],
        &[("TOLLBRIDGE", "locks"), ("RUST_LOG", "info,tollbridge=trace")],
    ] {
        assert_eq!(Scene::new(variables).play("without init").stderr, "", "{variables:?}");
    }
}

/// The first hops come before `init`: they are not recorded, which is what the line says; those after it are.
#[test]
fn an_init_after_the_first_hops_is_said_and_records_the_others() {
    let scene = Scene::new(&[("TOLLBRIDGE", "locks")]);
    let played = scene.play("late init");
    let [said, summary] = played.said()[..] else { panic!("two lines: {}", played.stderr) };
    assert!(said.contains("at the start of `main`"), "{said}");
    assert!(summary.contains(&format!("{HOPS} hops")), "{summary}");
}

// ---- The words ----

#[test]
fn the_usual_words_turn_recording_on_and_off() {
    for (value, detail) in [
        ("1", Some(Detail::Phases)),
        ("on", Some(Detail::Phases)),
        ("True", Some(Detail::Phases)),
        ("Phases", Some(Detail::Phases)),
        ("LOCKS", Some(Detail::Locks)),
        ("0", None),
        ("false", None),
        ("OFF", None),
    ] {
        let scene = Scene::new(&[("TOLLBRIDGE", value)]);
        let played = scene.play("plain");
        let settings = scene.report().map(|report| report.settings.expect("a report of a run").detail);
        assert_eq!(settings, detail, "{value}: {}", played.stderr);
        assert_eq!(played.said().len(), usize::from(detail.is_some()), "{value}: {}", played.stderr);
    }
}

#[test]
fn the_case_of_a_word_does_not_matter() {
    let scene =
        Scene::new(&[("TOLLBRIDGE", "locks"), ("TOLLBRIDGE_TRANSFER", "Native"), ("TOLLBRIDGE_SUMMARY", "OFF")]);
    assert_eq!(scene.play("plain").stderr, "");
    assert_eq!(arms(&scene), [Arm::Native]);
}

fn arms(scene: &Scene) -> Vec<Arm> {
    scene.report().and_then(|report| report.settings).expect("a report of a run").arms
}

#[test]
fn comparing_needs_two_bridges() {
    for value in ["naive", "naive,naive", "Naive, naive"] {
        let scene = Scene::new(&[("TOLLBRIDGE", "locks"), ("TOLLBRIDGE_COMPARE", value)]);
        let played = scene.play("plain");
        let line = one_line(&played);
        let parts = [&*format!("TOLLBRIDGE_COMPARE={value} "), "at least two", "TOLLBRIDGE_TRANSFER", "nothing is"];
        assert!(parts.iter().all(|part| line.contains(part)), "{line}");
        assert!(scene.report().is_none());
    }
}

#[test]
fn a_bridge_that_is_named_twice_is_compared_once() {
    let scene = Scene::new(&[("TOLLBRIDGE", "locks"), ("TOLLBRIDGE_COMPARE", "naive,Native,naive")]);
    let _ = scene.play("plain");
    assert_eq!(arms(&scene), [Arm::Naive, Arm::Native]);
}

#[test]
fn the_time_after_which_a_hop_is_stuck_is_a_duration() {
    for value in ["10s", "500ms", "2m", "30", "1.5s", "2 S"] {
        let scene = Scene::new(&[("TOLLBRIDGE", "phases"), ("TOLLBRIDGE_STUCK", value)]);
        let _ = scene.play("plain");
        assert!(scene.report().is_some(), "{value}");
    }
    for value in ["0", "0s", "-1s", "soon", "1x", "s", "1e999", "99999999999999999999s", "inf"] {
        let scene = Scene::new(&[("TOLLBRIDGE", "phases"), ("TOLLBRIDGE_STUCK", value)]);
        let played = scene.play("plain");
        let line = one_line(&played);
        assert!(line.contains(&format!("TOLLBRIDGE_STUCK={value} ")) && line.contains("`10s`"), "{line}");
        assert!(scene.report().is_none());
    }
}
