//! What a release must pass beyond `ci` (docs/design/release.md): licences, bans and sources of every crate that anybody links; the API against
//! the last release's; each package built from its own archive; and the way of a new user on these archives.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{Result, command, line, pass, stdout, target};

/// Packages that are not published.
const UNPUBLISHED: [&str; 4] = ["tollbridge-testkit", "tollbridge-tests", "tollbridge-benches", "xtask"];

pub(crate) fn check() -> Result<()> {
    println!("== licences, bans and sources");
    let mut deny = Command::new(tool("cargo-deny")?);
    deny.args(["--all-features", "--locked", "--workspace"]);
    deny.args(UNPUBLISHED.iter().flat_map(|package| ["--exclude", package]));
    deny.args(["check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    pass(deny)?;
    println!("== the API against the last release");
    api()?;
    println!("== each package, built from its own archive");
    let mut package = line("cargo package --locked --workspace");
    package.args(UNPUBLISHED.iter().flat_map(|package| ["--exclude", package]));
    pass(package)?;
    println!("== the way of a new user, on the archives");
    let mut journey = command(&["scripts/journey.sh"]);
    journey.env("PACKAGES", target().join("package"));
    pass(journey)
}

/// `cargo semver-checks` since the last tag of a version.
fn api() -> Result<()> {
    let tags = stdout(line("git tag --list v[0-9]* --sort=-version:refname"))?;
    let Some(last) = tags.lines().next() else {
        println!("SKIPPED: no tag v[0-9]*, so nothing was released yet");
        return Ok(());
    };
    let mut checks = Command::new(tool("cargo-semver-checks")?);
    checks.args(["semver-checks", "--workspace", "--baseline-rev", last]);
    checks.args(UNPUBLISHED.iter().flat_map(|package| ["--exclude", package]));
    pass(checks)
}

/// A command of cargo's: the one on this machine, or one that is installed below the target folder.
fn tool(name: &str) -> Result<PathBuf> {
    if Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Ok(name.into());
    }
    let root = target().join("tools");
    let installed = root.join("bin").join(name);
    if !installed.exists() {
        let mut install = command(&["cargo", "install", "--quiet", "--locked", name, "--root"]);
        install.arg(root);
        pass(install)?;
    }
    installed.canonicalize().map_err(|error| format!("failed to find {}: {error}", installed.display()))
}
