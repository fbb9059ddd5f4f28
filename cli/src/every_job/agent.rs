//! The agent: a library that the copy loads, with the recorder in it. Built once for a machine, a version and a target.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use super::project::cargo;
use crate::error::every_job::Error;

/// The package's only file.
const SOURCE: &str = r#"//! The recorder of tollbridge, as a library that a copy of tokio loads.

/// Turns recording on. Returns the table of hooks; null if nothing is recorded.
#[unsafe(no_mangle)]
pub extern "C" fn tollbridge_agent_1() -> *const tollbridge_instrument::every_job::Hooks {
    tollbridge_instrument::every_job::agent::start()
}
"#;

/// Its library, built or not.
pub(super) fn library(target: Option<&str>) -> Result<PathBuf, Error> {
    if cfg!(not(unix)) || target.is_some_and(|target| target.contains("windows")) {
        return Err(Error::System);
    }
    let is_apple = target.map_or(cfg!(target_os = "macos"), |target| target.contains("apple"));
    let ending = if is_apple { "dylib" } else { "so" };
    let built = folder(target)?.join("target").join(target.unwrap_or_default()).join("release");
    Ok(built.join(format!("libtollbridge_agent.{ending}")))
}

/// Builds it, if it is not built yet.
pub(super) fn build(target: Option<&str>, offline: bool) -> Result<(), Error> {
    let folder = folder(target)?;
    write(&folder.join("Cargo.toml"), &manifest(&sources()?))?;
    write(&folder.join("src/lib.rs"), SOURCE)?;
    let lock = folder.join("Cargo.lock");
    if let Some(locked) = locked().filter(|_| !lock.exists()) {
        write(&lock, &locked)?;
    }
    let mut build = cargo();
    build.args(["build", "--release", "--quiet", "--manifest-path"]).arg(folder.join("Cargo.toml"));
    build.arg("--target-dir").arg(folder.join("target"));
    build.args(offline.then_some("--offline")).args(target.map(|target| format!("--target={target}")));
    // What the app is built with is nothing to the agent.
    for (variable, _) in std::env::vars_os() {
        let own = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_", "CARGO_TARGET_", "CARGO_PROFILE_"];
        if variable.to_str().is_some_and(|variable| own.iter().any(|begin| variable.starts_with(begin))) {
            build.env_remove(variable);
        }
    }
    let is_built = build.current_dir(&folder).status().map_err(Error::Cargo)?.success();
    // A setting of cargo's may send it elsewhere.
    if is_built && library(target)?.exists() { Ok(()) } else { Err(Error::Agent { folder }) }
}

/// Writes a file, if it does not say that already: one that is written anew is built anew.
fn write(path: &Path, text: &str) -> Result<(), Error> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let written = fs::create_dir_all(path.parent().unwrap_or(path)).and_then(|()| fs::write(path, text));
    written.map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// Where it is built: beside cargo's own caches.
fn folder(target: Option<&str>) -> Result<PathBuf, Error> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).ok_or(Error::NoSources)?;
    // Of a checkout there may be several, with other sources of the same version.
    let mut sources_of = DefaultHasher::new();
    sources()?.hash(&mut sources_of);
    let name = format!("agent-{}-{}-{:016x}", env!("CARGO_PKG_VERSION"), target.unwrap_or("host"), sources_of.finish());
    std::path::absolute(home.join("tollbridge").join(name)).map_err(Error::Cargo)
}

/// The sources of the recorder, which came with the command's own: in a checkout beside them, in a registry's folder beside them with a version.
fn sources() -> Result<PathBuf, Error> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = own.parent().ok_or(Error::NoSources)?;
    let version = concat!("tollbridge-instrument-", env!("CARGO_PKG_VERSION"));
    let places = ["instrument", version].map(|name| beside.join(name));
    places.into_iter().find(|place| place.join("Cargo.toml").exists()).ok_or(Error::NoSources)
}

/// The lock file that the command was built with, if it is still there.
fn locked() -> Option<String> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    [own.join("Cargo.lock"), own.parent()?.join("Cargo.lock")]
        .into_iter()
        .find_map(|lock| fs::read_to_string(lock).ok())
}

fn manifest(sources: &Path) -> String {
    format!(
        r#"[package]
name = "tollbridge-agent"
version = "{version}"
edition = "2024"
publish = false

[lib]
crate-type = ["cdylib"]

[dependencies]
tollbridge-instrument = {{ path = {path}, features = ["agent", "callers"] }}

[profile.release]
lto = "thin"
debug = false
strip = "debuginfo"

[workspace]
"#,
        version = env!("CARGO_PKG_VERSION"),
        path = toml_text(sources),
    )
}

/// A path as a text of TOML; those of cargo's own folders are UTF-8.
fn toml_text(path: &Path) -> String {
    serde_json::Value::from(path.to_string_lossy()).to_string()
}
