//! What is on a stack: names and lines of its addresses, and which of these are the app's own.
//!
//! To look them up reads the program's debug information, in a batch at a time, on a thread of the recorder's or at the end. What that takes memory for is given back after each.
//!
//! A frame is the app's own if its source file is, that is, below none of the folders in which cargo and rustc keep the sources of others. Where a
//! program has no line tables, nothing but names is known; then it is the app's own if its crate is called as the executable.
//!
//! The walk ends where tokio polls a task: what is further out is the scheduler, and in a runtime of one thread whoever waits for some other task.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::report::Frame;

/// Frames that are kept of a stack.
const MAX_FRAMES: usize = 4;
/// Addresses whose names are kept.
const MAX_NAMES: usize = 16_384;
/// Names beyond this length are cut.
const MAX_LEN: usize = 512;
/// Looking up takes one part in this many of the time, at most.
const SHARE: u32 = 100;

/// The crates that a stack goes through whoever called.
const RUNTIME: [&str; 10] = [
    "std",
    "core",
    "alloc",
    "tokio",
    "tollbridge",
    "tollbridge_instrument",
    "backtrace",
    // tokio opens a span, and polls in one.
    "tracing",
    "tracing_core",
    "tracing_subscriber",
];

/// How a call came: its frames, the nearest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) is_own: bool,
    pub(super) frames: Vec<Frame>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    App,
    Dependency,
    /// std's, tokio's, the recorder's.
    Runtime,
    /// Where tokio polls a task.
    Task,
}

/// A function on a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    whose: Whose,
    frame: Frame,
}

/// A site's number, and the addresses of a stack, the innermost first.
pub(super) type Stack = (u32, Arc<[usize]>);

/// What looks up, and remembers it.
#[derive(Debug, Default)]
pub(super) struct Names {
    addresses: HashMap<usize, Arc<[Named]>>,
    /// When to look up again.
    due: Option<Instant>,
}

impl Names {
    pub(super) fn is_due(&self) -> bool {
        self.due.is_none_or(|due| due <= Instant::now())
    }

    /// Looks up the stacks, each with the job of its site, for as long as is given. The longest look-up is left out of that: it loads the index of the debug
    /// information. A stack that is not done is left for the next time.
    pub(super) fn look_up<'a>(
        &mut self,
        stacks: impl Iterator<Item = (&'a Stack, String)>,
        exe: &str,
        most: Duration,
    ) -> Vec<(Stack, Way)> {
        let begun = Instant::now();
        let (mut spent, mut longest, mut ways) = (Duration::ZERO, Duration::ZERO, Vec::new());
        for (stack, job) in stacks {
            let named = |ip: &usize| {
                if let Some(known) = self.addresses.get(ip) {
                    return Some(Arc::clone(known));
                }
                let before = Instant::now();
                let named = (spent - longest < most).then(|| self.named(*ip, exe));
                let took = before.elapsed();
                (spent, longest) = (spent + took, longest.max(took));
                named
            };
            let Some(way) = way(stack.1.iter(), named, root(&job)) else { break };
            ways.push((stack.clone(), way));
        }
        backtrace::clear_symbol_cache();
        self.due = Instant::now().checked_add(begun.elapsed().saturating_mul(SHARE));
        ways
    }

    fn named(&mut self, ip: usize, exe: &str) -> Arc<[Named]> {
        let mut found = Vec::new();
        backtrace::resolve(std::ptr::without_provenance_mut(ip), |symbol| {
            let Some(name) = symbol.name() else { return };
            let file = symbol.filename().map(|file| file.to_string_lossy().into_owned());
            found.push(named(&format!("{name:#}"), file, symbol.lineno(), exe));
        });
        let found: Arc<[Named]> = found.into();
        if self.addresses.len() < MAX_NAMES {
            self.addresses.insert(ip, Arc::clone(&found));
        }
        found
    }
}

/// The way along a stack, from the innermost address. `None` if one of them could not be looked up in time.
fn way<I>(
    stack: impl Iterator<Item = I>,
    mut named: impl FnMut(I) -> Option<Arc<[Named]>>,
    own_crate: &str,
) -> Option<Way> {
    let (mut own, mut others) = (Vec::new(), Vec::new());
    'stack: for ip in stack {
        for Named { whose, frame } in named(ip)?.iter() {
            let frames = match whose {
                Whose::Task => break 'stack,
                Whose::Runtime => continue,
                Whose::App => &mut own,
                Whose::Dependency if is_of(frame, own_crate) => continue,
                Whose::Dependency => &mut others,
            };
            // A function and the future that it makes have one name.
            let is_same = frames.last().is_some_and(|last: &Frame| last.function == frame.function);
            if !is_same && frames.len() < MAX_FRAMES {
                frames.push(frame.clone());
            }
            if own.len() == MAX_FRAMES {
                break 'stack;
            }
        }
    }
    let is_own = !own.is_empty();
    Some(Way { is_own, frames: if is_own { own } else { others } })
}

/// Whether a function of a dependency is of a crate.
fn is_of(frame: &Frame, krate: &str) -> bool {
    let by_folder = || {
        let mut folders = frame.file.iter().flat_map(|file| packages(file));
        folders.any(|folder| folder.rsplit_once('-').is_some_and(|(name, _)| name.replace('-', "_") == krate))
    };
    match root(&frame.function) {
        "" => by_folder(),
        root => root == krate,
    }
}

/// `name`: as it is demangled, without a hash.
fn named(name: &str, file: Option<String>, line: Option<u32>, exe: &str) -> Named {
    let function = without_closures(name);
    // What it is generic over tells nobody who it is, and one without a path has nothing else.
    let function = if root(function).is_empty() {
        function.split('<').next().filter(|name| !name.is_empty()).unwrap_or(function)
    } else {
        function
    };
    let mut end = function.len().min(MAX_LEN);
    while !function.is_char_boundary(end) {
        end -= 1;
    }
    let function = function[..end].to_owned();
    let whose = whose(&function, file.as_deref(), exe);
    Named { whose, frame: Frame { function, line: line.filter(|_| file.is_some()), file } }
}

fn whose(function: &str, file: Option<&str>, exe: &str) -> Whose {
    // All tasks are polled by it, through their tables.
    if function.starts_with("tokio::runtime::task::raw::poll") {
        return Whose::Task;
    }
    let root = root(function);
    // Of a closure that was compiled into another function, line tables alone do not tell the name.
    if RUNTIME.contains(&root) || function.is_empty() || function.starts_with('{') {
        return Whose::Runtime;
    }
    match file {
        // Those of C have no path.
        Some(file) if is_runtime(file) || !file.ends_with(".rs") => Whose::Runtime,
        Some(file) if is_foreign(file) => Whose::Dependency,
        Some(_) => Whose::App,
        None if root.is_empty() && !function.contains("::") => Whose::Runtime,
        None if root == exe.replace('-', "_") => Whose::App,
        None => Whose::Dependency,
    }
}

/// Whether a source file is std's, tokio's or the recorder's. A function that was compiled into another one may have no path in its name.
fn is_runtime(file: &str) -> bool {
    const RECORDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/");
    file.starts_with("/rustc/")
        || file.contains("/lib/rustlib/src/")
        || file.starts_with(RECORDER)
        || packages(file).any(is_runtime_package)
}

/// Folders of a path that hold sources: those of packages.
fn packages(file: &str) -> impl Iterator<Item = &str> {
    file.match_indices("/src/").filter_map(|(at, _)| file[..at].rsplit('/').next())
}

/// `tokio-1.54.1`.
fn is_runtime_package(folder: &str) -> bool {
    let version = |name: &str| folder.strip_prefix(name)?.strip_prefix('-')?.chars().next();
    ["tokio", "tollbridge", "tollbridge-instrument"]
        .iter()
        .any(|name| version(name).is_some_and(|c| c.is_ascii_digit()))
}

/// Whether a source file is in one of the folders of cargo's that hold the sources of others.
fn is_foreign(file: &str) -> bool {
    let vendored = || {
        file.split_once("/vendor/").is_some_and(|(before, within)| {
            !before.split('/').any(|folder| folder == "src") && within.contains("/src/")
        })
    };
    ["/registry/src/", "/git/checkouts/", "/tollbridge/copy/"].iter().any(|folder| file.contains(folder)) || vendored()
}

/// A name without what the compiler appends for closures and futures within a function.
fn without_closures(name: &str) -> &str {
    let mut name = name;
    while let Some((function, last)) = name.rsplit_once("::") {
        let is_closure = ["{{closure}}", "{closure", "{async", "{{constructor}}", "{shim", "{{vtable.shim}}"];
        if !is_closure.iter().any(|begin| last.starts_with(begin)) {
            break;
        }
        name = function;
    }
    name
}

/// The crate that a name begins with; of an implementation that of the type.
fn root(name: &str) -> &str {
    let mut name = name;
    loop {
        let stripped = name.trim_start_matches(['<', '&', '(', '[', '*']);
        let words = ["mut ", "const ", "dyn ", "impl ", "_<"];
        let stripped = words.iter().find_map(|word| stripped.strip_prefix(word)).unwrap_or(stripped);
        if stripped.len() == name.len() {
            break;
        }
        name = stripped;
    }
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
    if name[end..].starts_with("::") { &name[..end] } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_the_function_without_its_closures() {
        for (name, function, of) in [
            ("app::server::list_dir::{{closure}}::{{closure}}", "app::server::list_dir", "app"),
            ("app::list_dir::{closure#0}::{async_block#1}", "app::list_dir", "app"),
            ("<app::Svc as tower::Service<R>>::call::{{closure}}", "<app::Svc as tower::Service<R>>::call", "app"),
            ("<&mut F as core::future::Future>::poll", "<&mut F as core::future::Future>::poll", ""),
            (
                "<alloc::boxed::Box<F> as core::future::Future>::poll",
                "<alloc::boxed::Box<F> as core::future::Future>::poll",
                "alloc",
            ),
            ("_<app::A as b::C>::f", "_<app::A as b::C>::f", "app"),
            ("main", "main", ""),
            ("with<app::A, u8>", "with<app::A, u8>", ""),
            ("", "", ""),
        ] {
            assert_eq!((without_closures(name), root(name)), (function, of), "{name}");
        }
    }

    #[test]
    fn a_frame_is_the_app_s_by_its_file_and_without_one_by_the_executable() {
        const APP: Option<&str> = Some("/home/u/app/src/main.rs");
        for (function, file, expected) in [
            ("app::list_dir", APP, Whose::App),
            // A library of the app's workspace, and code that a dependency has for its types.
            ("store::get", Some("/home/u/app/store/src/lib.rs"), Whose::App),
            ("hyper::dispatch", Some("/home/u/.cargo/registry/src/index-1/hyper-1.0.0/src/a.rs"), Whose::Dependency),
            ("svc::f", Some("/home/u/.cargo/git/checkouts/svc-5f1e/a1b2c3d/src/lib.rs"), Whose::Dependency),
            ("svc::f", Some("/home/u/app/vendor/svc/src/lib.rs"), Whose::Dependency),
            ("app::vendor::aws", Some("/home/u/app/src/vendor/aws/src/x.rs"), Whose::App),
            (
                "tokio::fs::metadata",
                Some("/home/u/app/target/tollbridge/copy/tokio-1.54.1/src/fs/mod.rs"),
                Whose::Runtime,
            ),
            ("core::ops::function::FnOnce::call_once", APP, Whose::Runtime),
            ("<F as axum::Handler>::call", Some("/rustc/90b3/library/core/src/pin.rs"), Whose::Runtime),
            ("tokio::runtime::task::raw::poll", None, Whose::Task),
            ("tokio::runtime::task::tollbridge::Calling::of", None, Whose::Runtime),
            ("tollbridge::pool::spawn", Some("/home/u/tollbridge/src/pool.rs"), Whose::Runtime),
            ("my_app::list_dir", None, Whose::App),
            ("<my_app::Svc as a::B>::call", None, Whose::App),
            ("hyper::dispatch", None, Whose::Dependency),
            // Compiled into others, where there are line tables alone.
            ("list_dir", APP, Whose::App),
            ("{async_fn#0}", APP, Whose::Runtime),
            ("asyncify", Some("/home/u/app/target/tollbridge/copy/host/tokio-1.54.1/src/fs/mod.rs"), Whose::Runtime),
            ("open", Some("/home/u/.cargo/registry/src/index-1/tower-http-0.5.2/src/fs.rs"), Whose::Dependency),
            ("begin", Some(concat!(env!("CARGO_MANIFEST_DIR"), "/src/record/local.rs")), Whose::Runtime),
            ("start_thread", None, Whose::Runtime),
            ("__libc_start_main_impl", Some("./csu/../csu/libc-start.c"), Whose::Runtime),
        ] {
            assert_eq!(whose(function, file, "my-app"), expected, "{function} {file:?}");
        }
    }

    fn frames(stack: &[(&str, Option<&str>)], own_crate: &str) -> (bool, Vec<String>) {
        let named =
            |(name, file): &(&str, Option<&str>)| Some([named(name, file.map(str::to_owned), Some(1), "app")].into());
        let way = way(stack.iter(), named, own_crate).expect("there is time");
        (way.is_own, way.frames.into_iter().map(|frame| frame.function).collect())
    }

    #[test]
    fn the_way_to_a_call_is_the_app_s_own_functions_or_else_the_nearest_of_dependencies() {
        let stack = [
            ("tollbridge_instrument::record::callers::sample", None),
            ("tokio::fs::metadata::{{closure}}", None),
            ("tower_http::services::fs::open::{{closure}}", None),
            ("app::list_dir::{{closure}}::{{closure}}", None),
            ("app::list_dir::{{closure}}", None),
            ("hyper::dispatch", None),
            ("app::serve", None),
            ("tokio::runtime::task::raw::poll", None),
            ("app::main", None),
        ];
        assert_eq!(frames(&stack, "tokio"), (true, vec!["app::list_dir".into(), "app::serve".into()]));
        let others: Vec<_> = stack.iter().copied().filter(|(name, _)| !name.starts_with("app")).collect();
        assert_eq!(
            frames(&others, "tokio"),
            (false, vec!["tower_http::services::fs::open".into(), "hyper::dispatch".into()])
        );
        assert_eq!(frames(&others, "tower_http"), (false, vec!["hyper::dispatch".into()]));
    }

    #[test]
    fn what_could_not_be_looked_up_in_time_has_no_way() {
        let mut left = 1;
        let named = |name: &&str| {
            left -= 1;
            (left >= 0).then(|| [named(name, None, None, "app")].into())
        };
        assert_eq!(way(["app::a", "app::b"].iter(), named, "tokio"), None);
    }
}
