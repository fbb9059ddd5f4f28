#!/bin/sh
# Two versions of tollbridge in one app, as two of its dependencies may bring along: each counts its own hops and no others,
# armed in code or by the environment, with hops of the one inside hops of the other and one subscriber that sees both.
# The other version is a copy of this one under another number. Half a minute.
set -eu
here="$(cd "$(dirname "$0")/.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
version="$(grep -m 1 -oE '^version = "[^"]+"' "$here/Cargo.toml" | cut -d '"' -f 2)"
other=99.0.0

mkdir "$work/other" "$work/app" "$work/app/src"
(cd "$here" && tar cf - Cargo.toml Cargo.lock README.md benches cli examples flamegraphs instrument report src testkit tests xtask) | (cd "$work/other" && tar xf -)
# Its own version, and those by which its crates know each other.
sed -i "s/^version = \"$version\"/version = \"$other\"/; s/\(^tollbridge[a-z-]* = .*version = \)\"$version\"/\1\"$other\"/" "$work/other/Cargo.toml"

cat >"$work/app/Cargo.toml" <<TOML
[package]
name = "app"
version = "0.0.0"
edition = "2024"
[dependencies]
one = { package = "tollbridge", path = "$here", features = ["layer"] }
other = { package = "tollbridge", path = "$work/other", features = ["layer"] }
tokio = { version = "1", features = ["rt"] }
tracing = "0.1"
tracing-subscriber = { version = "0.3", default-features = false, features = ["env-filter", "fmt"] }
[workspace]
TOML
cat >"$work/app/src/main.rs" <<'RUST'
//! Arguments: how to arm, and a folder.

use std::sync::atomic::{AtomicU64, Ordering};

use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Hops through each way.
const ONE: u64 = 30;
const OTHER: u64 = 20;
const ONE_IN_OTHER: u64 = 10;
const OTHER_IN_ONE: u64 = 5;

static ENDS: AtomicU64 = AtomicU64::new(0);

/// Counts the ends of hops.
struct Ends;

impl<S: tracing::Subscriber> Layer<S> for Ends {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "tollbridge::hop" {
            ENDS.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn hops() {
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        for i in 0..ONE {
            assert_eq!(one::task::spawn_blocking(move || i).await.expect("it returns"), i);
        }
        for i in 0..OTHER {
            assert_eq!(other::task::spawn_blocking(move || i).await.expect("it returns"), i);
        }
        for i in 0..ONE_IN_OTHER {
            assert_eq!(other::task::spawn_blocking(one::task::wrap(move || i)).await.expect("it returns"), i);
        }
        for i in 0..OTHER_IN_ONE {
            assert_eq!(one::task::spawn_blocking(other::task::wrap(move || i)).await.expect("it returns"), i);
        }
        drop(one::task::spawn_blocking(|| ()));
    });
}

/// The same of either version, whose types are not the same.
macro_rules! check {
    ($version:ident, $report:expr, $arm:expr, $own:expr, $wrapped:expr, $detached:expr) => {{
        use $version::Arm;
        let report = $report;
        let outcomes = report.outcomes;
        assert_eq!((outcomes.joined, outcomes.detached), ($own + $wrapped, $detached), "{outcomes:?}");
        assert_eq!((outcomes.submitted, report.dropped.total()), ($own + $wrapped + $detached, 0), "{outcomes:?}");
        assert_eq!((report.arms[&$arm].hops, report.arms[&Arm::Wrapped].hops), ($own + $detached, $wrapped));
        assert_eq!(report.arms.len(), 2);
        // What one shows is not somebody else's to the other.
        assert!(report.spans.is_empty(), "{:?}", report.spans);
    }};
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, how, folder] = arguments.as_slice() else { panic!("two arguments") };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("trace"));
    tracing_subscriber::registry()
        .with(filter)
        .with(one::RecorderLayer::new())
        .with(other::RecorderLayer::new())
        .with(Ends)
        .with(fmt::layer().with_writer(std::io::sink))
        .init();
    let total = ONE + OTHER + 2 * (ONE_IN_OTHER + OTHER_IN_ONE) + 1;
    let (of_one, of_other) = (ONE + OTHER_IN_ONE, OTHER + ONE_IN_OTHER);
    let (one_arm, other_arm, shown) = match how.as_str() {
        "code" | "visible" => (one::Arm::Naive, other::Arm::Native, how == "visible"),
        _ => (one::Arm::Snapshot, other::Arm::Snapshot, how != "environment"),
    };
    let guards = match how.as_str() {
        "code" | "visible" => Some((
            one::builder().with_exact_folder(format!("{folder}/one")).with_transfer(one_arm).with_visible(shown).init(),
            other::builder().with_exact_folder(format!("{folder}/other")).with_transfer(other_arm).with_visible(shown).init(),
        )),
        "unattended" => None,
        _ => Some((one::init(), other::init())),
    };
    hops();
    assert_eq!(ENDS.load(Ordering::SeqCst), if shown { total } else { 0 });
    if let Some((one, other)) = guards {
        check!(one, one.finish().expect("armed"), one_arm, of_one, ONE_IN_OTHER, 1);
        check!(other, other.finish().expect("armed"), other_arm, of_other, OTHER_IN_ONE, 0);
    }
}
RUST
cp "$here/Cargo.lock" "$work/app/Cargo.lock"

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$here/target}/two_versions"
(cd "$work/app" && cargo build --quiet)
app="$CARGO_TARGET_DIR/debug/app"

run() { # HOW [VARIABLE=VALUE...]
    how="$1"
    shift
    mkdir -p "$work/$how"
    env -u TOLLBRIDGE -u RUST_LOG "$@" TOLLBRIDGE_SUMMARY=off TOLLBRIDGE_OUT="$work/$how" "$app" "$how" "$work/$how" \
        2>"$work/$how.said" || { cat "$work/$how.said" >&2; echo "two_versions: failed: $how" >&2; exit 1; }
}
files() { # HOW: a file of each version, nothing else
    found="$(cat "$work/$1"/*/report.json | grep -oE '"tool":"tollbridge [^"]+"' | sort)"
    expected="$(printf '"tool":"tollbridge %s"\n"tool":"tollbridge %s"' "$version" "$other")"
    [ "$found" = "$expected" ] || { echo "two_versions: $1 left: $found" >&2; exit 1; }
}
run code
files code
run visible
files visible
run environment TOLLBRIDGE=locks
files environment
run log TOLLBRIDGE=phases RUST_LOG=info,tollbridge=trace
files log
run unattended RUST_LOG=info,tollbridge=trace
echo "two_versions: $version and $other count their own hops, in folders of their own, before one subscriber"
