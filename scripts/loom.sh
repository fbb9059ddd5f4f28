#!/bin/sh
# Runs the loom models of the bridge (tests/loom.rs), and then a build whose state word is weakened on purpose: that one has to
# fail, or the models prove nothing. The models take less than a second; compiling what the tests depend on takes a minute or two
# the first time.
#
#   scripts/loom.sh             every model
#   scripts/loom.sh NAME        the models whose name contains NAME (and still the weakened one)
#
# LOOM_MAX_PREEMPTIONS bounds the search: how often a schedule may interrupt a thread that could go on (default 2).
set -eu
cd "$(dirname "$0")/.."

# A folder of its own, because changed RUSTFLAGS rebuild everything.
target="${CARGO_TARGET_DIR:-target}/loom"
mkdir -p "$target"
export LOOM_MAX_PREEMPTIONS="${LOOM_MAX_PREEMPTIONS:-2}"

# The optimised code, with the bridge's own assertions.
models() {
    RUSTFLAGS="--cfg tollbridge_loom -C debug-assertions" CARGO_TARGET_DIR="$target" \
        cargo test --locked --release -p tollbridge --test loom -- "$@"
}

models "$@"

echo "the same with the state word weakened, which must fail:"
# A wrapper adds the cfg to the workspace's own crates only, so that nothing else is compiled again.
wrapper="$(cd "$target" && pwd)/weakened-rustc"
printf '#!/bin/sh\nexec "$@" --cfg tollbridge_weakened\n' >"$wrapper"
chmod +x "$wrapper"
log="$target/weakened.log"
if RUSTC_WORKSPACE_WRAPPER="$wrapper" models publish_snapshot --exact >"$log" 2>&1; then
    echo "failed: the weakened state word went unnoticed" >&2
    exit 1
fi
# A build that does not compile also fails; only loom's own verdict counts.
if ! grep -q "Causality violation" "$log"; then
    cat "$log" >&2
    echo "failed: the weakened build failed for another reason" >&2
    exit 1
fi
echo "ok: loom found it: $(grep -m1 'Causality violation' "$log")"
