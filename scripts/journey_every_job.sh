#!/bin/sh
# The way of a new user to a program that he did not write, timed: from `git clone` to the screen of `cargo tollbridge run --release`. Fails where a
# step does, or where the screen does not show the jobs of the load: 40 listings of 300 files by dufs, a file server.
#
#   scripts/journey_every_job.sh     cold: nothing compiled before; some ten minutes
#
# Needs curl, and the registry or what was fetched from it before.
set -eu
here="$(cd "$(dirname "$0")/.." && pwd)"
program=dufs version=0.47.0
work="$(mktemp -d)"
server=
trap '[ -z "$server" ] || kill -INT -"$server" 2>/dev/null || true; rm -rf "$work"' EXIT
log="$work/log"
table="$work/table"
unset CARGO_TARGET_DIR
steps=0

# done_with "what the user does" SINCE; its seconds go into the table.
done_with() {
    seconds="$(echo "$(date +%s.%N) $2" | awk '{ printf "%.1f", $1 - $2 }')"
    steps=$((steps + 1))
    printf '| %d | %s | %s |\n' "$steps" "$1" "$seconds" >>"$table"
    echo "journey: $seconds s  $1" >&2
}

# step "what the user does" COMMAND...; a failure is shown whole.
step() {
    what="$1"
    shift
    start="$(date +%s.%N)"
    "$@" >"$log" 2>&1 || { cat "$log" >&2; echo "journey: failed at: $what" >&2; exit 1; }
    done_with "$what" "$start"
}

fetch() {
    cargo info --quiet "$program@$version" >/dev/null
    cp -R "$(find "${CARGO_HOME:-$HOME/.cargo}/registry/src" -mindepth 2 -maxdepth 2 -type d -name "$program-$version" | head -n 1)" "$work/$program"
    cd "$work/$program"
    cargo fetch --quiet --locked
}

cd "$work"
mkdir many
for number in $(seq 300); do echo "$number" >"many/$number.txt"; done
step '`git clone`' git clone --quiet "$here" "$work/tollbridge"
step '`cargo install --path cli`' cargo install --quiet --locked --path "$work/tollbridge/cli" --root "$work/tools"
PATH="$work/tools/bin:$PATH"
step "the sources of $program $version, with \`cargo fetch\`" fetch
cd "$work/$program"

port=$((20000 + $$ % 20000))
start="$(date +%s.%N)"
# In a group of processes, as a terminal makes one.
setsid cargo tollbridge run --release --locked -- --bind 127.0.0.1 --port "$port" "$work/many" >"$log" 2>&1 &
server=$!
# Not a listing.
until curl --silent --output /dev/null "http://127.0.0.1:$port/1.txt"; do
    kill -0 "$server" || { cat "$log" >&2; exit 1; }
    sleep 0.1
done
done_with '`cargo tollbridge run --release`, until the server answers' "$start"
load() {
    for _ in $(seq 40); do curl --silent --fail --output /dev/null "http://127.0.0.1:$port/"; done
}
step '40 listings of 300 files' load
start="$(date +%s.%N)"
kill -INT -"$server"
wait "$server" || true
server=
done_with 'Ctrl-C, until the screen' "$start"
cat "$log" >&2
grep -q 'link_metadata.* 12,000 ' "$log" || { echo "journey: the screen does not show the calls of the listings" >&2; exit 1; }
printf '| | step | seconds |\n|---:|---|---:|\n'
cat "$table"
printf '\n%s cores, %s, tokio %s of %s.\n' "$(nproc)" "$(rustc --version | cut -d ' ' -f 1,2)" \
    "$(awk '/^name = "tokio"$/ { getline; gsub(/"/, ""); print $3; exit }' Cargo.lock)" "$program's lock file"
