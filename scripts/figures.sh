#!/bin/sh
# Puts a file between a page's lines `<!-- figures -->` and `<!-- end of figures -->`, for the scripts that measure.
#
#   scripts/figures.sh PAGE FILE
set -eu
written="$(mktemp)"
trap 'rm -f "$written"' EXIT
awk -v figures="$2" '
    /^<!-- figures -->$/ { print; print ""; while ((getline line < figures) > 0) print line; print ""; inside = 1 }
    /^<!-- end of figures -->$/ { inside = 0 }
    !inside { print }' "$1" >"$written"
cp "$written" "$1"
