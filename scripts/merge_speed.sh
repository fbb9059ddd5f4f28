#!/usr/bin/env bash
# How long `tollbridge merge` takes for many reports, and `tollbridge report` for one of them. Wall time, the best of five; the processors'
# own time beside it, which neighbours change less.
#
#   scripts/merge_speed.sh [REPORTS [SITES [HOPS]]]      1000 reports of 100 sites, 20 hops a site
set -eu
cd "$(dirname "$0")/.."
reports="${1:-1000}"
sites="${2:-100}"
hops="${3:-20}"
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT

cargo build --locked --release --quiet -p tollbridge-cli --bin tollbridge -p tollbridge-flamegraphs --example many_reports
target/release/examples/many_reports "$out/runs" "$reports" "$sites" "$hops"
one="$(find "$out/runs" -name report.json | head -n 1)"
echo "$reports reports of $sites sites, $hops hops a site: $(wc -c <"$one") bytes each"

best() { # NAME COMMAND...
    name="$1"
    shift
    TIMEFORMAT="%R %U %S"
    for _ in 1 2 3 4 5; do
        { time "$@" >/dev/null; } 2>&1
    done | awk -v name="$name" '
        NR == 1 || $1 < wall { wall = $1 }
        NR == 1 || $2 + $3 < own { own = $2 + $3 }
        END { printf "%-8s %.3f s wall, %.3f s of the processors\n", name, wall, own }'
}
best merge target/release/tollbridge merge "$out/runs" --out "$out/sum.json"
best report target/release/tollbridge report "$one"
