//! How a run begins: where its folder is.

mod common;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use common::child;
use tollbridge::Guard;
use tollbridge::report::Report;
use tollbridge::task::spawn_blocking;

const HOPS: u64 = 25;

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
