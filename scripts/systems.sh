#!/bin/sh
# What others link compiles for systems that this machine is not, with all features and without warnings: the libraries of the workspace, with
# `cargo check`, which runs no linker. Then the clock's own tests run on an emulated AArch64 processor, so that its counter is read.
#
#   scripts/systems.sh             all of the systems below
#   scripts/systems.sh TARGET...   these alone
#
# rustup installs the std of each. Says SKIPPED where that cannot be had, and where there is no qemu-user (package qemu-user-static); fails on
# any other error. Some ten minutes on 2 busy cores from nothing.
set -eu
cd "$(dirname "$0")/.."

systems="${*:-aarch64-unknown-linux-gnu x86_64-pc-windows-gnu aarch64-apple-darwin i686-unknown-linux-gnu x86_64-unknown-linux-musl}"
# Static, so that the linker and the C library that rustup brings are enough.
emulated=aarch64-unknown-linux-musl
# In its own folder, so that nothing else is compiled anew for the sake of the flags.
CARGO_TARGET_DIR="$(mkdir -p "${CARGO_TARGET_DIR:-target}/systems" && cd "${CARGO_TARGET_DIR:-target}/systems" && pwd)"
export CARGO_TARGET_DIR

has_std() { # TARGET
    [ -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ] || rustup target add "$1" >/dev/null 2>&1
}

# The renderer's zstd is in C, and would need a C compiler for each system. It can also take a library that is there already, as pkg-config
# shows it: nothing is linked here, so one that is only said to be there will do.
stub="$CARGO_TARGET_DIR/pkg-config"
cat >"$stub" <<'END'
#!/bin/sh
case " $* " in
*" --modversion "*) echo 1.5.7 ;;
*" --libs "*) echo -lzstd ;;
esac
END
chmod +x "$stub"

failed=""
for system in $systems; do
    if ! has_std "$system"; then
        echo "systems: $system: SKIPPED: rustup cannot install its std here"
    elif ZSTD_SYS_USE_PKG_CONFIG=1 PKG_CONFIG="$stub" PKG_CONFIG_ALLOW_CROSS=1 RUSTFLAGS="-D warnings" \
        cargo check --quiet --locked --workspace --lib --all-features --target "$system"; then
        echo "systems: $system: compiles"
    else
        echo "systems: $system: FAILED" >&2
        failed="$failed $system"
    fi
done

qemu="$(command -v qemu-aarch64-static || command -v qemu-aarch64 || true)"
if [ "$(uname -m)" = aarch64 ]; then
    echo "systems: emulated AArch64: SKIPPED: this machine is one, and the tests read its counter"
elif [ -z "$qemu" ]; then
    echo "systems: emulated AArch64: SKIPPED: no qemu-user; the counter was compiled and not read"
elif ! has_std "$emulated"; then
    echo "systems: emulated AArch64: SKIPPED: rustup cannot install the std of $emulated; the counter was compiled and not read"
else
    # The name of a test that reads the counter: one that is not built there would not be missed.
    log="$CARGO_TARGET_DIR/emulated.log"
    if CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER="$qemu" \
        cargo test --locked -p tollbridge-instrument --lib --all-features --target "$emulated" -- clock:: >"$log" 2>&1 &&
        grep -q 'cntvct::tests::it_is_usable.* ok$' "$log"; then
        echo "systems: emulated AArch64: $(grep -c ' ok$' "$log") of the clock's tests pass with its counter"
    else
        cat "$log" >&2
        echo "systems: emulated AArch64: FAILED" >&2
        failed="$failed emulated"
    fi
fi
[ -z "$failed" ] || { echo "systems: failed:$failed" >&2; exit 1; }
