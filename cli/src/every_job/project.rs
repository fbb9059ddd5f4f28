//! The project, as cargo tells of it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::symbols;
use crate::error::every_job::Error;

/// The oldest minor version of tokio 1 that can be copied.
const OLDEST: u64 = 41;
/// The newest one that was tried.
const NEWEST: u64 = 54;

/// What there is to know of a project.
#[derive(Debug)]
pub(super) struct Project {
    /// Its target folder.
    pub(super) target: PathBuf,
    /// Version of the tokio that its lock file has.
    pub(super) tokio: String,
    /// Folder of its sources.
    pub(super) sources: PathBuf,
    /// It depends on tollbridge, which then is the recorder.
    pub(super) has_tollbridge: bool,
    /// Its workspace's folder.
    root: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
    #[serde(default)]
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    source: Option<String>,
    manifest_path: PathBuf,
}

/// cargo, as the one that runs this.
pub(super) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Whether it is the wrapper that builds in a container.
fn is_cross(cargo: &Command) -> bool {
    Path::new(cargo.get_program()).file_stem().is_some_and(|name| name == "cross")
}

impl Project {
    /// Asks cargo, which changes nothing.
    pub(super) fn of(args: &[OsString]) -> Result<Self, Error> {
        if is_cross(&cargo()) {
            return Err(Error::Cross);
        }
        let mut metadata = cargo();
        metadata.args(["metadata", "--format-version", "1", "--locked"]).args(told(args)).stdin(Stdio::null());
        let output = metadata.output().map_err(Error::Cargo)?;
        if !output.status.success() {
            return Err(Error::Metadata(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        Self::from_metadata(serde_json::from_slice(&output.stdout).map_err(Error::Unread)?)
    }

    fn from_metadata(metadata: Metadata) -> Result<Self, Error> {
        let has_tollbridge = metadata.packages.iter().any(|package| package.name == "tollbridge");
        let mut tokios: Vec<Package> =
            metadata.packages.into_iter().filter(|package| package.name == "tokio").collect();
        let tokio = tokios.pop().ok_or(Error::NoTokio)?;
        if !tokios.is_empty() {
            tokios.push(tokio);
            let mut versions: Vec<String> = tokios.into_iter().map(|tokio| tokio.version).collect();
            versions.sort();
            return Err(Error::Tokios(versions));
        }
        let Package { version, source, manifest_path, .. } = tokio;
        let source = source.unwrap_or_else(|| format!("the folder `{}`", manifest_path.display()));
        if !source.starts_with("registry+") && !source.starts_with("sparse+") {
            return Err(Error::Source { version, source });
        }
        if minor(&version).is_none_or(|minor| minor < OLDEST) {
            return Err(Error::Old(version));
        }
        let sources = manifest_path.parent().map(PathBuf::from).unwrap_or_default();
        let (target, root) = (metadata.target_directory, metadata.workspace_root);
        Ok(Self { target, tokio: version, sources, has_tollbridge, root })
    }

    /// The variables by which a build has names and lines.
    pub(super) fn symbols(&self, verb: &str, args: &[OsString]) -> Vec<(String, &'static str)> {
        let manifest = std::fs::read_to_string(self.root.join("Cargo.toml")).unwrap_or_default();
        symbols::variables(verb, args, &manifest, |name| std::env::var_os(name).is_some())
    }

    /// It has a tokio with which nobody has tried this.
    pub(super) fn is_untried(&self) -> bool {
        minor(&self.tokio).is_some_and(|minor| minor > NEWEST)
    }
}

/// The minor version of a tokio 1.
fn minor(version: &str) -> Option<u64> {
    version.strip_prefix("1.")?.split('.').next()?.parse().ok()
}

/// The arguments of a build that also say which packages there are.
fn told(args: &[OsString]) -> Vec<OsString> {
    const ALONE: [&str; 4] = ["--offline", "--frozen", "--all-features", "--no-default-features"];
    const WITH_VALUE: [&str; 4] = ["--manifest-path", "--features", "--config", "-F"];
    let mut told = Vec::new();
    let mut args = args.iter().take_while(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy();
        let joined = text.starts_with("-F") && text.len() > 2;
        if joined || ALONE.contains(&&*text) || WITH_VALUE.iter().any(|flag| text.starts_with(&format!("{flag}="))) {
            told.push(arg.clone());
        } else if WITH_VALUE.contains(&&*text) {
            told.push(arg.clone());
            told.extend(args.next().cloned());
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(packages: &str) -> Result<Project, Error> {
        let text = format!(r#"{{"packages": [{packages}], "target_directory": "/t"}}"#);
        Project::from_metadata(serde_json::from_str(&text).unwrap())
    }

    fn tokio(version: &str, source: &str) -> String {
        format!(
            r#"{{"name": "tokio", "version": "{version}", "source": {source}, "manifest_path": "/r/tokio/Cargo.toml"}}"#
        )
    }

    const REGISTRY: &str = r#""registry+https://example.com/index""#;

    #[test]
    fn one_tokio_of_a_registry_is_taken() {
        let project = project(&tokio("1.47.1", REGISTRY)).unwrap();
        assert_eq!((project.tokio.as_str(), project.sources), ("1.47.1", PathBuf::from("/r/tokio")));
    }

    #[test]
    fn what_cannot_be_copied_is_refused_with_a_remedy() {
        let both = format!("{},{}", tokio("1.47.1", REGISTRY), tokio("0.2.25", REGISTRY));
        for (packages, said) in [
            (String::new(), "does not depend on tokio"),
            (both, "cargo tree -i tokio@0.2.25"),
            (tokio("1.47.1", r#""git+https://example.com/tokio""#), "git+https"),
            (tokio("1.47.1", "null"), "the folder `/r/tokio/Cargo.toml`"),
            (tokio("1.40.9", REGISTRY), "run `cargo update tokio --recursive`, or link tollbridge"),
            (tokio("0.2.25", REGISTRY), "older than 1.41, the oldest that can be copied; see `cargo tree -i tokio`"),
        ] {
            let message = project(&packages).unwrap_err().to_string();
            assert!(message.contains(said), "{message}");
        }
    }

    #[test]
    fn what_decides_about_packages_is_told() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        let line =
            words("--release --manifest-path a/Cargo.toml -F x -Fz --features=y --bin app --offline -- --features z");
        assert_eq!(told(&line), words("--manifest-path a/Cargo.toml -F x -Fz --features=y --offline"));
    }
}
