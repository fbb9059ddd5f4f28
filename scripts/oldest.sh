#!/bin/sh
# The lowest versions that Cargo.toml asks for are the lowest that work: builds and runs an app (scripts/minimal) whose lock file
# holds exactly these of everything that an app links because of tollbridge, with all features but the renderer. Some ten seconds.
#
# Why none is lower:
#   tokio 1.41              1.40 has `task::Id` and `JoinHandle::id` under `tokio_unstable` only
#   tracing 0.1.36          0.1.35 wants `Span::record` to be given a reference; loom, which stands in every lock file though
#                           no app compiles it, rules out what is below 0.1.27
#   tracing-subscriber 0.3.8  loom again
#   lock_api 0.4.7          in 0.4.6 the locks' `new` is not `const`
#
# Where Cargo.toml changes: the same in scripts/minimal/Cargo.toml, then `cargo update` in that folder.
set -eu
# As others compile it: without what `.cargo/config.toml` sets for this checkout.
export RUSTFLAGS=
cd "$(dirname "$0")/.."

version() { # FILE NAME: of the first line that asks for it
    grep -m 1 -oE "^$2 = (\{ version = )?\"=?[0-9.]+\"" "$1" | grep -oE '[0-9][0-9.]*'
}
failed=""
works=""
for name in tokio tracing tracing-subscriber parking_lot lock_api nojson; do
    asked="$(version Cargo.toml "$name")"
    # "1.41" asks for 1.41.0.
    while [ "$(echo "$asked" | tr -cd . | wc -c)" -lt 2 ]; do asked="$asked.0"; done
    tried="$(version scripts/minimal/Cargo.toml "$name")"
    if [ "$asked" != "$tried" ]; then
        echo "oldest: Cargo.toml asks for $name $asked, and $tried is what works (scripts/minimal)" >&2
        failed=1
    fi
    works="$works $name $tried,"
done
CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/oldest" \
    cargo run --quiet --locked --manifest-path scripts/minimal/Cargo.toml 2>/dev/null ||
    { echo "oldest: the app against the lowest versions fails; see it with: cargo run --manifest-path scripts/minimal/Cargo.toml" >&2; exit 1; }
[ -z "$failed" ]
echo "oldest:${works%,} work"
