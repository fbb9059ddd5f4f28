//! Everything that a change must pass. Needs a Rust toolchain with rustfmt and clippy; what else it needs it installs.

use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::run::{Result, command, line, pass, quietly, read, target};
use crate::{arrows, loom};

pub(crate) fn run() -> Result<()> {
    let tests = step(&test_command()?, tests)?;
    let checks = [
        "cargo fmt --all --check",
        "cargo clippy --locked --workspace --all-targets --all-features -- -D warnings",
        // What only `scripts/contrast.sh` compiles.
        "cargo clippy --locked -p tollbridge -p tollbridge-benches --all-targets -- -D warnings --cfg tollbridge_twin_arms",
    ];
    for check in checks {
        step(check, |check| pass(line(check)))?;
    }
    // Outside the workspace, with lock files of their own.
    for (name, manifest) in [("peers", "benches/peers/Cargo.toml"), ("apps", "examples/apps/Cargo.toml")] {
        let own = target().join(name);
        apart(name, || {
            let clippy = format!("cargo clippy --locked --manifest-path {manifest} --target-dir");
            step(&clippy, |clippy| {
                let mut clippy = line(clippy);
                clippy.arg(&own).args(["--", "-D", "warnings"]);
                pass(clippy)
            })
        })?;
    }
    step("cargo doc --locked --workspace --all-features --no-deps", |doc| {
        let mut doc = line(doc);
        doc.env("RUSTDOCFLAGS", "-D warnings");
        pass(doc)
    })?;
    // As others compile it: without what `.cargo/config.toml` sets for this checkout.
    apart("shipped", || {
        step("cargo check --locked -p tollbridge --lib", |check| {
            let mut check = line(check);
            check.env("RUSTFLAGS", "-D warnings").env("CARGO_TARGET_DIR", target().join("shipped"));
            pass(check)
        })
    })?;
    let full = "cargo test --locked --quiet -p tollbridge-tests --features flamegraphs --test full_summary";
    step(full, |full| pass(line(full)))?;
    step("cargo xtask arrows", |_| arrows::check())?;
    for (own, script) in
        [("oldest", "scripts/oldest.sh"), ("msrv", "scripts/msrv.sh"), ("two_versions", "scripts/two_versions.sh")]
    {
        apart(own, || step(script, |script| pass(line(script))))?;
    }
    apart("loom", || step("cargo xtask loom", |_| loom::run(&[])))?;
    for script in ["scripts/features.sh", "scripts/example.sh", "scripts/instructions.sh", "scripts/every_job.sh"] {
        step(script, |script| pass(line(script)))?;
    }
    println!("{tests}");
    Ok(())
}

/// The README's own command, so that a newcomer and this run the same thing.
fn test_command() -> Result<String> {
    let readme = read(Path::new("README.md"))?;
    let command = readme.lines().find(|line| line.starts_with("cargo test --workspace"));
    command
        .map(str::to_owned)
        .ok_or_else(|| "README.md has no line that begins with `cargo test --workspace`".to_owned())
}

/// Runs the tests, shows what a reader of a long log wants to know, and counts them.
fn tests(all: &str) -> Result<String> {
    const TOLD: [&str; 3] = ["test result", "     Running", "   Doc-tests"];
    // In one stream, so that each result stands behind its program.
    let (passes, said) = quietly(command(&["sh", "-c", &format!("{all} 2>&1")]))?;
    if !passes {
        println!("{said}");
        return Err(format!("failed: {all}"));
    }
    let (mut passed, mut failed) = (0, 0);
    for line in said.lines().filter(|line| TOLD.iter().any(|begin| line.starts_with(begin))) {
        println!("{line}");
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["test", "result:", _, count, _, fails, ..] = words[..] {
            let number = |word: &str| word.parse::<u64>().map_err(|error| format!("`{line}`: {error}"));
            passed += number(count)?;
            failed += number(fails)?;
        }
    }
    Ok(format!("{passed} passed, {failed} failed"))
}

/// Does it under its name, and says how long it took.
fn step<T>(name: &str, act: impl FnOnce(&str) -> Result<T>) -> Result<T> {
    println!("== {name}");
    let begun = Instant::now();
    let done = act(name);
    println!("-- {} s", begun.elapsed().as_secs());
    done
}

/// A step whose build, in a folder of its own below the target folder, no other step uses: on a machine of CI it goes at once.
fn apart(folder: &str, act: impl FnOnce() -> Result<()>) -> Result<()> {
    act()?;
    let folder = target().join(folder);
    if std::env::var_os("CI").is_some_and(|ci| !ci.is_empty()) && folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("failed to remove {}: {error}", folder.display()))?;
    }
    Ok(())
}
