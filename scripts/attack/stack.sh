#!/bin/sh
# Large results and closures need no more stack while recording is on than while it is off: tests/large_results.rs as released code,
# where the compiler keeps fewer values apart. The suite has it as debug code. Some 10 s once it is built.
#
#   scripts/attack/stack.sh            prints how deep each road is, in values of 64 KiB
set -eu
cd "$(dirname "$0")/../.."
SHOW_ALL=1 cargo test --locked --quiet --release -p tollbridge-tests --test large_results -- --nocapture --test-threads=1
