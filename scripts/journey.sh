#!/bin/sh
# The way of a new user, timed: from an empty cargo project to the screen of `tollbridge report`. Fails where a step does, or where the report
# is not that of the app's own hops. `cargo xtask figures start` puts the table into docs/guide/start.md.
#
#   scripts/journey.sh                             cold: nothing compiled before; a minute or two
#   PACKAGES=target/package scripts/journey.sh     on the archives there, as `cargo package` left them
set -eu
here="$(cd "$(dirname "$0")/.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
log="$work/log"
export CARGO_TARGET_DIR="$work/target"
table="$work/table"
total=0 steps=0

# step "what the user does" COMMAND...; its seconds go into the table, a failure is shown whole.
step() {
    what="$1"
    shift
    start="$(date +%s.%N)"
    "$@" >"$log" 2>&1 || { cat "$log" >&2; echo "journey: failed at: $what" >&2; exit 1; }
    seconds="$(echo "$(date +%s.%N) $start" | awk '{ printf "%.1f", $1 - $2 }')"
    total="$(echo "$total $seconds" | awk '{ printf "%.1f", $1 + $2 }')"
    steps=$((steps + 1))
    printf '| %d | %s | %s |\n' "$steps" "$what" "$seconds" >>"$table"
    echo "journey: $seconds s  $what" >&2
}

library="$here" command="$here/cli" locked=--locked
if [ -n "${PACKAGES:-}" ]; then
    packages="$(cd "$here" && cd "$PACKAGES" && pwd)"
    version="$(grep -m 1 -oE '^version = "[^"]+"' "$here/Cargo.toml" | cut -d '"' -f 2)"
    mkdir "$work/packages" "$work/.cargo"
    # They ask each other of the registry, which does not have them yet.
    echo '[patch.crates-io]' >"$work/.cargo/config.toml"
    for name in tollbridge tollbridge-report tollbridge-instrument tollbridge-flamegraphs tollbridge-cli; do
        tar xzf "$packages/$name-$version.crate" -C "$work/packages"
        echo "$name = { path = \"$work/packages/$name-$version\" }" >>"$work/.cargo/config.toml"
    done
    library="$work/packages/tollbridge-$version" command="$work/packages/tollbridge-cli-$version" locked=
fi

# What is there before: an empty cargo project that uses tokio.
cd "$work"
cargo new --quiet app
cd app
cargo add --quiet tokio --features full
# The versions that this repository is tested with.
cp "$here/Cargo.lock" .
cat >src/main.rs <<'RUST'
use tokio::task::spawn_blocking;

#[tokio::main]
async fn main() {
    let mut sizes = 0;
    for _ in 0..1_000 {
        sizes += spawn_blocking(|| std::fs::metadata(".").map_or(0, |file| file.len())).await.unwrap_or(0);
    }
    println!("{sizes} bytes");
}
RUST
step '`cargo install --path cli`, once per machine' cargo install --quiet $locked --path "$command" --root "$work/tools"
rm -rf "$CARGO_TARGET_DIR"
step '`cargo add tollbridge --path ...`' cargo add --quiet tollbridge --path "$library"
step 'the import: `use tollbridge::task::spawn_blocking;`' sed -i 's/^use tokio::task::/use tollbridge::task::/' src/main.rs
step 'the line: `let _toll = tollbridge::init();`' sed -i '/^async fn main/a\    let _toll = tollbridge::init();' src/main.rs
step '`TOLLBRIDGE=locks cargo run --release`, with everything compiled anew' env TOLLBRIDGE=locks cargo run --release
step '`tollbridge report tollbridge-out/*/report.json`' sh -c "'$work/tools/bin/tollbridge' report tollbridge-out/*/report.json"
cat "$log" >&2
tr -d , <"$log" | grep -q '1000 hops: 1000 joined' || { echo "journey: not the report of 1,000 hops" >&2; exit 1; }
{
    printf '| | step | seconds |\n|---:|---|---:|\n'
    cat "$table"
    printf '| | all %d | %s |\n\n' "$steps" "$total"
    printf '`scripts/journey.sh`, %s cores, %s, with the crates downloaded before.\n' "$(nproc)" "$(rustc --version | cut -d ' ' -f 1,2)"
} >"$work/figures"
cat "$work/figures"
[ -z "${FIGURES:-}" ] || cp "$work/figures" "$FIGURES"
