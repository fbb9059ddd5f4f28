#!/bin/sh
# The oldest Rust that Cargo.toml names compiles what others link: the library with all features and without, the recorder, the
# renderer and its command; and an app against the lowest versions (scripts/minimal) compiles and runs. Not the tests, whose
# dependencies may want a newer one. About a minute.
#
# The toolchain is rustup's, if it is installed there. On a Debian-like system whose packages hold that version, they are fetched
# (100 MB, once) and unpacked into the target folder; nothing is installed. Otherwise the script says `skipped`.
set -eu
# As others compile it: without what `.cargo/config.toml` sets for this checkout.
export RUSTFLAGS=
cd "$(dirname "$0")/.."
oldest="$(grep -m 1 -oE '^rust-version = "[0-9.]+"' Cargo.toml | grep -oE '[0-9.]+')"
target="${CARGO_TARGET_DIR:-target}/msrv"
mkdir -p "$target"
target="$(cd "$target" && pwd)"

skip() {
    echo "msrv: skipped: no Rust $oldest to be had${1:+ ($1)}"
    exit 0
}

# Sets PATH and LD_LIBRARY_PATH to Debian's, unpacked.
debian() {
    debs="$target/debian"
    root="$debs/root"
    if [ ! -e "$debs/whole" ]; then
        command -v apt-get >/dev/null && command -v dpkg >/dev/null || skip
        apt-cache policy rustc-web 2>/dev/null | grep -q "Candidate: $oldest\." || skip
        rm -rf "$debs"
        mkdir -p "$root"
        packages="rustc-web cargo-web libstd-rust-web-dev libstd-rust-web-$oldest"
        # The libraries that they need and that are not installed.
        needed="$(apt-cache depends --no-suggests --no-recommends $packages | sed -n 's/^  Depends: \(lib[a-z0-9.+-]*\)$/\1/p' | sort -u)"
        for package in $needed; do
            case " $packages " in *" $package "*) continue ;; esac
            dpkg -s "$package" >/dev/null 2>&1 || packages="$packages $package"
        done
        # shellcheck disable=SC2086  # several words on purpose
        (cd "$debs" && apt-get download $packages >download.log 2>&1) || skip "failed to fetch $packages"
        for deb in "$debs"/*.deb; do dpkg -x "$deb" "$root"; done
        rm "$debs"/*.deb
        touch "$debs/whole"
    fi
    for folder in "$root"/usr/lib/*-linux-gnu "$root"/lib/*-linux-gnu; do
        LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    done
    export LD_LIBRARY_PATH PATH="$root/usr/bin:$PATH"
}

installed="$(rustup toolchain list 2>/dev/null | grep -oE "^$oldest[^ ]*" | head -n 1 || true)"
if [ -n "$installed" ]; then
    export RUSTUP_TOOLCHAIN="$installed"
else
    debian
fi
is="$(rustc --version 2>/dev/null || true)"
case "$is" in "rustc $oldest."*) ;; *) skip "rustc says: $is" ;; esac
case "$(cargo --version 2>/dev/null || true)" in "cargo $oldest."*) ;; *) skip "cargo does not run" ;; esac

export CARGO_TARGET_DIR="$target/build"
compiles() { # WHAT COMMAND...
    what="$1"
    shift
    "$@" || { echo "msrv: failed: $what with $is" >&2; exit 1; }
}
compiles "the library" cargo check --quiet --locked --lib -p tollbridge
compiles "the library with its features" cargo check --quiet --locked --lib -p tollbridge --features fs,layer,net,rt-multi-thread
compiles "the recorder" cargo check --quiet --locked --lib -p tollbridge-instrument --all-features
compiles "an app against the lowest versions" cargo run --quiet --locked --manifest-path scripts/minimal/Cargo.toml
compiles "the renderer" cargo check --quiet --locked --lib -p tollbridge-flamegraphs --all-features
compiles "the command" cargo check --quiet --locked --lib --bins -p tollbridge-cli
compiles "the library with the renderer" cargo check --quiet --locked --lib -p tollbridge --all-features
echo "msrv: $is compiles the libraries and the command, and an app against the lowest versions runs"
