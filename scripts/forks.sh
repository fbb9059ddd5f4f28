#!/bin/sh
# Forks 2,000 times while threads record, report and write checkpoints: no child hangs, none harms its parent. A minute or two.
# (The suite runs the same test with 200: tests/forked.rs.)
set -eu
cd "$(dirname "$0")/.."
FORK_STORMS=10 cargo test --locked -p tollbridge-tests --test forked -- --exact no_child_of_a_process_that_records_and_reports_hangs_or_harms_it
