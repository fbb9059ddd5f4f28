#!/bin/sh
# What a copy of tokio costs a job (cargo tollbridge): instructions of an app that nobody edited, with tokio itself, in its copy with recording off, and on.
# Fails at more than 12 instructions a job with recording off, and where recording takes more than a hop of the drop-in that is recorded as coarsely
# (`coarse` in benches/instructions.txt, and 3 %).
#
#   scripts/every_job.sh
set -eu
cd "$(dirname "$0")/.."
most=12 few=5 many=55 batch=100
folder="${CARGO_TARGET_DIR:-$PWD/target}/every_job"
mkdir -p "$folder/src"
cp scripts/every_job/app.rs "$folder/src/main.rs"
cat >"$folder/Cargo.toml" <<TOML
[package]
name = "every-job"
version = "0.0.0"
edition = "2021"
[dependencies]
tokio = { version = "1", features = ["rt"] }
[profile.release]
# Names and lines, by which the counts leave out what is not meant.
debug = "line-tables-only"
[workspace]
TOML
# The versions that this repository is tested with; cargo takes what it needs.
cp Cargo.lock "$folder/Cargo.lock"
cargo build --locked --quiet -p tollbridge-cli
command="${CARGO_TARGET_DIR:-$PWD/target}/debug/cargo-tollbridge"
unset CARGO_TARGET_DIR
(
    cd "$folder"
    cargo metadata --format-version 1 >/dev/null
    cargo build --locked --quiet --release
    "$command" tollbridge build --locked --quiet --release
)
a_job() { # PROGRAM [VARIABLE=VALUE...]: the median of three
    program="$1"
    shift
    for _ in 1 2 3; do
        echo $((($(env "$@" scripts/count.sh "$program" "$many") - $(env "$@" scripts/count.sh "$program" "$few")) / ((many - few) * batch)))
    done | sort -n | sed -n 2p
}
tokio="$(a_job "$folder/target/release/every-job" TOLLBRIDGE=off)"
off="$(a_job "$folder/target/tollbridge/release/every-job" TOLLBRIDGE=off)"
on="$(a_job "$folder/target/tollbridge/release/every-job" TOLLBRIDGE=phases TOLLBRIDGE_SUMMARY=off "TOLLBRIDGE_OUT=$folder/out")"
rm -rf "$folder/out"
coarse="$(sed -n 's/^coarse //p' benches/instructions.txt)" native="$(sed -n 's/^native //p' benches/instructions.txt)"
echo "every_job: instructions a job: tokio $tokio, its copy $off with recording off (+$((off - tokio))), $on with it on (+$((on - tokio)); the drop-in +$((coarse - native)))"
[ $((off - tokio)) -le "$most" ] || { echo "every_job: off takes more than $most instructions more than tokio" >&2; exit 1; }
[ $((on - tokio)) -le $(((coarse - native) * 103 / 100)) ] || { echo "every_job: on takes more than the drop-in" >&2; exit 1; }
