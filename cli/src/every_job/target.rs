//! The system that cargo builds for. `cargo config get` is unstable, so the places where it is set are looked at as cargo ranks them: the flag, `--config`,
//! the environment, and the files, from the current folder upwards to cargo's home.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::args::values;
use crate::error::every_job::Error;

/// Included files that include others, at most: a circle is cargo's to refuse.
const DEEPEST: u32 = 16;

/// What decides, apart from the arguments.
pub(super) struct Surroundings {
    /// The current folder.
    pub(super) folder: PathBuf,
    /// cargo's home.
    pub(super) home: Option<PathBuf>,
    /// `CARGO_BUILD_TARGET`.
    pub(super) variable: Option<OsString>,
}

impl Surroundings {
    pub(super) fn own() -> Self {
        Self {
            folder: std::env::current_dir().unwrap_or_default(),
            home: super::agent::cargo_home(),
            variable: std::env::var_os("CARGO_BUILD_TARGET").filter(|target| !target.is_empty()),
        }
    }
}

/// The system that is built for, unless it is the one that cargo runs on.
pub(super) fn of(args: &[OsString], surroundings: &Surroundings) -> Result<Option<String>, Error> {
    let mut targets = flags(args);
    if targets.is_empty() {
        targets = configured(args, surroundings);
    }
    targets.sort();
    targets.dedup();
    match targets.len() {
        // As cargo calls the system that it runs on.
        0 | 1 => Ok(targets.pop().filter(|target| target != "host-tuple")),
        _ => Err(Error::Targets(targets)),
    }
}

fn text(value: OsString) -> Option<String> {
    value.into_string().ok()
}

fn flags(args: &[OsString]) -> Vec<String> {
    values(args, "--target").filter_map(text).collect()
}

fn configured(args: &[OsString], surroundings: &Surroundings) -> Vec<String> {
    // Of several, the last counts most.
    let mut given: Vec<Table> =
        values(args, "--config").filter_map(|given| setting(&given, &surroundings.folder)).collect();
    given.reverse();
    let asked = targets(given.iter().filter_map(target));
    if !asked.is_empty() {
        return asked;
    }
    if let Some(variable) = surroundings.variable.clone().and_then(text) {
        return vec![variable];
    }
    let files = files(surroundings);
    targets(files.iter().filter_map(target))
}

/// What several tables come to, those that count most first: cargo joins lists, and takes one text.
fn targets<'a>(mut values: impl Iterator<Item = &'a Value>) -> Vec<String> {
    match values.next() {
        Some(Value::String(target)) => vec![target.clone()],
        Some(first) => {
            let lists = std::iter::once(first).chain(values).filter_map(Value::as_array).flatten();
            lists.filter_map(|target| Some(target.as_str()?.to_owned())).collect()
        }
        None => Vec::new(),
    }
}

fn target(table: &Table) -> Option<&Value> {
    table.get("build")?.get("target")
}

/// A value of `--config`: a file, or a setting as it would stand in one. What is neither cargo has refused by now.
fn setting(given: &OsStr, folder: &Path) -> Option<Table> {
    let path = folder.join(given);
    if path.is_file() { file(&path, 0) } else { given.to_str()?.parse().ok() }
}

/// The tables of all files, the nearest first.
fn files(Surroundings { folder, home, .. }: &Surroundings) -> Vec<Table> {
    let above = folder.ancestors().map(|folder| folder.join(".cargo"));
    let mut folders: Vec<PathBuf> = above.collect();
    // Most homes are above most projects.
    folders.extend(home.clone().filter(|home| !folders.contains(home)));
    // Where there are both, cargo takes the old name.
    let found = |folder: PathBuf| {
        ["config", "config.toml"].map(|name| folder.join(name)).into_iter().find(|path| path.is_file())
    };
    folders.into_iter().filter_map(|folder| file(&found(folder)?, 0)).collect()
}

/// The table of a file, with what it includes where it does not say it itself.
fn file(path: &Path, depth: u32) -> Option<Table> {
    let mut table: Table = fs::read_to_string(path).ok()?.parse().ok()?;
    if target(&table).is_some() || depth == DEEPEST {
        return Some(table);
    }
    let included = match table.get("include") {
        Some(Value::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let beside = path.parent().unwrap_or(path);
    let path_of = |include: &Value| Some(beside.join(include.as_str().or_else(|| include.get("path")?.as_str())?));
    // Of several, the last counts most.
    let of_included = included.iter().rev().filter_map(|include| file(&path_of(include)?, depth + 1));
    if let Some(build) =
        of_included.filter(|included| target(included).is_some()).find_map(|mut included| included.remove("build"))
    {
        table.insert("build".to_owned(), build);
    }
    Some(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A project in a folder of others, and cargo's home.
    struct Places(tempfile::TempDir);

    impl Places {
        /// Folders and what their file of settings says.
        fn with(files: &[(&str, &str)]) -> Self {
            let places = Self(tempfile::tempdir().unwrap());
            for (file, text) in files {
                let path = places.0.path().join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            places
        }

        fn target(&self, line: &str, variable: Option<&str>) -> Result<Option<String>, Error> {
            let args: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            let (folder, home) = (self.0.path().join("all/project"), self.0.path().join("home"));
            of(&args, &Surroundings { folder, home: Some(home), variable: variable.map(OsString::from) })
        }
    }

    const PROJECT: &str = "all/project/.cargo/config.toml";
    const ABOVE: &str = "all/.cargo/config.toml";
    const HOME: &str = "home/config.toml";

    #[test]
    fn the_nearest_file_counts_most_and_cargos_home_least() {
        let (near, above, home) = (
            (PROJECT, "[build]\ntarget = \"near\""),
            (ABOVE, "build.target = \"above\""),
            (HOME, "build = { target = ['home'] }"),
        );
        for (files, expected) in [
            (&[][..], None),
            (&[home], Some("home")),
            (&[above, home], Some("above")),
            (&[near, above, home], Some("near")),
            (&[(PROJECT, "[build]\njobs = 1"), above], Some("above")),
            (
                &[(PROJECT, "[target.near]\nrustflags = []"), ("all/.cargo/config", "build.target = 'old'"), above],
                Some("old"),
            ),
        ] {
            assert_eq!(Places::with(files).target("--release", None).unwrap().as_deref(), expected, "{files:?}");
        }
    }

    #[test]
    fn the_flag_counts_before_a_setting_and_that_before_the_variable_and_the_files() {
        let places =
            Places::with(&[(PROJECT, "build.target = 'file'"), ("all/project/more.toml", "build.target = 'more'")]);
        for (line, variable, expected) in [
            ("", Some("variable"), "variable"),
            ("--config build.jobs=1", Some("variable"), "variable"),
            ("--config build.target='given'", Some("variable"), "given"),
            ("--config=build.target='first' --config more.toml", None, "more"),
            ("--target flag --config build.target='given'", Some("variable"), "flag"),
            ("--target=flag -- --target program", None, "flag"),
            ("-- --target program", None, "file"),
        ] {
            assert_eq!(places.target(line, variable).unwrap().as_deref(), Some(expected), "{line}");
        }
    }

    #[test]
    fn an_included_file_counts_less_than_the_one_that_includes_it() {
        let (one, other) = (
            ("all/project/.cargo/one.toml", "build.target = 'one'"),
            ("all/project/.cargo/other.toml", "build.target = 'other'"),
        );
        for (text, expected) in [
            ("include = 'one.toml'", Some("one")),
            ("include = ['one.toml', { path = 'other.toml', optional = true }]", Some("other")),
            ("include = ['one.toml', 'not there.toml']", Some("one")),
            ("include = ['one.toml']\nbuild.target = 'own'", Some("own")),
            // A circle.
            ("include = ['config.toml']", None),
        ] {
            let places = Places::with(&[(PROJECT, text), one, other]);
            assert_eq!(places.target("", None).unwrap().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn several_systems_are_refused_by_their_names() {
        for (files, line) in [
            (&[(PROJECT, "build.target = ['a', 'b']")][..], ""),
            (&[(PROJECT, "build.target = ['a']"), (HOME, "build.target = ['b', 'a']")], ""),
            (&[], "--target b --target=a"),
        ] {
            let message = Places::with(files).target(line, None).unwrap_err().to_string();
            assert!(message.contains("several systems at once (a, b)") && message.contains("--target"), "{message}");
        }
        let same = Places::with(&[(PROJECT, "build.target = ['a', 'a']")]);
        assert_eq!(same.target("", None).unwrap().as_deref(), Some("a"));
    }
}
