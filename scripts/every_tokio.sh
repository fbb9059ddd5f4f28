#!/bin/sh
# Every tokio that `cargo tollbridge` copies: whether its edits fit, and whether the copy is still tokio.
#
#   scripts/every_tokio.sh            text: the edits of each published version from 1.41.0 on; then tokio's own tests of three, and the matrix
#   scripts/every_tokio.sh text       the first alone, two minutes
#   scripts/every_tokio.sh VERSION    tokio's own tests of one version, in its copy: as tokio, with recording off, and on
#   scripts/every_tokio.sh matrix     this workspace's own comparison with tokio, and what counts jobs, over the copy of its tokio
#
# Its tests of tasks, runtimes, files and names must end in the copy as they do in tokio itself, test by test.
set -eu
here="$(cd "$(dirname "$0")/.." && pwd)"
work="${EVERY_TOKIO:-$(mktemp -d)}"
[ -n "${EVERY_TOKIO:-}" ] || trap 'rm -rf "$work"' EXIT
oldest=1.41.0 lts=1.47
cd "$here"
cargo build --locked --quiet -p tollbridge-cli
command="${CARGO_TARGET_DIR:-$here/target}/debug/cargo-tollbridge"

app() { # VERSION; false if there is no such version
    mkdir -p "$work/app/src"
    cat >"$work/app/Cargo.toml" <<TOML
[package]
name = "app"
version = "0.0.0"
edition = "2021"
[dependencies]
tokio = { version = "=$1", features = ["full"] }
[workspace]
TOML
    echo 'fn main() {}' >"$work/app/src/main.rs"
    rm -f "$work/app/Cargo.lock"
    (cd "$work/app" && cargo fetch --quiet) 2>/dev/null
}

text() {
    tried=0 minor=41 newest=
    while :; do
        known=
        # A patch may have been withdrawn; two in a row have not.
        for patch in 0 1 2 3 4 5 6 7 8 9; do
            app "1.$minor.$patch" || { [ "$patch" -lt 2 ] && continue; break; }
            (cd "$work/app" && "$command" tollbridge where) >/dev/null
            known=1 tried=$((tried + 1)) newest="1.$minor.$patch"
        done
        [ -n "$known" ] || break
        minor=$((minor + 1))
    done
    [ "$tried" -ge 30 ] || { echo "every_tokio: only $tried versions were found; is the registry there?" >&2; exit 1; }
    echo "every_tokio: the edits fit $tried versions, $oldest to $newest"
}

# Those of its tests that have to do with blocking jobs, handles and runtimes.
suite() { # FOLDER NAME [VARIABLE=VALUE...]
    folder="$1" name="$2"
    shift 2
    (
        cd "$folder"
        tests="$(ls tests | sed -n 's/^\(\(task_\(abort\|blocking\|builder\|id\|join_set\|local_set\)\|rt_\(basic\|common\|handle\|handle_block_on\|threaded\)\|fs\(_.*\)\?\|join_handle.*\|net_lookup_host\|io_util_empty\|io_fill_buf\|process_.*\)\)\.rs$/--test \1/p' |
            grep -v 'fs_uring\|process_issue\|process_arg0\|process_raw_handle')"
        # shellcheck disable=SC2086
        env "$@" cargo test --quiet --config "paths=[\"$folder\"]" --features full --no-fail-fast --target-dir "$folder/target" $tests -- --test-threads 2 \
            --format pretty 2>"$work/$name.errors" | sed -n 's/^test \(.*\) \.\.\. \([a-zA-Z]*\).*/\1 \2/p' | sort >"$work/$name"
    )
    [ "$(wc -l <"$work/$name")" -ge 100 ] || { tail -n 20 "$work/$name.errors" >&2; echo "every_tokio: $name: its tests did not run" >&2; exit 1; }
}

tests() { # VERSION
    app "$1" || { echo "every_tokio: there is no tokio $1" >&2; exit 1; }
    (cd "$work/app" && "$command" tollbridge build --quiet)
    version="$(sed -n '/^name = "tokio"$/{n;s/version = "\(.*\)"/\1/p;}' "$work/app/Cargo.lock")"
    copy="$work/app/target/tollbridge/copy/host/tokio-$version"
    plain="$(cd "$work/app" && "$command" tollbridge where | sed -n 's/^tokio .* in \(.*\): all edits fit$/\1/p')"
    rm -rf "$work/plain" "$work/copy"
    cp -R "$plain" "$work/plain"
    printf '\n[workspace]\n' >>"$work/plain/Cargo.toml"
    cp -R "$copy" "$work/copy"
    rm -f "$work/plain/Cargo.lock"
    suite "$work/plain" as-tokio
    suite "$work/copy" off TOLLBRIDGE=off
    suite "$work/copy" on TOLLBRIDGE=locks TOLLBRIDGE_SUMMARY=off "TOLLBRIDGE_OUT=$work/reports"
    for way in off on; do
        diff "$work/as-tokio" "$work/$way" || { echo "every_tokio: $version, recording $way: tests end differently" >&2; exit 1; }
    done
    [ -n "$(ls "$work/reports")" ] || { echo "every_tokio: $version: nothing was recorded" >&2; exit 1; }
    rm -rf "$work/reports"
    echo "every_tokio: $version: $(wc -l <"$work/on") of tokio's own tests end in the copy as in tokio, recording off and on"
}

# The tests arm by themselves.
matrix() {
    TOLLBRIDGE=off "$command" tollbridge test --locked --quiet -p tollbridge-tests --test matrix --test counts --test live --test forked
}

case "${1:-}" in
text) text ;;
matrix) matrix ;;
"") text; tests "$oldest"; tests "$(cd "$work/app" && for patch in 9 8 7 6 5 4 3 2 1 0; do app "$lts.$patch" && { echo "$lts.$patch"; break; }; done)"; tests "$newest"; matrix ;;
*) tests "$1" ;;
esac
