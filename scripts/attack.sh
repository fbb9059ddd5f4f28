#!/bin/sh
# Attacks an armed app in every way that has hurt one: signals, disks, limits, clocks, forks, numbers of everything. It has to end as it does when
# nothing is armed. Prints a line each, SKIPPED where a right or a tool is missing, and fails where the app is harmed.
#
#   scripts/attack.sh                4 minutes, after a build of one
#   scripts/attack.sh fork kill      these alone
#
# Needs python3, and Linux.
set -eu
cd "$(dirname "$0")/.."
command -v python3 >/dev/null || { echo "attack: needs python3" >&2; exit 1; }
export PYTHONDONTWRITEBYTECODE=1 CARGO_INCREMENTAL=0
target="${CARGO_TARGET_DIR:-$PWD/target}/attack"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cargo build --locked --release --quiet --manifest-path scripts/attack/Cargo.toml --target-dir "$target"
unset TOLLBRIDGE TOLLBRIDGE_OUT TOLLBRIDGE_SUMMARY RUST_LOG
python3 scripts/attack/main.py "$target/release/attack" "$work" "$@"
