#!/bin/sh
# Runs a bench that prints a table and fails where a figure is out of its bounds, and puts the table into docs/*/BENCH.md under the
# command that made it. For scripts/BENCH.sh.
#
#   scripts/bench_page.sh BENCH ...          with the bench's options
#   DRY=1 scripts/bench_page.sh BENCH ...    prints, and leaves the page alone
set -eu
cd "$(dirname "$0")/.."
bench="$1"
shift
table="$(mktemp)"
trap 'rm -f "$table"' EXIT
printf '`scripts/%s.sh%s`, %s, %s cores, %s:\n\n```text\n' "$bench" "${*:+ $*}" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(rustc --version | cut -d ' ' -f 1,2)" >"$table"
failed=0
cargo bench --locked -p tollbridge-benches --bench "$bench" -- "$@" >>"$table" || failed=1
printf '```\n' >>"$table"
cat "$table"
# Also where a figure is out of its bounds: the page tells what was measured.
[ -n "${DRY:-}" ] || scripts/figures.sh "$(ls docs/*/"$bench.md")" "$table"
exit "$failed"
