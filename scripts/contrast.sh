#!/bin/sh
# Holds the intervals between arms against real captures of a known difference, and writes the figures into
# docs/design/contrast.md. Fails where they err too often (benches/contrast/main.rs says when).
#
#   scripts/contrast.sh          some four minutes, once it is built
#   scripts/contrast.sh check    the same without writing
set -eu
cd "$(dirname "$0")/.."

page=docs/design/contrast.md
case "${1:-}" in
check | "") ;;
*) echo "usage: scripts/contrast.sh [check]" >&2; exit 2 ;;
esac

figures=$(mktemp)
trap 'rm -f "$figures" "$figures.page"' EXIT
status=0
cargo bench --locked -p tollbridge --features twin-arms --bench contrast >"$figures" || status=$?
cat "$figures"
# What it found is written also where it is too much: the page tells what was measured.
if [ "${1:-}" != check ] && [ -s "$figures" ]; then
    sed 's/^/    /' "$figures" >"$figures.page"
    scripts/figures.sh "$page" "$figures.page"
fi
exit "$status"
