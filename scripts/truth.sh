#!/bin/sh
# Whether spans and phases tell the truth, on operations of known length (benches/truth). Writes the table into docs/truth.md, and fails
# where a corrected mean is out of its bounds.
#
#   scripts/truth.sh                 20 rounds, half a minute
#   scripts/truth.sh --rounds 60
#   DRY=1 scripts/truth.sh ...       prints, and leaves docs/truth.md alone
set -eu
cd "$(dirname "$0")/.."
table="$(mktemp)"
trap 'rm -f "$table"' EXIT
{
    printf '`scripts/truth.sh%s`, %s, %s cores, %s:\n\n```text\n' "${*:+ $*}" \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(rustc --version | cut -d ' ' -f 1,2)"
} >"$table"
failed=0
cargo bench --locked --bench truth -- "$@" >>"$table" || failed=1
printf '```\n' >>"$table"
cat "$table"
[ -n "${DRY:-}" ] || scripts/figures.sh docs/truth.md "$table"
exit "$failed"
