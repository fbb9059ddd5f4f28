#!/bin/sh
# 10 million empty hops in one process: memory may grow by 2 MiB between the first tenth and the last.
#
#   scripts/memory.sh [HOPS]
set -eu
cd "$(dirname "$0")/.."
TOLLBRIDGE_MEMORY_HOPS="${1:-10000000}" cargo test --locked --release -p tollbridge-tests --test memory -- --nocapture
