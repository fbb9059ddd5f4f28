#!/bin/sh
# Any bytes into the readers, and what they read into every writer: each target of flamegraphs/fuzz for a while, from the corpus that
# is kept there. Fails where one finds something, and names the file; once that is mended the file belongs into
# flamegraphs/fuzz/regressions/TARGET, which `cargo test -p tollbridge-flamegraphs` replays.
#
#   scripts/fuzz.sh [SECONDS [TARGET...]]    a minute each (or: so many seconds), all targets (or: these)
#   scripts/fuzz.sh --minimize               makes the corpus anew, of what it holds and what was found since
#
# Works on a stable Rust: what cargo-fuzz asks of rustc besides a sanitizer are options of LLVM, and these are stable. No sanitizer
# is needed, since the readers have no unsafe code; sums that overflow and rules that are broken panic. Needs a C++ compiler.
set -eu
cd "$(dirname "$0")/../flamegraphs/fuzz"
minimize=no
if [ "${1:-}" = --minimize ]; then
    minimize=yes
    shift
fi
seconds="${1:-60}"
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- report value log packed field

host="$(rustc -vV | sed -n 's/^host: //p')"
target_dir="${CARGO_TARGET_DIR:-target}"
# With a target, build scripts and macros are compiled without the flags.
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Clink-dead-code -Ccodegen-units=1" \
    cargo build --locked --release --target "$host" --target-dir "$target_dir" --bins

failed=
for name in "$@"; do
    binary="$target_dir/$host/release/$name"
    # What is found while it runs is kept apart from what the repository holds.
    found="$target_dir/corpus/$name" artifacts="artifacts/$name/"
    mkdir -p "$found" "$artifacts" "corpus/$name"
    if [ "$minimize" = yes ]; then
        smallest="$target_dir/smallest"
        rm -rf "$smallest"
        mkdir -p "$smallest"
        "$binary" -set_cover_merge=1 -use_counters=0 -use_cmp=0 -max_len=8192 "$smallest" "corpus/$name" "$found" >"$target_dir/$name.log" 2>&1
        # What is kept in the repository: the largest, which cover most, and some of every size. The rest is found anew.
        rm -rf "corpus/$name"
        mkdir "corpus/$name"
        step="$(($(ls "$smallest" | wc -l) / 20 + 1))"
        (cd "$smallest" && ls -S | awk -v step="$step" 'NR <= 18 || NR % step == 0') | while read -r file; do
            mv "$smallest/$file" "corpus/$name/$file"
        done
        echo "fuzz: $name: $(ls "corpus/$name" | wc -l) files, $(du -bs "corpus/$name" | cut -f1) bytes"
        continue
    fi
    # A report of some KiB, and a packed file that unfolds to some hundred MB, are read within these.
    if ! "$binary" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=512 -max_len=16384 \
        -artifact_prefix="$artifacts" -print_final_stats=1 "$found" "corpus/$name" >"$target_dir/$name.log" 2>&1; then
        echo "fuzz: $name: found something; the end of $target_dir/$name.log:" >&2
        tail -n 25 "$target_dir/$name.log" >&2
        failed="$failed $name"
        continue
    fi
    runs="$(sed -n 's/^stat::number_of_executed_units: //p' "$target_dir/$name.log")"
    echo "fuzz: $name: nothing found in $runs runs"
done
if [ -n "$failed" ]; then
    echo "fuzz: failed:$failed; the inputs are in flamegraphs/fuzz/artifacts" >&2
    exit 1
fi
