#!/bin/sh
# Each feature of the renderer compiles alone, and without any there is no dead code left: what tests see has all of them.
set -eu
cd "$(dirname "$0")/.."

for feature in "" $(sed -n '/^\[features\]/,/^$/s/^\([a-z]*\) = .*/\1/p' flamegraphs/Cargo.toml | grep -vx default); do
    echo "features: ${feature:-none}"
    cargo clippy --quiet --locked --lib -p tollbridge-flamegraphs --no-default-features --features "$feature" -- -D warnings
done
