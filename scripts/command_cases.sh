#!/bin/sh
# Inputs that the command once read wrongly, each held to its right value: `NAME/RIGHT.txt` says which. They stand beside the checkout.
#
#   scripts/command_cases.sh
#   CASES=folder TOLLBRIDGE=target/release/tollbridge scripts/command_cases.sh
set -eu
cd "$(dirname "$0")/.."
cases="${CASES:-../shared/cases/command}"
if [ ! -d "$cases" ]; then
    echo "command_cases: SKIPPED, there is no folder $cases"
    exit 0
fi
if [ -z "${TOLLBRIDGE:-}" ]; then
    cargo build --locked --quiet -p tollbridge-flamegraphs --bin tollbridge
    TOLLBRIDGE=target/debug/tollbridge
fi
exec python3 - "$TOLLBRIDGE" "$cases" <<'PY'
import json, os, subprocess, sys

tool, cases = os.path.abspath(sys.argv[1]), sys.argv[2]
# Of other parts of the command than its reading of logs.
OPEN = {"busy-threads", "html-eats-input", "many-sites", "non-utf8-out", "paper"}


def run(case, *arguments):
    return subprocess.run([tool, *arguments], cwd=os.path.join(cases, case), capture_output=True, text=True)


def counts(case, *files):
    """Hops that were read, lines that are lost, and what is said."""
    ran = run(case, "report", *files, "--json")
    if ran.returncode:
        return (None, None, ran.stderr)
    report = json.loads(ran.stdout)
    return (report["outcomes"]["submitted"], report["dropped"]["lines"], ran.stderr)


def all_of(case, files, hops):
    return all(counts(case, file)[:2] == (hops, 0) for file in files)


def restarted():
    report = json.loads(run("restarted", "report", "app.log", "--json").stdout)
    said = run("restarted", "report", "app.log").stderr
    return report["pool"]["threads_seen"] == 3 and len(report["processes"]) == 3 and "3 starts" in said


def refused(case, file, *words):
    ran = run(case, "report", file)
    return ran.returncode == 3 and all(word in ran.stderr for word in words) and "RUST_LOG" not in ran.stderr


def twice():
    hops, lost, said = counts("twice-the-same", "app.log.1", "app.log.1.gz")
    return hops == 2 and lost == 0 and "again" in said


CHECKS = {
    "crcrlf": lambda: all_of("crcrlf", ["app.log"], 2),
    "fluentd-log": lambda: all_of("fluentd-log", ["app.log"], 2),
    "journald-null": lambda: counts("journald-null", "app.json")[0] == 1
    and "--all" in counts("journald-null", "app.json")[2],
    "json-one-line": lambda: all_of("json-one-line", ["array.json", "es-search.json", "concatenated.json"], 2),
    "restarted": restarted,
    "torn-info-then-hop": lambda: counts("torn-info-then-hop", "app.log")[0] == 2,
    "twice-the-same": twice,
    "wrapped-vector": lambda: refused("wrapped-vector", "app.log", "jq -r .message app.log | tollbridge report -"),
    "xz": lambda: refused("xz", "app.log.xz", "xz -dc app.log.xz | tollbridge report -"),
}

wrong = 0
for case in sorted(os.listdir(cases)):
    if case in CHECKS:
        right = CHECKS[case]()
        wrong += not right
        print(f"{case:20} {'right' if right else 'WRONG'}")
    else:
        wrong += case not in OPEN
        print(f"{case:20} {'open' if case in OPEN else 'UNKNOWN: say what is right'}")
sys.exit(f"command_cases: {wrong} wrong" if wrong else 0)
PY
