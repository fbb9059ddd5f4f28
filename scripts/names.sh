#!/bin/sh
# A hostile log: a million hops, each of a site of its own. Fails unless the report is made in bounded memory and says what it left out.
#
#   scripts/names.sh [NAMES [MIB]]      1000000 names, 512 MiB of address space
set -eu
cd "$(dirname "$0")/.."
names="${1:-1000000}" most="${2:-512}"
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
cargo build --locked --release --quiet -p tollbridge-cli --bin tollbridge

line="$(sed 's/\x1b\[[0-9;]*m//g' flamegraphs/tests/golden/log/input.log | grep -m 1 'tollbridge::hop: hop ')"
awk -v names="$names" -v before="${line%%meta.rs*}" -v after="${line#*meta.rs}" \
    'BEGIN { for (i = 0; i < names; i++) printf "%sm%d.rs%s\n", before, i, after }' >"$out/app.log"
echo "names: $(wc -l <"$out/app.log") lines, $(($(wc -c <"$out/app.log") >> 20)) MiB"
ulimit -v "$((most << 10))"
for to in report "export --to folded" "export --to pprof" "export --to openmetrics"; do
    # shellcheck disable=SC2086  # verb and options
    target/release/tollbridge $to "$out/app.log" >"$out/written" 2>"$out/said" || { cat "$out/said" >&2; exit 1; }
    echo "names: $to: $(wc -c <"$out/written") bytes"
done
target/release/tollbridge report "$out/app.log" 2>/dev/null | tr -d , | grep -q "$names hops: $names joined" || { echo "names: hops are missing" >&2; exit 1; }
target/release/tollbridge report "$out/app.log" 2>/dev/null | grep 'DROPPED'
