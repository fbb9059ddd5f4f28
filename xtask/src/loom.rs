//! The loom models of the bridge (`tests/loom.rs`) and of the recorder (`instrument/src/record/model.rs`), and then builds whose orderings
//! are weakened on purpose: those have to fail, or the models prove nothing. The models take less than a minute, compiling what the tests
//! depend on another one.
//!
//! `LOOM_MAX_PREEMPTIONS` bounds the search: how often a schedule may interrupt a thread that could go on (default 2; a model of the
//! recorder may ask for less).

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::run::{Result, command, pass, quietly, target, write};

/// Where models are: a package, and the words that pick its test program.
#[derive(Clone, Copy)]
struct Models(&'static str, &'static [&'static str]);

const BRIDGE: Models = Models("tollbridge-tests", &["--test", "loom"]);
const RECORDER: Models = Models("tollbridge-instrument", &["--lib"]);

/// What a model must say of the weakened build.
const WEAKENED: [(Models, &str, &str); 3] = [
    (BRIDGE, "publish_snapshot", "Causality violation"),
    (RECORDER, "record::model::journals::an_owner_and_a_report", "of what was recorded"),
    (RECORDER, "record::model::jobs::a_handle_and_its_job_end_at_once", "all of the run is seen"),
];

/// Every model, or those whose names contain `names`; and the weakened ones.
pub(crate) fn run(names: &[String]) -> Result<()> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    pass(BRIDGE.test(&names)?)?;
    let filter =
        if names.is_empty() { vec!["record::model::"] } else { [&["--skip", "::tests::"], &names[..]].concat() };
    pass(RECORDER.test(&filter)?)?;
    println!("the same weakened, which must fail:");
    let wrapper = wrapper()?;
    for (models, model, finding) in WEAKENED {
        let mut command = models.test(&["--exact", model])?;
        command.env("RUSTC_WORKSPACE_WRAPPER", &wrapper);
        let (passes, said) = quietly(command)?;
        if passes {
            return Err(format!("failed: the weakened orderings went unnoticed by {model}"));
        }
        // A build that does not compile also fails; only the model's own verdict counts.
        let Some(found) = said.lines().find(|line| line.contains(finding)) else {
            return Err(format!("{said}\nfailed: the weakened build failed for another reason"));
        };
        println!("ok: {model} found it: {found}");
    }
    Ok(())
}

impl Models {
    /// The optimised code, with its own assertions.
    fn test(self, filters: &[&str]) -> Result<Command> {
        let Self(package, target) = self;
        let mut command = command(&["cargo", "test", "--locked", "--release", "-p", package]);
        command.args(target).arg("--").args(filters);
        command.env("RUSTFLAGS", "--cfg tollbridge_loom -C debug-assertions").env("CARGO_TARGET_DIR", folder()?);
        if std::env::var_os("LOOM_MAX_PREEMPTIONS").is_none() {
            command.env("LOOM_MAX_PREEMPTIONS", "2");
        }
        Ok(command)
    }
}

/// A folder of its own, because changed RUSTFLAGS rebuild everything.
fn folder() -> Result<PathBuf> {
    let folder = target().join("loom");
    let made = fs::create_dir_all(&folder).and_then(|()| folder.canonicalize());
    made.map_err(|error| format!("failed to make {}: {error}", folder.display()))
}

/// Adds the cfg to the workspace's own crates only, so that nothing else is compiled again.
fn wrapper() -> Result<PathBuf> {
    let script = folder()?.join("weakened-rustc");
    write(&script, "#!/bin/sh\nexec \"$@\" --cfg tollbridge_weakened\n")?;
    pass(command(&["chmod".as_ref(), "+x".as_ref(), script.as_os_str()]))?;
    Ok(script)
}
