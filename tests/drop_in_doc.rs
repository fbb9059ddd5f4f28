//! docs/reference/drop-in.md against tokio's source and against the code: no road into the pool is missing there, none is named that
//! is not there, and each counterpart exists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where in tokio's source each module's roads begin, and under which name they are public.
const SOURCES: [(&str, &str); 3] = [("task", "tokio::task"), ("runtime", "tokio::runtime"), ("fs", "tokio::fs")];
/// Files with functions of those names that are not public, or not there in a stable tokio.
const PRIVATE: [&str; 4] = ["blocking/pool.rs", "scheduler", "tests", "mocks.rs"];
/// What a row adds to what `async fn` and a function's name give away.
const BY_HAND: [&str; 4] = [
    // Polled, by `next_entry`.
    "tokio::fs::ReadDir::poll_next_entry",
    // A trait's functions.
    "tokio::fs::File::poll_read",
    // Moves the worker, not the job.
    "tokio::task::block_in_place",
    "tokio::net::lookup_host",
];

/// Names items, so that the compiler holds the list to the code.
macro_rules! items {
    ($($module:ident: $($item:ident)+;)+) => {
        $(#[expect(unused_imports, reason = "they are named to exist")]
        mod $module { $(use tollbridge::$module::$item as _;)+ })+
        const COUNTERPARTS: &[&str] = &[$($(concat!("tollbridge::", stringify!($module), "::", stringify!($item))),+),+];
    };
}

items! {
    task: spawn_blocking wrap JoinSet JoinSetExt;
    runtime: Handle Runtime SpawnBlockingExt;
    fs: canonicalize copy create_dir create_dir_all hard_link metadata read read_dir read_link read_to_string remove_dir
        remove_dir_all remove_file rename set_permissions symlink symlink_metadata try_exists write DirBuilder OpenOptions
        File ReadDir DirEntry;
    net: lookup_host;
}
/// Of another system.
const ELSEWHERE: [&str; 2] = ["tollbridge::fs::symlink_dir", "tollbridge::fs::symlink_file"];

/// Rows of the page's tables of roads: the first two cells.
fn rows() -> Vec<[String; 2]> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/drop-in.md");
    let text = std::fs::read_to_string(page).expect("the page is there");
    let (_, roads) = text.split_once("## Every road").expect("the section");
    let (roads, _) = roads.split_once("## Known differences").expect("the next one");
    let cell = |text: &str| text.trim().to_owned();
    roads
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix('|')?.split('|').map(cell);
            Some([cells.next()?, cells.next()?])
        })
        .filter(|[tokio, _]| tokio != "tokio" && !tokio.starts_with("---"))
        .collect()
}

/// The paths that stand in backticks.
fn paths<'a>(cell: &'a str, root: &'a str) -> impl Iterator<Item = &'a str> {
    cell.split('`').skip(1).step_by(2).filter(move |path| path.starts_with(root))
}

fn output(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The folder of the tokio that these tests run on.
fn tokio() -> PathBuf {
    let of = |variable, default: &str| std::env::var_os(variable).unwrap_or_else(|| default.into());
    let rustc = String::from_utf8(output(Command::new(of("RUSTC", "rustc")).arg("-vV"))).expect("UTF-8");
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).expect("it says its host");
    // For this host, whose packages are there: others would have to be fetched first.
    let metadata = output(
        Command::new(of("CARGO", "cargo"))
            .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host])
            .current_dir(env!("CARGO_MANIFEST_DIR")),
    );
    let metadata: serde_json::Value = serde_json::from_slice(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let tokio = packages.iter().find(|package| package["name"] == "tokio").expect("we depend on it");
    Path::new(tokio["manifest_path"].as_str().expect("a path")).parent().expect("a folder").to_owned()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// What stands behind `<...>`.
fn after_generics(text: &str) -> &str {
    let mut depth = 0;
    let end = text.find(|c: char| {
        depth += i32::from(c == '<') - i32::from(c == '>');
        depth == 0
    });
    if text.starts_with('<') { end.map_or("", |end| &text[end + 1..]) } else { text }
}

/// Public functions of a file that reach the pool: each `spawn_blocking` of `task` and `runtime`, and each `async fn` of `fs`,
/// where all of them do.
fn roads(file: &str, text: &str, module: &str) -> Vec<String> {
    let mut of = String::new();
    let mut roads = Vec::new();
    for line in text.lines() {
        let code = line.trim_start();
        if let Some(rest) = code.strip_prefix("impl") {
            of = after_generics(rest).trim_start().chars().take_while(|c| c.is_alphanumeric()).collect();
        } else if line.starts_with('}') {
            of.clear();
        }
        let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        let found = match module {
            "tokio::fs" => code.strip_prefix("pub async fn ").map(name),
            _ => code.strip_prefix("pub fn ").map(name).filter(|name| name.starts_with("spawn_blocking")),
        };
        if let Some(name) = found {
            let module =
                if file.ends_with("join_set.rs") && of == "Builder" { "tokio::task::join_set" } else { module };
            let of = if of.is_empty() { String::new() } else { format!("{of}::") };
            roads.push(format!("{module}::{of}{name}"));
        }
    }
    roads
}

#[test]
fn every_road_of_tokios_has_a_row_and_no_row_is_made_up() {
    let source = tokio().join("src");
    let mut roads_there: BTreeSet<String> = BY_HAND.iter().map(|&road| road.to_owned()).collect();
    for (folder, module) in SOURCES {
        let mut files = Vec::new();
        rust_files(&source.join(folder), &mut files);
        for file in files {
            let name = file.strip_prefix(&source).expect("below it").to_str().expect("UTF-8").replace('\\', "/");
            if !PRIVATE.iter().any(|private| name.contains(private)) {
                roads_there.extend(roads(&name, &std::fs::read_to_string(&file).expect("a file"), module));
            }
        }
    }
    assert!(roads_there.len() > 40, "tokio's source is not where it was: {roads_there:?}");
    let rows = rows();
    let roads_told: BTreeSet<String> = rows
        .iter()
        .filter_map(|[tokio, _]| paths(tokio, "tokio::").next())
        .filter(|path| !path.starts_with("tokio::io::"))
        .map(str::to_owned)
        .collect();
    assert_eq!(roads_told, roads_there);
}

#[test]
fn every_counterpart_exists() {
    let rows = rows();
    let told: BTreeSet<&str> = rows
        .iter()
        .flat_map(|[_, ours]| ours.match_indices("tollbridge::").map(|(at, _)| &ours[at..]))
        .map(|path| {
            // The item: what stands behind the module. A function of it is shown to exist by the tests that call it.
            let end = path.match_indices("::").nth(2).map_or(path.len(), |(at, _)| at);
            let end = path[..end].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(end);
            &path[..end]
        })
        .collect();
    let real: BTreeSet<&str> = COUNTERPARTS.iter().copied().chain(ELSEWHERE).collect();
    assert_eq!(told, real);
}

/// Names of the public functions in a piece of source.
fn public_functions(text: &str) -> BTreeSet<&str> {
    text.lines()
        .filter_map(|line| {
            let code = line.trim_start();
            code.strip_prefix("pub async fn ").or_else(|| code.strip_prefix("pub fn "))?.split(['<', '(']).next()
        })
        .collect()
}

/// A path finds no function through a dereference, so each has to be there. tests/by_path.rs calls them.
#[test]
fn no_function_of_tokios_set_is_left_out() {
    let source = std::fs::read_to_string(tokio().join("src/task/join_set.rs")).expect("a file");
    let (set, _builder) = source.split_once("=== impl Builder ===").expect("the set's functions come first");
    let mut tokios = public_functions(set);
    assert!(tokios.remove("build_task"), "the page says why it is not there");
    let mut ours = public_functions(include_str!("../src/join_set.rs"));
    assert!(ours.remove("into_inner"), "tokio's has none");
    assert_eq!(ours, tokios);
}
