#!/bin/sh
# Runs the transfer benchmark and prints its comparisons, in the form of the seed's 'naive 986 ns -> snapshot 239 ns: 4.12x'.
#
#   scripts/transfer.sh          about two minutes
#   scripts/transfer.sh quick    about thirty seconds, for a look
#
# The last line is the honesty check: the naive transfer alone costs within 15 % of four bare lock pairs and the copy. Both are
# run in turn, several times, and the median of the pairs' ratios counts. It is shown, and fails the script only with CHECK=1,
# since a busy machine can break it. Needs python3.
set -eu
cd "$(dirname "$0")/.."

case "${1:-}" in
quick) settings="--warm-up-time 0.3 --measurement-time 1 --sample-size 20" pairs=5 ;;
"") settings="--warm-up-time 1 --measurement-time 6 --sample-size 100" pairs=11 ;;
*) echo "usage: scripts/transfer.sh [quick]" >&2; exit 2 ;;
esac

target="${CARGO_TARGET_DIR:-target}"
log="$target/transfer.log"
estimates="$target/criterion"

bench() {
    cargo bench --locked -p tollbridge-benches --bench transfer -- --noplot "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
}

# shellcheck disable=SC2086  # several words on purpose
bench $settings

python3 - "$estimates" <<'PYTHON'
import json
import pathlib
import sys

root = pathlib.Path(sys.argv[1])


def median(kind, case):
    """Nanoseconds of one transfer: the median, with its 95 % interval."""
    estimates = json.loads((root / kind / case / "new" / "estimates.json").read_text())
    interval = estimates["median"]["confidence_interval"]
    return estimates["median"]["point_estimate"], interval["lower_bound"], interval["upper_bound"]


def compare(kind, before, after):
    (a, a_low, a_high), (b, b_low, b_high) = median(kind, before), median(kind, after)
    names = f"{before} {a:.2f} ns -> {after} {b:.2f} ns"
    print(f"  {names:48} {a / b:5.2f}x   {b - a:+7.2f} ns [{b_low - a_high:+.2f}, {b_high - a_low:+.2f}]")


for kind, title in (("made", "with the destination made, set and dropped"), ("alone", "the transfer alone")):
    print(f"{title}:")
    compare(kind, "naive", "snapshot")
    compare(kind, "four_direct", "four_fallback")
PYTHON

ratios=""
for _ in $(seq "$pairs"); do
    bench --warm-up-time 0.2 --measurement-time 1 --sample-size 20 'alone/(naive|bare)'
    ratios="$ratios $(python3 -c '
import json, sys
def median(case):
    return json.load(open(f"{sys.argv[1]}/alone/{case}/new/estimates.json"))["median"]["point_estimate"]
print(median("naive") / median("bare"))' "$estimates")"
done

# shellcheck disable=SC2086
python3 - "${CHECK:-0}" $ratios <<'PYTHON'
import statistics
import sys

ratios = sorted(map(float, sys.argv[2:]))
ratio = statistics.median(ratios)
holds = 0.85 <= ratio <= 1.15
print("honesty: naive alone over four bare lock pairs and the copy:")
print(f"  {ratio:.2f}, the median of {len(ratios)} pairs from {ratios[0]:.2f} to {ratios[-1]:.2f}: {'within' if holds else 'NOT within'} 15 %")
if sys.argv[1] == "1" and not holds:
    sys.exit(1)
PYTHON
