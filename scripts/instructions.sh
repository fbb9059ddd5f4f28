#!/bin/sh
# Instructions, of all threads, whatever the machine is doing (benches/instructions.rs): a hop of tokio's own, through the drop-in while
# nothing is armed, and armed; a span inside a hop; an acquisition of an instrumented mutex; a report. Fails where the drop-in, switched
# off, takes more than 36 instructions more than tokio's, a span more than its two readings of the clock and 100, and where anything
# takes 3 % more than benches/instructions.txt says.
#
#   scripts/instructions.sh            the medians of three runs, a minute
#   scripts/instructions.sh --raise    the same, and writes them into benches/instructions.txt
#
# What is counted, and what not: scripts/count.sh.
set -eu
cd "$(dirname "$0")/.."
# Two readings of the clock are 18 at most.
runs=3 most=36 most_span=118 few=5 many=55
budgets=benches/instructions.txt
case "${1:-}" in "" | --raise) ;; *) echo "usage: scripts/instructions.sh [--raise]" >&2; exit 2 ;; esac

counts="$(mktemp)"
trap 'rm -f "$counts"' EXIT
# The same selection as example.sh's, which then has compiled it.
binary="$(cargo build --locked --quiet --profile bench -p tollbridge -p tollbridge-benches --example stat_storm --example lock_convoy \
    --bench instructions --message-format json | sed -n 's/.*"executable":"\([^"]*\/instructions-[^"]*\)".*/\1/p')"
[ -x "$binary" ] || { echo "instructions: benches/instructions.rs does not build" >&2; exit 1; }

for way in native off coarse-native coarse coarse-naive detailed detailed-naive lock lock-span report; do
    batch=100
    [ "$way" != report ] || batch=1
    for _ in $(seq "$runs"); do
        echo "$way $(((($(scripts/count.sh "$binary" "$way" $many)) - ($(scripts/count.sh "$binary" "$way" $few))) / ((many - few) * batch)))"
    done | sort -k 2 -n | sed -n "$(((runs + 1) / 2))p"
done >"$counts"
# What four lock spans add: those that a naive transfer has and a snapshot one has not, less the locks themselves.
awk '{ n[$1] = $2 } END { printf "span %d\n", (n["detailed-naive"] - n["detailed"] - (n["coarse-naive"] - n["coarse"])) / 4 }' \
    "$counts" >>"$counts"
[ "${1:-}" != --raise ] || cp "$counts" "$budgets"
awk -v most="$most" -v most_span="$most_span" '
    NR == FNR { budget[$1] = $2; next }
    $1 == "native" { native = $2 }
    $1 == "lock" { lock = $2 }
    {
        more = $1 ~ /^lock/ ? $2 - lock : $1 ~ /^(report|span)$/ ? "" : $2 - native
        printf "%-15s %7d %7s   budget %d\n", $1, $2, more == "" ? "" : sprintf("%+d", more), budget[$1]
    }
    $2 > budget[$1] * 1.03 { printf "instructions: %s takes %d, more than its %d and 3 %%\n", $1, $2, budget[$1] > "/dev/stderr"; failed = 1 }
    $1 == "off" && $2 - native > most { printf "instructions: off takes %d more than native, more than %d\n", $2 - native, most > "/dev/stderr"; failed = 1 }
    $1 == "span" && $2 > most_span { printf "instructions: a span takes %d, more than %d\n", $2, most_span > "/dev/stderr"; failed = 1 }
    END { exit failed }' "$budgets" "$counts"
