#!/bin/sh
# The worked examples of docs/guide/comparing.md: tokio's sharded queue, a cap on the pool, batching. The sides take turns, and so does which of
# them goes first, so that what drifts falls on both.
#
#   scripts/compare_examples.sh [RUNS [JOBS]]      RUNS of each side, JOBS stats each
set -eu
cd "$(dirname "$0")/.."
runs="${1:-20}"
jobs="${2:-20000}"
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT

cargo build --locked --release --quiet --example stat_storm
cargo build --locked --release --quiet -p tollbridge-cli --bin tollbridge

storm() { # FOLDER [stat_storm's options]
    folder="$1"
    shift
    target/release/examples/stat_storm --hops "$jobs" --transfer snapshot --detail phases --out "$folder" "$@" >/dev/null
}
old() { storm "$out/$1/old/$2"; }
new() {
    case "$1" in
    same) storm "$out/$1/new/$2" ;;
    queue) TOKIO_UNSTABLE_SHARDED_BLOCKING_QUEUE=1 storm "$out/$1/new/$2" ;;
    cap) storm "$out/$1/new/$2" --blocking-threads 2 ;;
    batch) storm "$out/$1/new/$2" --batch 16 ;;
    esac
}
for example in same queue cap batch; do
    for run in $(seq "$runs"); do
        if [ $((run % 2)) = 0 ]; then
            old "$example" "$run"
            new "$example" "$run"
        else
            new "$example" "$run"
            old "$example" "$run"
        fi
    done
    echo "== $example: $runs runs a side, $jobs jobs each"
    code=0
    # A hop of many jobs may cost more as long as each job pays less.
    figure="overhead$(test "$example" != batch || echo /run)"
    target/release/tollbridge compare "$out/$example/old" "$out/$example/new" --fail-over 5% --on "$figure" || code=$?
    echo "exit code $code"
    # 5 is the gate's; anything else is a failure of the example itself.
    test "$code" = 0 || test "$code" = 5
done
