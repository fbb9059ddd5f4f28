#!/bin/sh
# Holds the intervals between arms against real captures of a known difference, and writes the figures into
# docs/design/contrast.md. Fails where they err too often (benches/contrast/main.rs says when).
#
#   scripts/contrast.sh          some four minutes, once it is built
#   scripts/contrast.sh check    the same without writing
#   scripts/contrast.sh look [--runs 10 --ms 500 ...]    for a look, with the bench's own options
set -eu
cd "$(dirname "$0")/.."

page=docs/design/contrast.md
mode="${1:-}"
[ "$#" -eq 0 ] || shift
case "$mode" in
check | "") [ "$#" -eq 0 ] || { echo "usage: scripts/contrast.sh [check]" >&2; exit 2; } ;;
look) ;;
*) echo "usage: scripts/contrast.sh [check | look OPTIONS]" >&2; exit 2 ;;
esac

figures=$(mktemp)
trap 'rm -f "$figures" "$figures.page"' EXIT
status=0
# Such a library falsifies every report, so it is no Cargo feature, which any dependency could turn on, and has a target folder of its own.
RUSTFLAGS="--cfg tollbridge_twin_arms" CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/twin" \
    cargo bench --locked -p tollbridge-benches --bench contrast -- "$@" >"$figures" || status=$?
cat "$figures"
# What it found is written also where it is too much: the page tells what was measured.
if [ -z "$mode" ] && [ -s "$figures" ]; then
    sed 's/^/    /' "$figures" >"$figures.page"
    scripts/figures.sh "$page" "$figures.page"
fi
exit "$status"
