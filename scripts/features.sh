#!/bin/sh
# Each feature of the renderer compiles alone without warnings, and so does none. The tests see all features at once, so they would not
# notice dead code.
set -eu
cd "$(dirname "$0")/.."

for feature in "" $(sed -n '/^\[features\]/,/^$/s/^\([a-z]*\) = .*/\1/p' flamegraphs/Cargo.toml | grep -vx default); do
    echo "features: ${feature:-none}"
    cargo clippy --quiet --locked --lib -p tollbridge-flamegraphs --no-default-features --features "$feature" -- -D warnings
done
