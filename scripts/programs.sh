#!/bin/sh
# A published program that nobody edits: fetches it from the registry, builds it by `cargo tollbridge build`, puts it under load, and fails unless
# the first screen shows the file-system call of each file of each listing, by its number, and every file of the program is as it was, to the byte.
#
#   scripts/programs.sh              dufs, a file server: 40 listings of a folder of 300 files
#   scripts/programs.sh s3s-fs       an S3 server: 300 objects put, 20 listings of them
#   scripts/programs.sh rustic_server    a server of backups: 20 repositories made, 4 packs of 8 MB sent and fetched
#   PROFILE=--release scripts/programs.sh    as it is shipped; several minutes
#
# Needs curl, and the registry or what was fetched from it before.
set -eu
here="$(cd "$(dirname "$0")/.." && pwd)"
program="${1:-dufs}"
executable="$program"
case "$program" in
# A long name loses its beginning on the screen: symlink_metadata.
dufs) version=0.47.0 features='--no-default-features' call=link_metadata jobs=12,000 ready=/many/1.txt ;;
s3s-fs) version=0.14.1 features='--features binary' call=metadata jobs=6,000 ready=/ ;;
rustic_server) version=0.4.4 features='' executable=rustic-server call=create_dir_all jobs=5,200 ready=/health/live ;;
*) echo "usage: scripts/programs.sh [dufs|s3s-fs|rustic_server]" >&2; exit 2 ;;
esac
profile="${PROFILE:-}"
mkdir -p "${CARGO_TARGET_DIR:-$here/target}"
built="$(cd "${CARGO_TARGET_DIR:-$here/target}" && pwd)"
work="$(mktemp -d)"
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

# `cargo info` unpacks what it shows.
home="${CARGO_HOME:-$HOME/.cargo}"
cargo info --quiet "$program@$version" >/dev/null 2>"$work/refused" || true
fetched="$(find "$home/registry/src" -mindepth 2 -maxdepth 2 -type d -name "$program-$version" 2>/dev/null | head -n 1)"
skipped() {
    echo "programs: SKIPPED: $program $version is not to be had: $(tail -n 1 "$work/refused")"
    exit 0
}
[ -n "$fetched" ] || skipped
cp -R "$fetched" "$work/$program"
cd "$work/$program"
rm -f .cargo-ok
files() { find . -type f ! -path './target/*' | LC_ALL=C sort | xargs cksum; }
cargo fetch --quiet --locked 2>"$work/refused" || skipped
files >"$work/before"

CARGO_TARGET_DIR="$built" cargo build --quiet --locked --manifest-path "$here/cli/Cargo.toml"
command="$built/debug/tollbridge"
# shellcheck disable=SC2086 # words
CARGO_TARGET_DIR="$built/programs" CARGO_PROFILE_DEV_DEBUG=0 "$command" build --locked $features $profile
folder=debug
[ -z "$profile" ] || folder=release
binary="$built/programs/tollbridge/$folder/$executable"
port=$((20000 + $$ % 20000))
address="http://127.0.0.1:$port"
export TOLLBRIDGE_OUT="$work/reports"
mkdir "$work/data"

# answers PATH CURL'S ARGUMENTS...; the body goes nowhere.
answers() {
    path="$1"
    shift
    curl --silent --show-error --fail --output /dev/null --max-time 60 "$@" "$address$path"
}

start() {
    "$@" >"$work/log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        ! curl --silent --output /dev/null "$address$ready" || return 0
        sleep 0.1
    done
    cat "$work/log" >&2
    echo "programs: $program does not answer" >&2
    exit 1
}

case "$program" in
dufs)
    mkdir "$work/data/many"
    for number in $(seq 300); do echo "$number" >"$work/data/many/$number.txt"; done
    start "$binary" --bind 127.0.0.1 --port "$port" "$work/data"
    for _ in $(seq 40); do answers /many/; done
    ;;
s3s-fs)
    start "$binary" --host 127.0.0.1 --port "$port" "$work/data"
    answers /bucket --request PUT
    for number in $(seq 300); do answers "/bucket/$number" --request PUT --data "$number"; done
    for _ in $(seq 20); do answers '/bucket?list-type=2'; done
    ;;
rustic_server)
    for number in $(seq 20); do printf '[r%s]\n"" = "Modify"\n' "$number"; done >"$work/data/acl.toml"
    # With CI set it ends by itself after 3 s.
    start env -u CI "$binary" serve --listen "127.0.0.1:$port" --path "$work/data" --no-auth
    for number in $(seq 20); do answers "/r$number/?create=true" --request POST; done
    for number in 1 2 3 4; do
        head -c 8000000 /dev/urandom >"$work/pack"
        name="$(sha256sum "$work/pack" | cut -d ' ' -f 1)"
        answers "/r1/data/$name" --request POST --data-binary "@$work/pack"
        curl --silent --show-error --fail --max-time 60 "$address/r1/data/$name" | cmp - "$work/pack"
    done
    ;;
esac
kill -INT "$server"
wait "$server" || true
server=

set -- "$work"/reports/*/report.json
"$command" report "$1" | tee "$work/screen"
files >"$work/after"
cmp "$work/before" "$work/after" || { echo "programs: files of $program have changed" >&2; exit 1; }
sed -n '/^MEAN PER HOP/,/^$/p' "$work/screen" | grep -q "$call.* $jobs " ||
    { echo "programs: the screen does not show $jobs jobs of $call" >&2; exit 1; }
echo "programs: $program $version: the first screen shows $jobs jobs of $call; $(wc -l <"$work/before") files unchanged"
