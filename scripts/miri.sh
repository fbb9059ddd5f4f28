#!/bin/sh
# The bridge's tests and those of the recorder's journals, jobs and slots under Miri, which finds undefined behaviour and, on the machine that it plays, what a weak
# memory order allows. Needs a nightly toolchain of rustup's with the component miri; says `skipped` where that is not to be had.
#
#   scripts/miri.sh             on this machine's own kind
#   scripts/miri.sh TARGET      on another one, such as aarch64-unknown-linux-gnu or i686-unknown-linux-gnu
set -eu
cd "$(dirname "$0")/.."

skip() {
    echo "miri: skipped: $1"
    exit 0
}
rustup toolchain list 2>/dev/null | grep -q '^nightly' || skip "no nightly toolchain"
if ! cargo +nightly miri --version >/dev/null 2>&1; then
    rustup component add --toolchain nightly miri rust-src >/dev/null 2>&1 ||
        skip "the nightly toolchain has no component miri, and it cannot be added here"
fi
target="${1:-$(rustc +nightly -vV | sed -n 's/^host: //p')}"
# A folder of its own, because changed flags rebuild everything.
folder="${CARGO_TARGET_DIR:-target}/miri"
# Clocks are read; threads of the recorder leave their slots to others, for good.
export MIRIFLAGS="-Zmiri-disable-isolation -Zmiri-ignore-leaks"
# A first call that fails is the sysroot's.
CARGO_TARGET_DIR="$folder" cargo +nightly miri setup --target "$target" >/dev/null 2>&1 || skip "Miri's sysroot cannot be built here"
tests() {
    CARGO_TARGET_DIR="$folder" cargo +nightly miri test --locked --target "$target" "$@"
}
tests -p tollbridge-tests --test bridge --test bridge_counts
tests -p tollbridge-instrument --lib -- record::model:: record::slot::
echo "miri: nothing found on $target"
