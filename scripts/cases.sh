#!/bin/sh
# Small apps in the shape of public reports, each with stamps of its own: what tollbridge shows of them has to lie within 5 % of these,
# say what is the matter, and advise nothing that makes them slower (paired runs of each piece of advice that an argument can follow).
# Fails where a row is OUT. `cargo xtask figures cases` puts the table into docs/guide/cases.md, if no case is left out.
#
#   scripts/cases.sh                    5 to 8 minutes, after a build of 2 to 8
#   scripts/cases.sh --quick            no following: 2 minutes
#   scripts/cases.sh --pairs 9 hash     cases whose names begin with `hash`, 9 pairs of runs for a piece of advice
#   CASES=FOLDER scripts/cases.sh       the apps are there; otherwise in ../shared/cases/apps beside this checkout
#
# The apps are copied, and their `tollbridge` is this checkout. Needs python3, and Linux.
set -eu
cd "$(dirname "$0")/.."
here="$PWD"
apps="${CASES:-../shared/cases/apps}"
fail() { echo "cases: $*" >&2; exit 1; }
[ -f "$apps/truth/src/lib.rs" ] || fail "no apps in $apps: give their folder, CASES=FOLDER scripts/cases.sh"
command -v python3 >/dev/null || fail "needs python3"
export PYTHONDONTWRITEBYTECODE=1
# Before minutes of building.
python3 scripts/cases/main.py --parse "$@"
case " $* " in *" --help "* | *" -h "*) exit ;; esac

export CARGO_INCREMENTAL=0
target="${CARGO_TARGET_DIR:-$here/target}"
work="$(mktemp -d)"
trap 'rm -rf "$work"; [ -z "${CI:-}" ] || rm -rf "${target:?}/cases"' EXIT

# One path for all runs, and a file is replaced only where it differs, so that nothing is compiled twice.
source="$target/cases/source"
mkdir -p "$source"
(cd "$source" && find . -type f ! -name Cargo.lock) | while read -r file; do
    [ -f "$apps/$file" ] || rm "$source/$file"
done
(cd "$apps" && find . -type f) | while read -r file; do
    mkdir -p "$(dirname "$source/$file")"
    cmp -s "$apps/$file" "$source/$file" || cp "$apps/$file" "$source/$file"
done
sed -i "/^tollbridge = {/s|path = \"[^\"]*\"|path = \"$here\"|" "$source/Cargo.toml" "$source"/*/Cargo.toml
# The versions that this repository is tested with; what the apps need beyond them is added.
cp Cargo.lock "$source"
start="$(date +%s)"
cargo build --release --quiet --manifest-path "$source/Cargo.toml" --target-dir "$target/cases"
# The tests have built it already.
cargo build --locked --quiet -p tollbridge-cli --bin tollbridge
echo "cases: built in $(($(date +%s) - start)) s" >&2

unset TOLLBRIDGE TOLLBRIDGE_OUT TOLLBRIDGE_SUMMARY RUST_LOG
status=0
python3 scripts/cases/main.py --source "$source" --programs "$target/cases/release" \
    --command "$target/debug/tollbridge" --work "$work" --table "$work/table" "$@" || status=$?
[ -s "$work/table" ] || exit "$status"
# A page for all cases, not for some, and with what came of following.
case "$*" in
"" | "--pairs "[0-9] | "--pairs "[0-9][0-9]) ;;
*) FIGURES= ;;
esac
{
    printf '`scripts/cases.sh%s`, %s, %s cores, %s:\n\n```text\n' "${*:+ $*}" \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(rustc --version | cut -d ' ' -f 1,2)"
    cat "$work/table"
    printf '```\n'
} >"$work/figures"
[ -z "${FIGURES:-}" ] || cp "$work/figures" "$FIGURES"
exit "$status"
