#!/bin/sh
# 10 million hops in every way at once (tests/soak): abort storms, panic storms, runtimes made and dropped, captures that
# change in flight. Counts, heap, threads and spans have to come out. Minutes, optimised.
#
#   scripts/soak.sh [HOPS [SEED]]
set -eu
cd "$(dirname "$0")/.."
export TOLLBRIDGE_SOAK_HOPS="${1:-10000000}"
if [ -n "${2:-}" ]; then
    export TOLLBRIDGE_SOAK_SEED="$2"
fi
start="$(date +%s)"
cargo test --locked --release -p tollbridge-tests --test soak -- --nocapture
echo "soak: $TOLLBRIDGE_SOAK_HOPS hops in $(($(date +%s) - start)) s, building included"
