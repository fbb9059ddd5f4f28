#!/bin/sh
# How fast logs are read, one line in ten a hop's: `tollbridge report` beside ripgrep, which only counts lines that match, and
# inferno-collapse-perf, which looks at each line, on the same file. `cargo xtask figures logs` puts the table into
# docs/guide/logs.md.
#
#   scripts/logs_speed.sh              files of 300 MB, 9 rounds
#   scripts/logs_speed.sh 100 5
#
# In each round all commands take their turn at each file; a figure is the median over the rounds, in processor time (user and
# system) and by the clock. rg and inferno-collapse-perf are taken from PATH, or compiled into target/tools.
set -eu
cd "$(dirname "$0")/.."
megabytes="${1:-300}" rounds="${2:-9}"
PATH="$PATH:$PWD/target/tools/bin"
for tool in rg:ripgrep inferno-collapse-perf:inferno; do
    command -v "${tool%%:*}" >/dev/null || cargo install --quiet --locked --root target/tools "${tool#*:}"
done
cargo build --locked --quiet --release -p tollbridge-cli --bin tollbridge -p tollbridge-flamegraphs --example service_log
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
forms="text coloured json flat-json"
for form in $forms; do
    target/release/examples/service_log "$form" "$megabytes" >"$out/$form.log"
done

# One measurement: appends "FORM TOOL CPU CLOCK" in seconds. That a collapser finds no stacks in a log is no failure.
measure() {
    form="$1" tool="$2"
    shift 2
    python3 - "$out/$form.log" "$@" >"$out/took" <<'PY'
import os, subprocess, sys, time
began = time.monotonic()
with subprocess.Popen(sys.argv[2:] + [sys.argv[1]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
    used = os.wait4(child.pid, 0)[2]
    child.returncode = 0
print(used.ru_utime + used.ru_stime, time.monotonic() - began)
PY
    echo "$form $tool $(cat "$out/took")" >>"$out/all"
}

i=0
while [ "$i" -lt "$rounds" ]; do
    for form in $forms; do
        measure "$form" tollbridge target/release/tollbridge report
        measure "$form" rg rg --no-config -j1 --no-mmap -c tollbridge::hop
        measure "$form" inferno inferno-collapse-perf
    done
    i=$((i + 1))
done

{
    printf '`scripts/logs_speed.sh%s`, %s, %s cores, %s, %s:\n\n' "${*:+ $*}" \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(rustc --version | cut -d ' ' -f 1,2)" \
        "$(rg --version | head -n 1 | cut -d ' ' -f 1,2)"
    echo "| log | bytes a line | \`tollbridge report\` | \`rg -c\` | \`inferno-collapse-perf\` | time of rg |"
    echo "|---|---|---|---|---|---|"
    for form in $forms; do
        lines="$(wc -l <"$out/$form.log")" bytes="$(wc -c <"$out/$form.log")"
        awk -v form="$form" -v lines="$lines" -v bytes="$bytes" '
            function median(tool, column,    n, i, j, value, values) {
                n = split(series[tool, column], values, " ")
                for (i = 2; i <= n; i++)
                    for (j = i; j > 1 && values[j - 1] + 0 > values[j] + 0; j--) {
                        value = values[j]; values[j] = values[j - 1]; values[j - 1] = value
                    }
                return values[int((n + 1) / 2)]
            }
            function rate(tool) { return sprintf("%.0f (%.0f)", bytes / 1e6 / median(tool, 3), bytes / 1e6 / median(tool, 4)) }
            $1 == form {
                for (column = 3; column <= 4; column++) series[$2, column] = series[$2, column] " " $column
                cpu[$2] = $3
                if ($2 == "rg") series["ratio", 3] = series["ratio", 3] " " cpu["tollbridge"] / cpu["rg"]
            }
            END {
                printf "| %s | %.0f | %s | %s | %s | %.1f times |\n", form, bytes / lines, rate("tollbridge"), rate("rg"),
                    rate("inferno"), median("ratio", 3)
            }' "$out/all"
    done
} >"$out/table"
cat "$out/table"
[ -z "${FIGURES:-}" ] || cp "$out/table" "$FIGURES"
