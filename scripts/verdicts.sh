#!/bin/sh
# Whether verdicts foretell what following them saves (benches/verdicts). Writes the table into docs/guide/verdicts.md, and fails where an
# estimate is off by more than a factor of 1.5, or a rule speaks where it should not.
#
#   scripts/verdicts.sh                 20 rounds, a minute
#   scripts/verdicts.sh --rounds 60
#   DRY=1 scripts/verdicts.sh ...       prints, and leaves docs/guide/verdicts.md alone
exec "$(dirname "$0")/bench_page.sh" verdicts "$@"
