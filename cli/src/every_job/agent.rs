//! The agent: a library that the copy loads, with the recorder in it. Built once for a machine, a version and a target.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

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

/// The name of the package, and the beginning of the folders' names.
const PACKAGE: &str = "tollbridge-agent";
const FOLDERS: &str = "agent-";

/// A file beside it that is written whenever an app is built for it.
const LAST_USED: &str = ".last-used";

/// One that no app has been built for in this time is removed: each version and each checkout has its own.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

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
    let used = folder.join(LAST_USED);
    // First of all, since cargo has to write there too.
    fs::write(&used, "An app was last built for this recorder when this file was written.\n")
        .map_err(|source| Error::Write { path: used, source })?;
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
        // The linker of a target is the agent's too.
        let is_own = |variable: &str| {
            variable.ends_with("RUSTFLAGS")
                || ["CARGO_BUILD_TARGET", "CARGO_TARGET_DIR", "CARGO_PROFILE_"]
                    .iter()
                    .any(|own| variable.starts_with(own))
        };
        if variable.to_str().is_some_and(is_own) {
            build.env_remove(variable);
        }
    }
    let is_built = build.current_dir(&folder).status().map_err(Error::Cargo)?.success();
    // A setting of cargo's may send it elsewhere.
    if !is_built || !library(target)?.exists() {
        return Err(Error::Agent { folder });
    }
    remove_unused(&folder, SystemTime::now());
    Ok(())
}

/// Removes the folders of other agents, beside the one in use, that have not been used for long by `now`. What is not surely an agent's stays.
fn remove_unused(own: &Path, now: SystemTime) {
    let entries = own.parent().map(fs::read_dir).into_iter().flatten().flatten().filter_map(Result::ok);
    for entry in entries {
        let is_named = entry.file_name().to_str().is_some_and(|name| name.starts_with(FOLDERS));
        // A link to a folder is none.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let folder = entry.path();
        if is_named && is_folder && folder != own && is_unused(&folder, now) {
            // What cannot be removed is left for the next time.
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

fn is_unused(folder: &Path, now: SystemTime) -> bool {
    let manifest = folder.join("Cargo.toml");
    let is_agent = fs::read_to_string(&manifest).is_ok_and(|text| text.contains(&format!("name = \"{PACKAGE}\"")));
    let written = |file: &Path| fs::symlink_metadata(file).and_then(|metadata| metadata.modified());
    let used = written(&folder.join(LAST_USED)).or_else(|_| written(&manifest));
    is_agent && used.is_ok_and(|used| now.duration_since(used).is_ok_and(|since| since > UNUSED))
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
    let home = cargo_home().ok_or(Error::NoSources)?;
    // Of a checkout there may be several, with other sources of the same version.
    let mut sources_of = DefaultHasher::new();
    sources()?.hash(&mut sources_of);
    let name =
        format!("{FOLDERS}{}-{}-{:016x}", env!("CARGO_PKG_VERSION"), target.unwrap_or("host"), sources_of.finish());
    std::path::absolute(home.join("tollbridge").join(name)).map_err(Error::Cargo)
}

/// The folder of cargo's caches.
pub(super) fn cargo_home() -> Option<PathBuf> {
    let given = std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    given.or_else(|| Some(std::env::home_dir()?.join(".cargo")))
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
name = "{PACKAGE}"
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_that_are_long_unused_go_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let agents = home.path().join("tollbridge");
        let ago = |days: u32| SystemTime::now().checked_sub(days * Duration::from_secs(24 * 60 * 60)).unwrap();
        let place = |name: &str, manifest: &str, written: u32, used: Option<u32>| {
            let folder = agents.join(name);
            fs::create_dir_all(folder.join("target/release")).unwrap();
            let file = |name: &str, text: &str, days: u32| {
                fs::write(folder.join(name), text).unwrap();
                fs::File::options().write(true).open(folder.join(name)).unwrap().set_modified(ago(days)).unwrap();
            };
            file("Cargo.toml", manifest, written);
            if let Some(used) = used {
                file(LAST_USED, "", used);
            }
            folder
        };
        let agent = manifest(Path::new("/sources"));
        let own = place("agent-own", &agent, 400, Some(400));
        let stay = [
            own.clone(),
            place("agent-used", &agent, 400, Some(29)),
            place("agent-young", &agent, 29, None),
            place("agent-of-somebody", "[package]\nname = \"secret\"\n", 400, Some(400)),
            place("other", &agent, 400, Some(400)),
        ];
        let go = [place("agent-old", &agent, 31, None), place("agent-unused", &agent, 400, Some(31))];
        let outside = home.path().join("agent-outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("Cargo.toml"), &agent).unwrap();
        fs::write(agents.join("agent-file"), "").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&outside, agents.join("agent-link")).unwrap();
        remove_unused(&own, SystemTime::now());
        assert!(stay.iter().all(|folder| folder.join("target/release").exists()), "{stay:?}");
        assert!(go.iter().all(|folder| !folder.exists()), "{go:?}");
        // In a hundred years.
        remove_unused(&own, SystemTime::now() + 36_500 * Duration::from_secs(24 * 60 * 60));
        let mut left: Vec<_> = fs::read_dir(&agents).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        let expected: &[&str] = if cfg!(unix) {
            &["agent-file", "agent-link", "agent-of-somebody", "agent-own", "other"]
        } else {
            &["agent-file", "agent-of-somebody", "agent-own", "other"]
        };
        assert_eq!(left, expected);
        assert!(outside.join("Cargo.toml").exists());
    }
}
