//! What a call is called that is not the app's: by what it does, where that is known, since `mod.rs:328` of tokio says nothing.
//!
//! | site | name |
//! |---|---|
//! | `tokio::fs::metadata::metadata<&str>::{{closure}}::{{closure}}` | `tokio::fs::metadata` |
//! | `<tokio::fs::file::File as tokio::io::async_write::AsyncWrite>::poll_write::{{closure}}` | `tokio::fs::File::poll_write` |
//! | `tokio::net::addr::<impl ...::ToSocketAddrsPriv for str>::to_socket_addrs::{{closure}}` | `tokio::net::lookup_host` |
//! | `<tokio::io::blocking::Blocking<std::io::stdio::Stdout> as ...>::poll_write::{{closure}}` | `tokio::io::Stdout::poll_write` |
//! | `.../object_store-0.11.2/src/local.rs:88:9`, whatever the job | `object_store 0.11.2 local.rs:88` |
//!
//! A connection to a host by its name looks that up in the same function as `lookup_host` does, and has its name.

use super::package;
use super::site::parts;
use super::type_path::TypePath;
use super::whose::Origin;
use crate::harmless::harmless;

/// Names grow up to this level; sites that still share one are the same.
pub(crate) const LAST_LEVEL: usize = 3;

/// The name of a site whose origin is not the app; `None` of the app's own. `level`: 0 is the shortest, each further one tells more apart, up to
/// [`LAST_LEVEL`].
pub(crate) fn name(site: &str, job: &str, level: usize) -> Option<String> {
    let name = match Origin::of(site, job) {
        Origin::App => return None,
        Origin::Crate(_) => of_dependency(site, job, level),
        origin => of_tokio(&origin, site, job, level),
    };
    Some(harmless(&name))
}

fn of_dependency(site: &str, job: &str, level: usize) -> String {
    let (path, line, column) = parts(site);
    let Some((package, within)) = package::of(path) else { return site.to_owned() };
    let file = if level < 2 { last(within) } else { within };
    let mut name = format!("{package} {file}");
    for place in [line, column.filter(|_| level > 1)].into_iter().flatten() {
        name = format!("{name}:{place}");
    }
    let job = match level {
        0 => None,
        1 | 2 => TypePath::of(job).names().last().map(|function| (*function).to_owned()),
        _ => Some(job.to_owned()),
    };
    job.filter(|job| !job.is_empty()).map_or(name.clone(), |job| format!("{name} {job}"))
}

fn of_tokio(origin: &Origin, site: &str, job: &str, level: usize) -> String {
    let (path, line, column) = parts(site);
    if level >= LAST_LEVEL {
        return format!("{site} {job}");
    }
    let of = TypePath::of(job);
    let package = package::of(path);
    let Some(call) = call(origin, &of) else {
        // Nothing but the location is known.
        let file = package.as_ref().map_or(path, |(_, within)| within);
        let file = if level == 0 { last(file) } else { file };
        let place: String =
            [line, column.filter(|_| level > 1)].into_iter().flatten().map(|at| format!(":{at}")).collect();
        return format!("tokio {file}{place}");
    };
    let generics = of.generics().filter(|_| level > 0).unwrap_or_default();
    if level < 2 {
        return format!("{call}{generics}");
    }
    let package = package.map_or_else(|| "tokio".to_owned(), |(package, _)| package.to_string());
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{call}{generics} ({package} {}{line})", last(path))
}

/// The function as the app calls it, as far as that can be told from where its closure stands.
fn call(origin: &Origin, job: &TypePath<'_>) -> Option<String> {
    let names = job.names();
    let (function, owners) = names.split_last()?;
    let module = job.owner().module()?;
    if *origin == Origin::Net && *function == "to_socket_addrs" {
        return Some("tokio::net::lookup_host".to_owned());
    }
    // What runs the job has no public name of its own.
    let function = function.strip_prefix("spawn_blocking_").unwrap_or(function);
    let function =
        ["_spawn_blocking", "_blocking"].iter().find_map(|end| function.strip_suffix(end)).unwrap_or(function);
    let owner = owners.last().filter(|owner| owner.starts_with(|c: char| c.is_uppercase()));
    let (function, owner) = match (module, owner.copied()) {
        ("fs", Some("OpenOptions")) if function == "std_open" => ("open", Some("OpenOptions")),
        // Behind an open file.
        ("fs", Some("Inner")) => (function, Some("File")),
        ("io", Some("Blocking")) => (function, Some(job.stream().unwrap_or("Blocking"))),
        (_, owner) => (function, owner),
    };
    let owner = owner.map(|owner| format!("{owner}::")).unwrap_or_default();
    Some(format!("tokio::{module}::{owner}{function}"))
}

fn last(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// A function by its last name, with its type if it has one: `list_dir`, `Server::list_dir`. `is_long`: with the module or the crate in front.
pub(crate) fn function_name(function: &str, is_long: bool) -> String {
    let names = TypePath::of(function).names();
    let Some((last, owners)) = names.split_last() else { return function.to_owned() };
    let is_type = |name: &&&str| name.starts_with(|c: char| c.is_uppercase());
    let mut kept = usize::from(owners.last().filter(is_type).is_some());
    kept = (kept + usize::from(is_long)).min(owners.len());
    [&owners[owners.len() - kept..], &[*last]].concat().join("::")
}

/// Functions of `tokio::fs` that take a path and nothing else, by the names of std's.
const OF_A_PATH: [&str; 13] = [
    "canonicalize",
    "create_dir",
    "create_dir_all",
    "metadata",
    "read",
    "read_dir",
    "read_link",
    "read_to_string",
    "remove_dir",
    "remove_dir_all",
    "remove_file",
    "symlink_metadata",
    "try_exists",
];

/// The name that [`name`] gives to the calls of an open file.
pub(crate) const STD_FILES: &str = "tokio::fs::File::";

/// std's function in place of one of `tokio::fs`, if that takes a path and nothing else: `std::fs::metadata`.
pub(crate) fn std_function(site: &str, job: &str) -> Option<String> {
    let name = name(site, job, 0)?;
    let function = name.strip_prefix("tokio::fs::").filter(|function| OF_A_PATH.contains(function))?;
    // `std::fs::exists` came with Rust 1.81.
    Some(format!("std::fs::{}", if function == "try_exists" { "exists" } else { function }))
}
