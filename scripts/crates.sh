#!/bin/sh
# Published crates, with nothing but imports of tokio's turned into imports of tollbridge's, pass their own tests.
#
#   scripts/crates.sh                all of them: 10 minutes on two busy cores, some 25 if nothing is compiled yet
#   scripts/crates.sh cacache ...    some of them
#
# Each crate's source is fetched by cargo at a fixed version and its tests are run:
#
#   base       unchanged
#   off        imports changed, nothing armed
#   armed      imports changed, RUST_LOG=info,tollbridge=trace, which arms at the first hop
#   watched    as armed, each hop over one of the three bridges at random, and with a subscriber that writes each hop down
#              (scripts/crates/watch.rs), which shows that the tests went through the changed lines
#
# Fails if a test that passes unchanged does not pass in another run, if a changed line is no import or path of tollbridge's,
# or if no hop was seen. Documentation tests are left out. Needs network and python3, and Linux for the watched run.
set -eu
here="$(cd "$(dirname "$0")/.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$here/target}/crates"
# Whatever is armed is armed here.
unset RUST_LOG TOLLBRIDGE TOLLBRIDGE_TRANSFER TOLLBRIDGE_COMPARE TOLLBRIDGE_PROPAGATE TOLLBRIDGE_SUMMARY TOLLBRIDGE_OUT TOLLBRIDGE_KEEP TOLLBRIDGE_CALLERS TOLLBRIDGE_PATHS TOLLBRIDGE_STUCK TOLLBRIDGE_TIMELINE

fail() { echo "crates: $*" >&2; exit 1; }

# A package that asks for one crate, and the folder where cargo then has the crate's source.
source_of() { # NAME VERSION
    mkdir -p "$work/ask/src"
    : >"$work/ask/src/lib.rs"
    cat >"$work/ask/Cargo.toml" <<TOML
[package]
name = "ask"
version = "0.0.0"
edition = "2024"
[dependencies]
$1 = { version = "=$2", default-features = false }
TOML
    (cd "$work/ask" && rm -f Cargo.lock && cargo metadata --quiet --format-version 1) | python3 -c '
import json, os, sys
packages = json.load(sys.stdin)["packages"]
print(*(os.path.dirname(p["manifest_path"]) for p in packages if (p["name"], p["version"]) == tuple(sys.argv[1:])))
' "$1" "$2"
}

depend() { # FOLDER PATH
    printf '\n[dependencies.tollbridge]\npath = "%s"\nfeatures = [%s]\n' "$2" "$with" >>"$1/Cargo.toml"
}

edit() { # FILE SED-PROGRAM
    sed "$2" "$work/changed/$1" >"$work/edited"
    cmp -s "$work/edited" "$work/changed/$1" && fail "$name: nothing to change in $1"
    cat "$work/edited" >"$work/changed/$1"
}

# Runs the tests of FOLDER and leaves the passed ones in $work/passed.RUN, a line each: number of the test binary, name.
tests() { # RUN FOLDER [VARIABLE=VALUE ...]
    run="$1" folder="$2"
    shift 2
    log="$work/$run.log"
    # shellcheck disable=SC2086  # several words on purpose
    (cd "$folder" && cargo test --quiet --no-run $targets $features) >"$log" 2>&1 ||
        { cat "$log" >&2; fail "$name: $run does not compile"; }
    # shellcheck disable=SC2086
    (cd "$folder" && env "$@" timeout 300 cargo test --no-fail-fast $targets $features) >"$log" 2>"$log.err" || true
    awk '/^running [0-9]+ test/ { n++ } /^test .* \.\.\. ok$/ { sub(/^test /, ""); sub(/ \.\.\. ok$/, ""); print n, $0 }' "$log" |
        sort >"$work/passed.$run"
    if [ "$run" = base ]; then
        [ -s "$work/passed.base" ] || { cat "$log" "$log.err" >&2; fail "$name: no test passes unchanged"; }
    else
        lost="$(comm -23 "$work/passed.base" "$work/passed.$run")"
        [ -z "$lost" ] || { cat "$log" "$log.err" >&2; fail "$name: passes unchanged, but not $run: $lost"; }
    fi
}
passed() { wc -l <"$work/passed.$1" | tr -d ' '; }

# NAME, VERSION, arguments that choose its features, what it shows, the function that changes its imports, features of
# tollbridge's that it needs; in `targets` the tests.
try() {
    name="$1" version="$2" features="$3" shows="$4" change="$5" with="${6:-}"
    echo "== $name $version: $shows"
    source="$(source_of "$name" "$version")"
    [ -d "$source" ] || fail "$name: no source"
    for variant in base changed watched; do
        rm -rf "${work:?}/$variant"
        [ "$variant" = watched ] || cp -R "$source" "$work/$variant"
    done
    # The versions that this repository is tested with; what it does not know, cargo adds.
    cp "$here/Cargo.lock" "$work/base/Cargo.lock"
    printf '\n[workspace]\n' >>"$work/base/Cargo.toml"
    cp "$work/base/Cargo.toml" "$work/changed/"
    "$change"

    diff -r -x Cargo.toml -x Cargo.lock -U0 "$work/base" "$work/changed" | grep -E '^[-+]' | grep -vE '^(---|\+\+\+)' >"$work/diff" || true
    added="$(grep -c '^+' "$work/diff")" removed="$(grep -c '^-' "$work/diff")"
    sed 's/^\([-+]\) */    \1 /' "$work/diff"
    grep '^+' "$work/diff" | grep -v tollbridge && fail "$name: a change that is not tollbridge's"
    grep '^-' "$work/diff" | grep -vE 'tokio|task::' && fail "$name: a line is gone that is no import of tokio's"
    wraps="$(grep -c '^+.*task::wrap(' "$work/diff" || true)"

    tests base "$work/base"
    cp "$work/base/Cargo.lock" "$work/changed/"
    cp -R "$work/changed" "$work/watched"
    depend "$work/changed" "$here"
    depend "$work/watched" "$work/watch"
    tests off "$work/changed"
    tests armed "$work/changed" RUST_LOG=info,tollbridge=trace
    : >"$work/hops"
    tests watched "$work/watched" RUST_LOG=info,tollbridge=trace TOLLBRIDGE_COMPARE=native,snapshot,naive HOPS="$work/hops"

    [ "$name" != hyper-util ] || fetch_a_page

    seen="$(wc -l <"$work/hops" | tr -d ' ')"
    [ "$seen" -gt 0 ] || fail "$name: no hop was seen"
    awk '{ sub(".*/watched/", "", $1); sites[$1 ":" $2]++; rest[$3 " " $4]++ }
        END { for (s in sites) print "    " sites[s] " hops from " s; for (r in rest) print "    " rest[r] " " r }' "$work/hops" | sort
    sed -n 's/^test \(.*\) \.\.\. FAILED$/    fails unchanged, not compared: \1/p' "$work/base.log" | tee "$work/failing"
    failing="$(wc -l <"$work/failing")"
    printf '%-22s %-8s %5s %5s %5d | %5d %5d %5d %5d %8d | %6d  %s\n' "$name" "$version" "-$removed" "+$added" "$wraps" \
        "$(passed base)" "$(passed off)" "$(passed armed)" "$(passed watched)" "$failing" "$seen" "$shows" >>"$work/table"
}

# hyper-util's tests resolve no names. Its example does: one page from a server that gives one page.
fetch_a_page() {
    # shellcheck disable=SC2086
    (cd "$work/watched" && cargo build --quiet --example client $features)
    mkfifo "$work/port"
    python3 -c '
from http.server import HTTPServer, SimpleHTTPRequestHandler
server = HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
print(server.server_port, flush=True)
server.timeout = 60
server.handle_request()' >"$work/port" 2>/dev/null &
    read -r port <"$work/port"
    # shellcheck disable=SC2086
    (cd "$work/watched" && RUST_LOG=info,tollbridge=trace HOPS="$work/hops" timeout 60 \
        cargo run --quiet --example client $features -- "http://localhost:$port/") 2>"$work/page" || true
    grep -q '^HTTP/1.. 200$' "$work/page" || { cat "$work/page" >&2; fail "$name: its example got no page"; }
    wait
}

mkdir -p "$work/watch/src"
cp "$here/scripts/crates/watch.rs" "$work/watch/src/lib.rs"
cat >"$work/watch/Cargo.toml" <<TOML
[package]
name = "tollbridge"
version = "0.0.0"
edition = "2024"
[features]
fs = ["measured/fs"]
[dependencies]
measured = { package = "tollbridge", path = "$here" }
tracing = { version = "0.1", default-features = false, features = ["std"] }
TOML

cacache() {
    edit src/async_lib.rs 's/^pub use tokio::task::/pub use tollbridge::task::/'
}
hyper_staticfile() {
    edit src/vfs.rs '/^use tokio::{$/,/^};$/ { /^    task::{spawn_blocking, JoinHandle},$/d; s/^};$/};\
use tollbridge::task::{spawn_blocking, JoinHandle};/; }'
}
hyper_system_resolver() {
    for file in background system; do
        edit src/$file.rs 's/^use tokio::task::JoinHandle/use tollbridge::task::JoinHandle/; s/^\( *\)tokio::task::spawn_blocking(/\1tollbridge::task::spawn_blocking(/'
    done
}
hyper_util() {
    edit src/client/legacy/connect/dns.rs 's/\([ =]\)tokio::task::/\1tollbridge::task::/'
}
deadpool_runtime() {
    edit src/lib.rs 's/tokio_1::task::spawn_blocking(/tollbridge::task::spawn_blocking(/'
}
object_store() {
    for file in util local aws/credential client/dns; do
        edit src/$file.rs 's/tokio::\(runtime::Handle::try_current()\|task::spawn_blocking(\|task::JoinSet;\)/tollbridge::\1/'
    done
}
async_scoped() {
    edit src/spawner.rs '/FuncSpawner<T> for Tokio/,/^    }/ s/tokio_task::spawn_blocking(f)/tokio_task::spawn_blocking(tollbridge::task::wrap(f))/'
}
async_tempfile() {
    for file in lib tempfile tempdir; do
        edit src/$file.rs 's/tokio::fs::\([a-z_]*\)(/tollbridge::fs::\1(/; s/^use tokio::fs::{File, OpenOptions};/use tokio::fs::File; use tollbridge::fs::OpenOptions;/'
    done
}
tokio_util() {
    edit tests/io_sync_bridge.rs 's/tokio::task::spawn_blocking(/tollbridge::task::spawn_blocking(/'
    edit src/task/join_map.rs 's/^use tokio::task::{AbortHandle, Id, JoinError, JoinSet, LocalSet};/use tollbridge::task::{AbortHandle, Id, JoinError, JoinSet, LocalSet};/'
}
noodles_bgzf() {
    for file in reader/inflate writer/deflate; do
        edit src/async/io/$file.rs 's/^use tokio::task::JoinHandle/use tollbridge::task::JoinHandle/; s/ tokio::task::spawn_blocking(/ tollbridge::task::spawn_blocking(/'
    done
}
iroh_io() {
    edit src/tokio_io.rs '/^use tokio::{$/,/^};$/ { /^    task::{spawn_blocking, JoinHandle},$/d; s/^};$/};\
use tollbridge::task::{spawn_blocking, JoinHandle};/; }; s/\] tokio::task::JoinHandle</] tollbridge::task::JoinHandle</'
}

wanted="${*:-cacache hyper-staticfile hyper-system-resolver deadpool-runtime object_store async-scoped async-tempfile noodles-bgzf iroh-io tokio-util hyper-util}"
for each in $wanted; do
    targets="--lib --tests"
    case "$each" in
    cacache) try cacache 13.1.0 "--no-default-features --features tokio-runtime,mmap" "a handle whose output may hold the next handle" cacache ;;
    hyper-staticfile) try hyper-staticfile 0.10.1 "" "a handle in a struct, polled by hand" hyper_staticfile ;;
    hyper-system-resolver) try hyper-system-resolver 0.7.0 "" "handle in a trait's signature, JoinError matched" hyper_system_resolver ;;
    deadpool-runtime) try deadpool-runtime 0.3.1 "--features tokio_1" "JoinError: is_cancelled, into_panic" deadpool_runtime ;;
    object_store) try object_store 0.14.2 "--features aws" "runtime::Handle, JoinSet, a hop in Drop" object_store ;;
    async-scoped) try async-scoped 0.9.0 "--features use-tokio" "one handle type for both spawns: wrap" async_scoped ;;
    async-tempfile) try async-tempfile 0.8.0 "" "functions of fs, OpenOptions" async_tempfile '"fs"' ;;
    noodles-bgzf) try noodles-bgzf 0.52.0 "--features async" "pinned handles in an ordered stream" noodles_bgzf ;;
    iroh-io) try iroh-io 0.6.2 "--features tokio-io" "pinned handle beside what its job gives back" iroh_io ;;
    tokio-util)
        # The others know nothing of what is changed.
        targets="--lib --test io_sync_bridge --test task_join_map"
        try tokio-util 0.7.20 "--features full" "JoinSet inside JoinMap" tokio_util
        ;;
    hyper-util) try hyper-util 0.1.21 "--features full" "handle in a struct, abort in Drop" hyper_util ;;
    *) fail "$each: not one of them" ;;
    esac
done
echo
printf '%-22s %-8s %11s %5s | %5s %5s %5s %5s %8s | %6s  %s\n' crate version lines wrap base off armed watch failing hops shows
cat "$work/table"
echo "crates: what passes unchanged passes with tollbridge's imports"
