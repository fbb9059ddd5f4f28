#!/bin/sh
# The arrows of crates and modules (ARCHITECTURE.md): fails on a dependency that goes the wrong way, or that an app need not link, and
# where modules of one folder need each other in a circle.
set -eu
cd "$(dirname "$0")/.."

links() { # PACKAGE [cargo tree's options]
    package="$1"
    shift
    tree="$(cargo tree --locked -e normal --prefix none -p "$package" "$@")" || return 1
    printf '%s\n' "$tree" | sed 's/ .*//' | sort -u
}
forbid() { # PACKAGE NAMES [options]
    package="$1" names="$2"
    shift 2
    linked="$(links "$package" "$@")"
    for name in $names; do
        if printf '%s\n' "$linked" | grep -qx "$name"; then
            echo "arrows: $package must not depend on $name" >&2
            exit 1
        fi
    done
}
# serde_json: its impls of PartialEq for the integers can break the type inference of whatever links it.
forbid tollbridge "tollbridge-flamegraphs inferno clap comfy-table serde serde_json"
forbid tollbridge-report "tokio tracing tracing-core parking_lot tollbridge tollbridge-instrument tollbridge-flamegraphs inferno serde serde_json"
forbid tollbridge-instrument "tokio tollbridge tollbridge-flamegraphs tracing-subscriber inferno"
forbid tollbridge-flamegraphs "tokio tollbridge tollbridge-instrument tracing" --all-features
# Each of its features brings its own, and whoever asks for none compiles no derive. inferno is CDDL-1.0: the page does without.
forbid tollbridge-flamegraphs "inferno zstd zstd-sys flate2 askama prost csv sha2 base64 memchr serde serde_json syn" --no-default-features
forbid tollbridge-flamegraphs "inferno zstd flate2 askama prost csv sha2 base64" --no-default-features --features read
forbid tollbridge-flamegraphs "inferno zstd flate2 prost csv" --no-default-features --features html
forbid tollbridge-flamegraphs "inferno askama prost csv" --no-default-features --features logs
forbid tollbridge-flamegraphs "zstd flate2 askama prost csv serde serde_json syn" --no-default-features --features flame
# The bridge core knows neither tokio nor the recorder, so that loom can drive it.
if grep -nE 'tokio::|record::' src/bridge/*.rs src/sync.rs | grep -vE '^[^:]+:[0-9]+: *//'; then
    echo "arrows: src/bridge must not use tokio or the recorder" >&2
    exit 1
fi
# Which file or folder beside it a module uses: `super::name` and `super::{name, name::Thing}`, tests and comments left out.
edges() {
    for file in $(git ls-files 'src/*.rs' 'report/src/*.rs' 'instrument/src/*.rs' 'flamegraphs/src/*.rs' 'cli/src/*.rs' | grep -vE '/(mod|lib|main)\.rs$'); do
        folder="$(dirname "$file")"
        sed '/^#\[cfg(test)\]/,$d' "$file" | grep -v '^ *//' | tr '\n' ' ' | grep -oE '\bsuper::(\{[^}]*\}|[a-z_]+)' |
            sed 's/super:://; s/[{}]//g' | tr ',' '\n' | sed 's/^ *//; s/[^a-z_].*//' | sort -u | while read -r name; do
            used="$folder/$name"
            [ ! -e "$used.rs" ] && [ ! -d "$used" ] || [ "$used.rs" = "$file" ] || echo "${file%.rs} $used"
        done
    done
}
# The cell is a part of its source, in a file of its own because of its unsafe code.
if ! edges | grep -vx 'src/bridge/cell src/bridge/source' | tsort >/dev/null; then
    echo "arrows: modules need each other in a circle" >&2
    exit 1
fi
echo "arrows: as drawn"
