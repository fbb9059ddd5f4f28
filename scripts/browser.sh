#!/bin/sh
# Opens the page of `tollbridge html` in headless Chromium and uses it: click, keys, zoom, search, sort, filter, deep links, print,
# a phone, dark. Fails on a console error, a breach of the page's security policy, a name that runs, a serious finding of axe-core, a
# table that is cut without a sign, and a page of 1,000 sites that takes 200 ms to open or to answer a click.
#
#   scripts/browser.sh                 made-up reports, and those of the examples stat_storm and lock_convoy
#   IMAGES=docs/images scripts/browser.sh   stores the pictures of the documentation too
#   KEEP=DIR scripts/browser.sh        keeps what was installed there, for the next time
#
# Chromium comes from PATH (or CHROMIUM=...) or, where that may be, from Debian; puppeteer-core, which drives it, and axe-core from npm.
set -eu
cd "$(dirname "$0")/.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
tools="${KEEP:-$work/tools}"
mkdir -p "$tools"

chromium="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}"
if [ -z "$chromium" ]; then
    apt-get install --yes --no-install-recommends chromium >/dev/null || {
        echo "browser: SKIPPED, there is no Chromium and none can be installed" >&2
        exit 0
    }
    chromium="$(command -v chromium)"
fi
[ -d "$tools/node_modules/puppeteer-core" ] && [ -d "$tools/node_modules/axe-core" ] ||
    npm install --silent --no-audit --no-fund --prefix "$tools" puppeteer-core@24 axe-core@4 >/dev/null

cargo build --locked --release --quiet -p tollbridge-cli --bin tollbridge -p tollbridge-flamegraphs --example page_reports
cargo build --locked --release --quiet --example stat_storm --example lock_convoy
target/release/examples/page_reports "$work/reports"
target/release/examples/stat_storm --out "$work/stat_storm" >/dev/null 2>&1
target/release/examples/lock_convoy --out "$work/lock_convoy" >/dev/null 2>&1
cp "$work/stat_storm/report.json" "$work/reports/stat_storm.json"
cp "$work"/lock_convoy/convoy/report.json "$work/reports/lock_convoy.json"
for report in "$work"/reports/*.json; do
    target/release/tollbridge html "$report" >/dev/null
done
cp flamegraphs/tests/golden/log/input.log "$work/reports/log.log"
target/release/tollbridge html "$work/reports/log.log" >/dev/null 2>&1

CHROMIUM="$chromium" IMAGES="${IMAGES:-}" NODE_PATH="$tools/node_modules" node scripts/browser/page.mjs "$work/reports" "$tools"
