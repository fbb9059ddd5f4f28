#!/bin/sh
# Whether spans and phases tell the truth, on operations of known length (benches/truth). Writes the table into docs/reference/truth.md, and fails
# where a corrected mean is out of its bounds.
#
#   scripts/truth.sh                 20 rounds, half a minute
#   scripts/truth.sh --rounds 60
#   DRY=1 scripts/truth.sh ...       prints, and leaves docs/reference/truth.md alone
exec "$(dirname "$0")/bench_page.sh" truth "$@"
