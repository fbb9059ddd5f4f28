#!/bin/sh
# A file system that really does not answer: one whose server is there and says nothing (FUSE), mounted in a namespace of its own. `init` and the
# guard have to go on after 200 ms and 1 s. Needs /dev/fuse, and user namespaces or root.
#
#   scripts/hanging.sh
set -eu
cd "$(dirname "$0")/.."
app="$(cargo test --locked -p tollbridge-tests --test errors --no-run 2>&1 | sed -n 's/.*Executable.*(\(.*\))$/\1/p')"
work="$(mktemp -d)"
mkdir "$work/mount"
trap 'rm -rf "$work"' EXIT
begun="$(date +%s%N)"
unshare --user --map-root-user --mount sh -c '
    exec 3<>/dev/fuse
    mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 none "$1/mount"
    # It is a folder on the outside, and its current directory must be none of those that hang.
    ROLE_OF_TEST=plain TOLLBRIDGE=phases TOLLBRIDGE_OUT="$1/mount/out" exec timeout 20 "$2" --exact child --nocapture --test-threads=1
' sh "$work" "$PWD/$app" >"$work/out" 2>"$work/err" || code="$?"
# The app's own exit code.
[ "${code:-0}" -eq 7 ] || { cat "$work/out" "$work/err" >&2; exit 1; }
ms=$((($(date +%s%N) - begun) / 1000000))
grep 'has not answered for 200 ms' "$work/err"
grep 'has not answered for 1000 ms' "$work/err"
[ "$ms" -lt 10000 ] || { echo "hanging: it took $ms ms" >&2; exit 1; }
echo "hanging: the app ended after $ms ms"
