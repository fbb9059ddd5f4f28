#!/bin/sh
# What tollbridge adds to an app that links it: crates, seconds of a cold debug build, licences.
#
#   scripts/guest.sh          crates and licences, one build each way
#   scripts/guest.sh 3        the median of three builds each way, taking turns
#
# The app: tokio (full), tracing, tracing-subscriber. Fails at more than 12 crates, where the build takes more than 1.5 times
# as long (seconds alone say more of the machine: 18 on one were 30 on another), or where `cargo deny check licenses`
# (installed here if it is missing) finds a licence outside deny.toml.
set -eu
here="$(cd "$(dirname "$0")/.." && pwd)"
rounds="${1:-1}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

app() { # NAME [dependency line]
    mkdir -p "$work/$1/src"
    cat >"$work/$1/Cargo.toml" <<TOML
[package]
name = "guest"
version = "0.0.0"
edition = "2024"
license = "MIT"
publish = false
[dependencies]
tokio = { version = "1", features = ["full"] }
tracing = "0.1"
tracing-subscriber = { version = "0.3", features = ["env-filter"] }
${2:-}
TOML
    echo 'fn main() {}' >"$work/$1/src/main.rs"
    # The versions that this repository is tested with.
    cp "$here/Cargo.lock" "$work/$1/Cargo.lock"
    (cd "$work/$1" && cargo fetch --quiet 2>/dev/null)
}
crates() { (cd "$work/$1" && cargo tree -e normal,build --prefix none | sed 's/ (\*)$//' | sort -u | wc -l); }
seconds() {
    rm -rf "$work/target"
    start="$(date +%s.%N)"
    (cd "$work/$1" && CARGO_TARGET_DIR="$work/target" cargo build --quiet)
    echo "$(date +%s.%N) $start" | awk '{ printf "%.1f\n", $1 - $2 }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

app without
app with "tollbridge = { path = \"$here\" }"
before="$(crates without)" after="$(crates with)"
for _ in $(seq "$rounds"); do
    seconds without >>"$work/without.s"
    seconds with >>"$work/with.s"
done
slow="$(median <"$work/with.s")" quick="$(median <"$work/without.s")"
added="$(echo "$slow $quick" | awk '{ printf "%.1f", $1 - $2 }')"
echo "guest: $before -> $after crates (+$((after - before))), $quick -> $slow s cold debug build (+$added s)"
[ "$((after - before))" -le 12 ] || { echo "guest: more than 12 crates" >&2; exit 1; }
[ "$(echo "$slow $quick" | awk '{ print ($1 <= 1.5 * $2) }')" = 1 ] || { echo "guest: more than 1.5 times as long" >&2; exit 1; }

command -v cargo-deny >/dev/null || cargo install --quiet --locked cargo-deny
cp "$here/deny.toml" "$work/with/"
(cd "$work/with" && cargo deny check licenses)
