#!/bin/sh
# The same hop under tollbridge and under other tracing and profiling crates (benches/peers). `cargo xtask figures cost` puts the
# tables into docs/reference/cost.md.
#
#   scripts/peers_cost.sh                                    30 rounds, and one long run of each arm
#   scripts/peers_cost.sh --rounds 3 --runs 20000            a look
#   scripts/peers_cost.sh --only nothing,hotpath,tollbridge-naive
#
# Options are those of the executable (`--help`). Three builds, since dial9 and console-subscriber want a tokio of their own; one
# that does not build is said and left out. The long runs leave some GiB in the folder for temporary files while they last, and
# an arm that wants more than 8 GiB of memory (console-subscriber, at a million hops) ends there.
set -eu
cd "$(dirname "$0")/.."
command="scripts/peers_cost.sh${*:+ $*}"
cd benches/peers

echo "building" >&2
cargo build --locked --release --target-dir target
also="" missing=""
for feature in dial9 console; do
    if cargo build --locked --release --config unstable.toml --features "$feature" --target-dir target/unstable; then
        cp target/unstable/release/peers "target/peers-$feature"
        also="$also --also target/peers-$feature"
    else
        missing="$missing $feature"
    fi
done

table="$(mktemp)"
trap 'rm -f "$table"' EXIT
version() { awk -v name="$1" '$1 == "name" && $3 == "\"" name "\"" { getline; gsub("\"", "", $3); print name " " $3; exit }' Cargo.lock; }
{
    printf '`%s`\n\n' "$command"
    echo "Machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores; $(rustc --version | cut -d ' ' -f 1,2)."
    echo "Versions: $(for name in tokio tracing tracing-subscriber tracing-flame tracing-timing tracing-chrome fastrace hotpath dial9 console-subscriber; do
        version "$name"
    done | paste -s -d ',' | sed 's/,/, /g')."
    [ -z "$missing" ] || printf '\nDid not build here:%s.\n' "$missing"
    echo
    # shellcheck disable=SC2086  # several words on purpose
    target/release/peers $also "$@"
} >"$table"
cat "$table"
[ -z "${FIGURES:-}" ] || cp "$table" "$FIGURES"
