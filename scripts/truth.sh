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
trap 'rm -f "$table" "$table.page"' EXIT
{
    printf '`scripts/truth.sh%s`, %s, %s cores, %s:\n\n```text\n' "${*:+ $*}" \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(rustc --version | cut -d ' ' -f 1,2)"
} >"$table"
failed=0
cargo bench --locked --bench truth -- "$@" >>"$table" || failed=1
printf '```\n' >>"$table"
cat "$table"
if [ -z "${DRY:-}" ]; then
    awk -v table="$table" '
        /<!-- figures -->/ { print; print ""; while ((getline line < table) > 0) print line; print ""; inside = 1 }
        /<!-- end of figures -->/ { inside = 0 }
        !inside { print }' docs/truth.md >"$table.page"
    cp "$table.page" docs/truth.md
fi
exit "$failed"
