#!/bin/sh
# Runs the loom models of the bridge (tests/loom.rs) and of the recorder (instrument/src/record/model.rs), and then builds whose orderings
# are weakened on purpose: those have to fail, or the models prove nothing. The models take less than a minute; compiling what the tests
# depend on takes one or two the first time.
#
#   scripts/loom.sh             every model
#   scripts/loom.sh NAME        the models whose name contains NAME (and still the weakened ones)
#
# LOOM_MAX_PREEMPTIONS bounds the search: how often a schedule may interrupt a thread that could go on (default 2; a model of the
# recorder may ask for less).
set -eu
cd "$(dirname "$0")/.."

# A folder of its own, because changed RUSTFLAGS rebuild everything.
target="${CARGO_TARGET_DIR:-target}/loom"
mkdir -p "$target"
export LOOM_MAX_PREEMPTIONS="${LOOM_MAX_PREEMPTIONS:-2}"

# The optimised code, with its own assertions.
loom() { # PACKAGE TARGET [filters of the test program]
    package="$1" tests="$2"
    shift 2
    # shellcheck disable=SC2086 # the target's words
    RUSTFLAGS="--cfg tollbridge_loom -C debug-assertions" CARGO_TARGET_DIR="$target" \
        cargo test --locked --release -p "$package" $tests -- "$@"
}
bridge() { loom tollbridge-tests "--test loom" "$@"; }
recorder() { loom tollbridge-instrument "--lib" "$@"; }

bridge "$@"
if [ "$#" -gt 0 ]; then
    recorder --skip "::tests::" "$@"
else
    recorder record::model::
fi

echo "the same weakened, which must fail:"
# A wrapper adds the cfg to the workspace's own crates only, so that nothing else is compiled again.
wrapper="$(cd "$target" && pwd)/weakened-rustc"
printf '#!/bin/sh\nexec "$@" --cfg tollbridge_weakened\n' >"$wrapper"
chmod +x "$wrapper"

weakened() { # RUNNER MODEL WHAT-IT-MUST-SAY
    log="$target/weakened.log"
    if RUSTC_WORKSPACE_WRAPPER="$wrapper" "$1" --exact "$2" >"$log" 2>&1; then
        echo "failed: the weakened orderings went unnoticed by $2" >&2
        exit 1
    fi
    # A build that does not compile also fails; only the model's own verdict counts.
    if ! grep -q "$3" "$log"; then
        cat "$log" >&2
        echo "failed: the weakened build failed for another reason" >&2
        exit 1
    fi
    echo "ok: $2 found it: $(grep -m1 "$3" "$log")"
}
weakened bridge publish_snapshot "Causality violation"
weakened recorder record::model::journals::an_owner_and_a_report "of what was recorded"
weakened recorder record::model::jobs::a_handle_and_its_job_end_at_once "all of the run is seen"
