//! The package in whose sources a file lies, from its path.
//!
//! | path | package |
//! |---|---|
//! | `HOME/.cargo/registry/src/REGISTRY-HASH/tokio-1.47.1/src/net/addr.rs` | tokio 1.47.1 |
//! | `HOME/.cargo/git/checkouts/svc-5f1e/a1b2c3d/src/lib.rs` | svc (git a1b2c3d) |
//! | `target/tollbridge/copy/tokio-1.54.1/src/fs/mod.rs` | tokio 1.54.1 |
//! | `object_store-0.11.2/src/local.rs` (short), `/any/folder/object_store-0.11.2/src/local.rs` | object_store 0.11.2 |
//! | `svc-5f1e/a1b2c3d/src/lib.rs` (short) | svc (git a1b2c3d) |
//! | `vendor/object_store/src/local.rs` | object_store |
//! | `src/main.rs`, `registry/src/store/get.rs`, `src/vendor/aws.rs` | none: the app's |

use std::fmt;

use crate::harmless::harmless;

/// A package of others, as far as a path names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Package {
    /// Its name; of a git checkout that of the repository.
    pub name: String,
    /// Its version, where its folder has one.
    pub version: Option<String>,
    /// The revision of a git checkout, as short as cargo names it.
    pub revision: Option<String>,
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = harmless(&self.name);
        f.pad(&match (&self.version, &self.revision) {
            (Some(version), _) => format!("{name} {}", harmless(version)),
            (None, Some(revision)) => format!("{name} (git {})", harmless(revision)),
            (None, None) => name,
        })
    }
}

/// Folders that hold a home each: what follows is somebody's name.
const HOMES: [&str; 2] = ["home", "Users"];

/// The package of a source file, and the file's path within it.
pub(super) fn of(path: &str) -> Option<(Package, &str)> {
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    let found = in_registry(&parts).or_else(|| in_git(&parts)).or_else(|| by_version(&parts));
    let (package, begin) = found.or_else(|| vendored(&parts))?;
    let within = parts[..begin].iter().map(|part| part.len() + 1).sum::<usize>();
    Some((package, path.get(within..).filter(|within| !within.is_empty())?))
}

/// The package in whose sources a file lies, whatever its version, and the file's path within it. `None` of the app's own.
pub(crate) fn file_in_package(path: &str) -> Option<(String, String)> {
    of(path).map(|(package, within)| (package.name, within.replace('\\', "/")))
}

/// Where two folders follow each other.
fn below<'p>(parts: &'p [&str], folders: [&'p str; 2]) -> impl Iterator<Item = usize> + 'p {
    (0..parts.len().saturating_sub(1)).filter(move |&at| parts[at..at + 2] == folders).map(|at| at + 2)
}

fn in_registry(parts: &[&str]) -> Option<(Package, usize)> {
    below(parts, ["registry", "src"]).find_map(|at| {
        // The folder of one registry is named with a hash.
        let is_registry = parts.get(at)?.contains('-');
        let package = versioned(parts.get(at + 1)?).filter(|_| is_registry)?;
        (at + 2 < parts.len()).then_some((package, at + 2))
    })
}

fn in_git(parts: &[&str]) -> Option<(Package, usize)> {
    // A short path begins behind `checkouts`.
    let short = parts.first().filter(|first| !first.is_empty()).map(|_| 0);
    below(parts, ["git", "checkouts"]).chain(short).find_map(|at| {
        let (name, hash) = parts.get(at)?.rsplit_once('-')?;
        let revision = *parts.get(at + 1)?;
        let is_checkout = !name.is_empty() && is_hex(hash, 4) && is_hex(revision, 7);
        let package = Package { name: name.to_owned(), version: None, revision: Some(revision.to_owned()) };
        (is_checkout && at + 2 < parts.len()).then_some((package, at + 2))
    })
}

fn is_hex(text: &str, least: usize) -> bool {
    text.len() >= least && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A folder with a version, and the sources in it: what every tool that unpacks packages leaves, and what begins a short path.
fn by_version(parts: &[&str]) -> Option<(Package, usize)> {
    let at = (0..parts.len().saturating_sub(2)).rev().find(|&at| parts[at + 1] == "src" && is_version(parts[at]))?;
    Some((versioned(parts[at])?, at + 1))
}

/// `vendor/NAME/src`, unless `vendor` is somebody's home or a module.
fn vendored(parts: &[&str]) -> Option<(Package, usize)> {
    // The folders in front are looked at last, and of few: a path may have any number of them.
    let at = (0..parts.len().saturating_sub(3)).find(|&at| {
        let is_home = || at.checked_sub(1).is_some_and(|before| HOMES.contains(&parts[before]));
        let is_module = || parts[..at].contains(&"src");
        parts[at] == "vendor" && parts[at + 2] == "src" && !parts[at + 1].is_empty() && !is_home() && !is_module()
    })?;
    Some((Package { name: parts[at + 1].to_owned(), ..Package::default() }, at + 2))
}

fn is_version(part: &str) -> bool {
    versioned(part).is_some()
}

/// `tokio-1.47.1`, `wasi-0.11.0+snapshot`, `sha-1-0.10.1`: the name, and the version with its three numbers.
fn versioned(part: &str) -> Option<Package> {
    part.match_indices('-').find_map(|(at, _)| {
        let (name, version) = (&part[..at], &part[at + 1..]);
        let numbers = version.split(['-', '+']).next()?;
        let is_version = numbers.split('.').count() == 3
            && numbers.split('.').all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
        let package = Package { name: name.to_owned(), version: Some(version.to_owned()), revision: None };
        (is_version && !name.is_empty()).then_some(package)
    })
}
