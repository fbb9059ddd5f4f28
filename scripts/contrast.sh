#!/bin/sh
# Holds the intervals between arms against real captures of a known difference. Fails where they err too often
# (benches/contrast/captures.rs says when). `cargo xtask figures contrast` puts the figures into docs/design/contrast.md.
#
#   scripts/contrast.sh                          some four minutes, once it is built
#   scripts/contrast.sh --runs 10 --ms 500       a look; the options are the bench's
set -eu
cd "$(dirname "$0")/.."

figures=$(mktemp)
trap 'rm -f "$figures"' EXIT
status=0
# Such a library falsifies every report, so it is no Cargo feature, which any dependency could turn on, and has a target folder of its own.
RUSTFLAGS="--cfg tollbridge_twin_arms" CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/twin" \
    cargo bench --locked -p tollbridge-benches --bench contrast -- "$@" >"$figures" || status=$?
cat "$figures"
# What it found is written also where it is too much: the page tells what was measured.
[ -z "${FIGURES:-}" ] || sed 's/^/    /' "$figures" >"$FIGURES"
exit "$status"
