#!/bin/sh
# Instructions of a program, of all its threads, under callgrind.
#
#   scripts/count.sh PROGRAM [ARGUMENT...]
#
# The allocator's own are left out: they depend on what was freed before, by some forty a hop, and tests/allocations.rs shows that both ways allocate
# the same. So are those that look at the time: calibration waits for 4 ms of it; and those that spread a hop over several stretches of time: a hop
# lasts a hundred times as long here as elsewhere, and lies in more of them. Needs valgrind, which is installed where that is allowed.
set -eu
if ! command -v valgrind >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update && apt-get install -y valgrind; } >/dev/null 2>&1 || true
fi
command -v valgrind >/dev/null || { echo "count: valgrind is missing; install its package" >&2; exit 1; }
counts="$(mktemp)"
trap 'rm -f "$counts"' EXIT
valgrind --tool=callgrind --fair-sched=yes --callgrind-out-file="$counts" "$@" >/dev/null 2>&1
callgrind_annotate --threshold=100 --auto=no --show-percs=no "$counts" 2>/dev/null | awk '
    !/^ *[0-9,]+ / || /PROGRAM TOTALS/ { next }
    /malloc\/(malloc|arena)\.c|_int_(malloc|free|memalign)|unlink_chunk|malloc_consolidate/ { next }
    /Timespec|clock_gettime|time.rs:|time::Instant|clock::calibrate/ { next }
    /stretches::Table::hop/ { next }
    { gsub(",", "", $1); sum += $1 }
    END { print sum }'
