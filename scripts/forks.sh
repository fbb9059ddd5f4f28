#!/bin/sh
# Forks 2,000 times while threads record, report and write checkpoints: no child hangs, none harms its parent. A minute or two.
# (The suite does it 200 times: tests/forked.rs.)
set -eu
cd "$(dirname "$0")/.."
cargo test --locked -p tollbridge --test forked -- --ignored --exact no_child_of_two_thousand_hangs_or_harms_it
