#!/bin/sh
# Whether verdicts foretell what following them saves (benches/verdicts). Writes the table into docs/verdicts.md, and fails where an
# estimate is off by more than a factor of 1.5, or a rule speaks where it should not.
#
#   scripts/verdicts.sh                 20 rounds, a minute
#   scripts/verdicts.sh --rounds 60
#   DRY=1 scripts/verdicts.sh ...       prints, and leaves docs/verdicts.md alone
set -eu
cd "$(dirname "$0")/.."
table="$(mktemp)"
trap 'rm -f "$table"' EXIT
{
    printf '`scripts/verdicts.sh%s`, %s, %s cores, %s:\n\n```text\n' "${*:+ $*}" \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(rustc --version | cut -d ' ' -f 1,2)"
} >"$table"
failed=0
cargo bench --locked --bench verdicts -- "$@" >>"$table" || failed=1
printf '```\n' >>"$table"
cat "$table"
[ -n "${DRY:-}" ] || scripts/figures.sh docs/verdicts.md "$table"
exit "$failed"
