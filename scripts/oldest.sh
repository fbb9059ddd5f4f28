#!/bin/sh
# The oldest tokio that works: builds and runs an app against exactly the version that Cargo.toml names as its least.
set -eu
here="$(cd "$(dirname "$0")/.." && pwd)"
least="$(grep -oE '^tokio = \{ version = "1\.[0-9]+", default' "$here/Cargo.toml" | grep -oE '1\.[0-9]+').0"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir "$work/src"
cat >"$work/Cargo.toml" <<TOML
[package]
name = "oldest"
version = "0.0.0"
edition = "2024"
[dependencies]
tollbridge = { path = "$here" }
tokio = { version = "=$least", features = ["rt", "macros"] }
[workspace]
TOML
cat >"$work/src/main.rs" <<'RUST'
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let guard = tollbridge::builder().without_files().with_compare(&[tollbridge::Arm::Naive]).init();
    for i in 0..100 {
        assert_eq!(tollbridge::task::spawn_blocking(move || i).await.unwrap(), i);
    }
    let report = guard.finish().unwrap();
    assert_eq!((report.outcomes.joined, report.dropped.total()), (100, 0));
}
RUST
cp "$here/Cargo.lock" "$work/Cargo.lock"
(cd "$work" && CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$here/target}/oldest" cargo run --quiet)
echo "oldest: tokio $least works"
