#!/bin/sh
# Runs the loom models of the bridge (tests/loom.rs), and then a build whose state word is weakened on purpose: that one has to
# fail, or the models prove nothing. Takes two minutes the first time, nearly all of them compiling.
#
#   scripts/loom.sh             every model
#   scripts/loom.sh NAME        the models whose name contains NAME (and still the weakened one)
#
# LOOM_MAX_PREEMPTIONS bounds the search: how often a schedule may interrupt a thread that could go on (default 2).
set -eu
cd "$(dirname "$0")/.."

# A folder each, because changed RUSTFLAGS rebuild everything.
target="${CARGO_TARGET_DIR:-target}/loom"
export LOOM_MAX_PREEMPTIONS="${LOOM_MAX_PREEMPTIONS:-2}"

# The optimised code, with the bridge's own assertions.
models() {
    folder="$1" cfg="$2"
    shift 2
    RUSTFLAGS="$cfg -C debug-assertions" CARGO_TARGET_DIR="$target/$folder" \
        cargo test --locked --release -p tollbridge --test loom -- "$@"
}

models sound "--cfg tollbridge_loom" "$@"

echo "the same with the state word weakened, which must fail:"
log="$target/weakened.log"
if models weakened "--cfg tollbridge_loom --cfg tollbridge_weakened" publish_snapshot --exact >"$log" 2>&1; then
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
