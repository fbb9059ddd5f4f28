#!/bin/sh
# Runs the example of the README with few hops and checks what it leaves and shows, and what the command draws of it; then the lock convoy. In the profile of the benches, which is
# the optimised one with lines, so that scripts/instructions.sh finds all of it compiled.
#
#   scripts/example.sh [HOPS]
set -eu
cd "$(dirname "$0")/.."
hops="${1:-20000}"
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT

# In one selection with what instructions.sh runs: cargo compiles what all of its packages need once.
cargo build --locked --quiet --profile bench -p tollbridge -p tollbridge-benches --example stat_storm --example lock_convoy --bench instructions
examples="${CARGO_TARGET_DIR:-target}/release/examples"
"$examples/stat_storm" --hops "$hops" --out "$out" >"$out/screen"
cat "$out/screen"
# A reader of its own, from the file that was left. Not optimised, since that would compile all of it once more for its features.
cargo build --locked --quiet --workspace --bins
"${CARGO_TARGET_DIR:-target}/debug/tollbridge" report --all "$out/report.json" >"$out/again"
for shown in "$out/screen" "$out/again"; do
    digits="$(tr -d , <"$shown")"
    echo "$digits" | grep -q "$hops hops: $hops joined 0 cancelled 0 panicked 0 lost"
    echo "$digits" | grep -q "naive 4 locks + 1 copy snapshot 0 + 1 native 0 + 0"
done
grep -q '"dropped":{"hops":0,"spans":0,"sites":0,"histogram_values":0,"outliers":0,"lines":0,"threads":0,"tasks":0}' "$out/report.json"
"${CARGO_TARGET_DIR:-target}/debug/tollbridge" flame "$out/report.json" --out "$out" >/dev/null
for picture in hop-naive hop-snapshot hop-native transfer diff; do
    grep -q '</svg>' "$out/$picture.svg"
    test -s "$out/$picture.folded"
done

"$examples/lock_convoy" --jobs 1000 --out "$out/convoy" >"$out/convoy-screen"
cat "$out/convoy-screen"
digits="$(tr -d , <"$out/convoy-screen")"
test "$(echo "$digits" | grep -c "LOCKS bridge locks: none of 1000 was contended")" = 4
echo "$digits" | grep -q "lock connection: none of 2000 was contended"
test "$(echo "$digits" | grep -c "lock connection: [1-9][0-9]* of 2000 w")" -ge 2
echo "example: $hops hops, counts and pictures are as they should be"
