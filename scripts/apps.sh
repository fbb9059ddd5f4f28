#!/bin/sh
# Three ordinary services under load (examples/apps), each with its report: a file server, one on SQLite (as it is, and with its planted
# problem solved), one that hashes passwords. Prints what each pays, and leaves reports and pages in a folder.
#
#   scripts/apps.sh                  5 seconds each, reports below target/apps
#   scripts/apps.sh --seconds 20 --out FOLDER
#   IMAGES=docs/images scripts/apps.sh    stores the tops of the pages too; needs Chromium on PATH
set -eu
cd "$(dirname "$0")/.."
seconds=5 out="$PWD/${CARGO_TARGET_DIR:-target}/apps"
while [ $# -gt 0 ]; do
    case "$1" in
    --seconds) seconds="$2" ;;
    --out) out="$2" ;;
    *) echo "usage: scripts/apps.sh [--seconds N] [--out FOLDER]" >&2; exit 2 ;;
    esac
    shift 2
done
rm -rf "$out"
mkdir -p "$out"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/apps-build"
cargo build --locked --release --manifest-path examples/apps/Cargo.toml
cargo build --locked --release -p tollbridge-cli
tools="$CARGO_TARGET_DIR/release"

# under_load NAME CLIENTS COMMAND...: leaves NAME.json, NAME.txt
under_load() {
    name="$1" clients="$2" app="$3"
    shift 3
    echo "== $app $*"
    TOLLBRIDGE=phases TOLLBRIDGE_SUMMARY=off TOLLBRIDGE_OUT="$out/$name-runs" "$tools/$app" "$@" >"$out/$name.txt" &
    service=$!
    for _ in $(seq 100); do
        address="$(sed -n 's/^listening on //p' "$out/$name.txt")"
        [ -z "$address" ] || break
        sleep 0.1
    done
    "$tools/load" "$address" --clients "$clients" --seconds "$seconds" >>"$out/$name.load" || { kill "$service"; exit 1; }
    kill -INT "$service"
    wait "$service"
    mv "$out/$name-runs"/*/report.json "$out/$name.json"
    rm -r "$out/$name-runs"
    cat "$out/$name.load" "$out/$name.txt"
    "$tools/tollbridge" report "$out/$name.json"
    "$tools/tollbridge" html "$out/$name.json"
    # docs/guide/real-apps.md shows the services as they are, and the remedy of the planted problem.
    [ -z "${IMAGES:-}" ] || [ "$name" != "${name%-pool-2}" ] || chromium --headless --no-sandbox --hide-scrollbars --window-size=960,1050 \
        --screenshot="$IMAGES/app-$name.png" "file://$out/$name.html" 2>/dev/null
}

under_load files 16 file_server
under_load sqlite 16 sqlite_service
under_load sqlite-whole 16 sqlite_service --whole-orders
under_load hashes 8 hash_service
under_load hashes-pool-2 8 hash_service --pool 2
under_load files-pool-2 16 file_server --pool 2
echo "reports: $out"
