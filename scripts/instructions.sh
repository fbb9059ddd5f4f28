#!/bin/sh
# Instructions a hop takes, both threads, whatever the machine is doing: tokio's own, through the drop-in while nothing is armed, and
# armed (benches/instructions.rs). Fails where the drop-in, switched off, takes more than 36 instructions more than tokio's.
#
#   scripts/instructions.sh        the medians of five runs, a minute
#   scripts/instructions.sh 9      of so many
#
# The allocator's own instructions are left out: they depend on what was freed before, by some forty a hop, and tests/allocations.rs
# shows that both ways allocate the same. Needs valgrind.
set -eu
cd "$(dirname "$0")/.."
runs="${1:-5}"
most=36
few=5 many=55 batch=100

command -v valgrind >/dev/null || { echo "instructions: valgrind is missing; install its package" >&2; exit 1; }
counts="$(mktemp)"
trap 'rm -f "$counts" "$counts.callgrind"' EXIT
binary="$(cargo bench --locked -p tollbridge --bench instructions --no-run 2>&1 | sed -n 's/.*Executable.*(\(.*\))$/\1/p')"
[ -x "$binary" ] || { echo "instructions: benches/instructions.rs does not build" >&2; exit 1; }

instructions() { # WAY BATCHES
    valgrind --tool=callgrind --fair-sched=yes --callgrind-out-file="$counts.callgrind" "$binary" "$1" "$2" 2>/dev/null
    callgrind_annotate --threshold=100 --auto=no --show-percs=no "$counts.callgrind" 2>/dev/null | awk '
        !/^ *[0-9,]+ / || /PROGRAM TOTALS/ { next }
        /malloc\/(malloc|arena)\.c|_int_(malloc|free|memalign)|unlink_chunk|malloc_consolidate/ { next }
        { gsub(",", "", $1); sum += $1 }
        END { print sum }'
}
for way in native off coarse-native coarse detailed detailed-naive; do
    for _ in $(seq "$runs"); do
        echo "$way $(((($(instructions "$way" $many)) - ($(instructions "$way" $few))) / ((many - few) * batch)))"
    done | sort -k 2 -n | sed -n "$(((runs + 1) / 2))p"
done >"$counts"
awk -v most="$most" '
    $1 == "native" { native = $2 }
    $1 == "off" { off = $2 - native }
    { printf "%-15s %6d instructions a hop  %+6d\n", $1, $2, $2 - native }
    END {
        if (off > most) { printf "instructions: off takes %d more than native, more than %d\n", off, most > "/dev/stderr"; exit 1 }
        printf "instructions: off takes %d more than native, of %d allowed\n", off, most
    }' "$counts"
