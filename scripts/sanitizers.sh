#!/bin/sh
# The bridge's tests, the exact counts and the soak (small) under AddressSanitizer with its leak check, then under ThreadSanitizer.
# Needs a nightly toolchain of rustup's; says `skipped` where there is none. Compiles everything twice: five minutes or so the
# first time, then less than one.
#
#   scripts/sanitizers.sh            both
#   scripts/sanitizers.sh address    one of them (or: thread)
#
# ThreadSanitizer has to see what synchronises. Where the toolchain has rust-src, std is built with it and every report counts. The
# std that comes compiled is not seen into: what it orders looks like a race. Then the reports named below are left out, each with
# its reason, and the rest count. That makes it a second look only; the bridge's orderings are loom's business (`cargo xtask loom`).
set -eu
cd "$(dirname "$0")/.."
which="${1:-address thread}"
if ! rustup toolchain list 2>/dev/null | grep -q '^nightly'; then
    echo "sanitizers: skipped: no nightly toolchain"
    exit 0
fi
host="$(rustc +nightly -vV | sed -n 's/^host: //p')"
# A folder of their own, because changed RUSTFLAGS rebuild everything.
base="${CARGO_TARGET_DIR:-target}/sanitizers"
mkdir -p "$base"
base="$(cd "$base" && pwd)"

tests() { # SANITIZER FLAGS [cargo's options]
    sanitizer="$1" flags="$2"
    shift 2
    log="$base/$sanitizer.log"
    if ! RUSTFLAGS="-Zsanitizer=$flags" CARGO_TARGET_DIR="$base/$sanitizer" \
        cargo +nightly test --locked --target "$host" -p tollbridge-tests --test bridge --test counts --test soak "$@" >"$log" 2>&1; then
        grep -E '^(error|SUMMARY|test .* FAILED)|panicked at' "$log" | sort | uniq -c | head -n 20 >&2 || true
        echo "sanitizers: failed: $sanitizer, see $log" >&2
        exit 1
    fi
    passed="$(awk '/^test result: ok/ { passed += $4 } END { print passed }' "$log")"
}

for sanitizer in $which; do
    case "$sanitizer" in
    address)
        tests address address
        echo "sanitizers: address: $passed tests, nothing found"
        ;;
    thread)
        export TOLLBRIDGE_SOAK_HOPS="${TOLLBRIDGE_SOAK_HOPS:-12000}"
        if [ -d "$(rustc +nightly --print sysroot)/lib/rustlib/src/rust/library" ]; then
            tests thread thread -Zbuild-std
            echo "sanitizers: thread: $passed tests, nothing found, std included"
            continue
        fi
        cat >"$base/thread.suppressions" <<'LIST'
# The release of a `Once` that has run is a store inside compiled std.
race:std::sync::once_lock::OnceLock
# The last owner's acquire is a fence, which the sanitizer does not know; a std built with it has a load instead.
race:alloc::sync::Arc*drop
# Handing a thread's result to its joiner is an `Arc` inside std.
race:std::thread::lifecycle::Packet
# Their wakers and locks are compiled partly here and partly there.
race:std::sync::mpmc
race:std::sync::mpsc
# tokio's seeds stand behind std's `Mutex`, which is compiled there where it waits.
race:tokio::util::rand::rt::RngSeedGenerator
# The test harness's own result, sent through such a channel.
race:test::event::CompletedTest
LIST
        TSAN_OPTIONS="suppressions=$base/thread.suppressions history_size=7"
        export TSAN_OPTIONS
        tests thread "thread -Cunsafe-allow-abi-mismatch=sanitizer"
        echo "sanitizers: thread: $passed tests, nothing found but what std, compiled without it, is known for"
        ;;
    *)
        echo "usage: scripts/sanitizers.sh [address|thread]" >&2
        exit 2
        ;;
    esac
done
