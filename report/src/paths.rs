//! Source paths, as the compiler names them or short: without what they say of the machine that built the app (`TOLLBRIDGE_PATHS=short`).
//!
//! Cargo compiles dependencies by absolute paths, so a call in one of them is named with the builder's home. A short path is a tail of the
//! whole one:
//!
//! | as compiled | short |
//! |---|---|
//! | `HOME/.cargo/registry/src/REGISTRY-HASH/tokio-1.41.0/src/fs/read.rs` | `tokio-1.41.0/src/fs/read.rs` |
//! | `HOME/.cargo/git/checkouts/svc-5f1e/a1b2c3d/src/lib.rs` | `svc-5f1e/a1b2c3d/src/lib.rs` |
//! | `HOME/code/svc/vendor/tokio/src/fs/mod.rs` | `vendor/tokio/src/fs/mod.rs` |
//! | `HOME/code/svc/src/store/meta.rs` | `svc/src/store/meta.rs` |
//! | `HOME/src/main.rs` | `src/main.rs` |
//! | `HOME/code/svc/build/generated.rs` | `build/generated.rs` |
//! | `src/main.rs`, `/rustc/90b3/library/std/src/fs.rs` | the same |

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether paths are short. One for the process, as a capture is: a line in a log is written where no capture is at hand.
static SHORT: AtomicBool = AtomicBool::new(false);

/// Chooses what [`shown`] gives from now on.
pub fn shorten(short: bool) {
    // ORDERING: relaxed; set before what is armed with it is.
    SHORT.store(short, Ordering::Relaxed);
}

/// Returns the path as reports and logs show it.
#[must_use]
pub fn shown(path: &str) -> &str {
    if SHORT.load(Ordering::Relaxed) { short(path) } else { path }
}

/// Folders of cargo's that hold the sources of dependencies, and how many folders lie between them and the part to show.
const SOURCES: [(&[&str], usize); 2] = [(&["registry", "src"], 1), (&["git", "checkouts"], 0)];

/// Folders of a package that hold its sources.
const TARGETS: [&str; 4] = ["src", "tests", "examples", "benches"];

/// The folder of `cargo vendor`, which holds the packages of others.
const VENDORED: &str = "vendor";

/// Folders that hold a home each.
const HOMES: [&str; 2] = ["home", "Users"];

/// Returns the shortest tail of a path that tells its package. Relative paths stay, since they name no machine, and so do the standard
/// library's, which are the same on all.
#[must_use]
pub fn short(path: &str) -> &str {
    if !is_absolute(path) || path.starts_with("/rustc/") {
        return path;
    }
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    let begin = SOURCES.iter().find_map(|(folders, between)| {
        let at = parts.windows(folders.len()).position(|window| window == *folders)? + folders.len();
        // There a folder's name ends with the hash of where its sources came from. Other folders may be called the same.
        parts.get(at).is_some_and(|part| part.contains('-')).then_some(at + between)
    });
    let begin = begin.filter(|begin| begin + 1 < parts.len()).unwrap_or_else(|| package(&parts));
    tail(path, parts.len() - begin)
}

/// Where the folder of a package begins: above its folder of sources, or else the file's own. Never with what names somebody's home.
fn package(parts: &[&str]) -> usize {
    let file = parts.len() - 1;
    let sources = parts[..file].iter().rposition(|part| TARGETS.contains(part)).unwrap_or(file);
    let begin = sources.saturating_sub(1).max(behind_home(parts)).min(file);
    // What says that the package is somebody else's.
    let is_vendored = begin > behind_home(parts) && parts[begin - 1] == VENDORED && parts[begin + 1..].len() > 1;
    if is_vendored { begin - 1 } else { begin }
}

/// The first part after a home's own name, as Linux, macOS and Windows name homes; everywhere else the one after the root.
fn behind_home(parts: &[&str]) -> usize {
    let named = parts[..parts.len().min(4)].iter().position(|part| HOMES.contains(part)).map(|at| at + 2);
    named.unwrap_or_else(|| if parts.get(1) == Some(&"root") { 2 } else { 1 })
}

fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '\\']) || path.get(1..3).is_some_and(|drive| drive == ":\\" || drive == ":/")
}

/// The last so many parts.
fn tail(path: &str, parts: usize) -> &str {
    let begin = path.rmatch_indices(['/', '\\']).nth(parts.saturating_sub(1)).map_or(0, |(at, _)| at + 1);
    &path[begin..]
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_short_path_tells_the_package_and_not_who_built_it() {
        for (path, expected) in [
            ("/home/u/.cargo/registry/src/index.x-1949cf8c/tokio-1.41.0/src/fs/read.rs", "tokio-1.41.0/src/fs/read.rs"),
            ("/usr/local/cargo/registry/src/index.x-1/tokio-1.2/src/fs.rs", "tokio-1.2/src/fs.rs"),
            ("C:\\Users\\u\\.cargo\\registry\\src\\index.x-1\\tokio-1.2\\src\\fs.rs", "tokio-1.2\\src\\fs.rs"),
            ("/home/u/.cargo/git/checkouts/svc-5f1e/a1b2c3d/src/lib.rs", "svc-5f1e/a1b2c3d/src/lib.rs"),
            ("/home/u/code/svc/src/store/meta.rs", "svc/src/store/meta.rs"),
            ("/home/u/code/svc/vendor/tokio/src/fs/mod.rs", "vendor/tokio/src/fs/mod.rs"),
            ("/home/u/code/svc/vendor/tokio-1.41.0/src/fs/mod.rs", "vendor/tokio-1.41.0/src/fs/mod.rs"),
            ("C:\\code\\svc\\vendor\\tokio\\src\\fs\\mod.rs", "vendor\\tokio\\src\\fs\\mod.rs"),
            ("/home/vendor/svc/src/main.rs", "svc/src/main.rs"),
            ("/home/u/vendor/src/main.rs", "vendor/src/main.rs"),
            ("/home/u/vendor/main.rs", "vendor/main.rs"),
            ("/vendor/svc/main.rs", "svc/main.rs"),
            ("/home/u/src/code/svc/src/main.rs", "svc/src/main.rs"),
            ("/home/u/code/svc/tests/it.rs", "svc/tests/it.rs"),
            ("/home/u/code/svc/build/generated.rs", "build/generated.rs"),
            ("/home/u/registry/src/store/meta/get.rs", "registry/src/store/meta/get.rs"),
            // A package that is somebody's home.
            ("/home/u/src/main.rs", "src/main.rs"),
            ("/home/u/main.rs", "main.rs"),
            ("/var/home/u/src/main.rs", "src/main.rs"),
            ("/Users/u/svc/src/main.rs", "svc/src/main.rs"),
            ("C:\\Users\\u\\src\\main.rs", "src\\main.rs"),
            ("C:/Users/u/main.rs", "main.rs"),
            // A home of another name, as a build server's.
            ("/builds/group/svc/src/main.rs", "svc/src/main.rs"),
            ("/src/main.rs", "src/main.rs"),
            ("/main.rs", "main.rs"),
            // Names no machine.
            ("src/main.rs", "src/main.rs"),
            ("../svc/src/lib.rs", "../svc/src/lib.rs"),
            ("/rustc/90b35a6/library/std/src/fs.rs", "/rustc/90b35a6/library/std/src/fs.rs"),
            // No path of a source at all.
            ("<other>", "<other>"),
            ("", ""),
            ("/", ""),
            ("/home/u", "u"),
            ("/home/u/.cargo/registry/src/x", "registry/src/x"),
        ] {
            assert_eq!(short(path), expected, "{path}");
        }
        // The administrator's home, which no other folder holds.
        for file in ["src/main.rs", "main.rs"] {
            assert_eq!(short(&["", "root", file].join("/")), file);
        }
    }
}
