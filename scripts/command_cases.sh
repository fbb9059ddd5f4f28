#!/bin/sh
# Inputs that the command once got wrong, each held to its right value: `NAME/RIGHT.txt` says which. They stand beside the checkout.
# Says of each: right, wrong, or open (not mended yet; where it comes right, take it out of OPEN).
#
#   scripts/command_cases.sh [FOLDER]
#   TOLLBRIDGE=target/release/tollbridge scripts/command_cases.sh
set -eu
cd "$(dirname "$0")/.."
cases="${1:-../shared/cases/command}"
if [ ! -d "$cases" ]; then
    echo "command_cases: SKIPPED, there is no folder $cases"
    exit 0
fi
if [ -z "${TOLLBRIDGE:-}" ]; then
    cargo build --locked --quiet -p tollbridge-cli --bin tollbridge
    TOLLBRIDGE=target/debug/tollbridge
fi
exec python3 - "$TOLLBRIDGE" "$cases" <<'PY'
import json, os, re, shutil, subprocess, sys, tempfile

tool, cases = os.path.abspath(sys.argv[1]), sys.argv[2]
OPEN = set()
# Nothing here can print on paper.
ELSEWHERE = {"paper": "see scripts/browser.sh, which prints"}


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
    # Hops of two runs in two forms, and none of them twice.
    layers = counts("twice-the-same", "fmt-and-json-layer.log")[:2]
    return (hops, lost, layers) == (2, 0, (4, 0)) and "again" in said


def in_folder(case, file, name, *arguments):
    """What comes of a copy of the case's file, and what then stands in its folder."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(os.path.join(cases, case, file), os.path.join(folder, name))
        ran = subprocess.run([tool, *arguments], cwd=folder, capture_output=True)
        read = lambda file: open(os.path.join(os.fsencode(folder), file), "rb").read()
        return ran.returncode, {file: read(file) for file in os.listdir(os.fsencode(folder))}


def busy_threads():
    """No stretch of the page's time strips has more threads busy than the pool has, or more hops in flight than there are tasks."""
    code, files = in_folder("busy-threads", "report.json", "report.json", "html", "report.json", "-o", "x.html")
    page = files[b"x.html"].decode()
    data = json.loads(re.search(r'id="time-data">(.*?)</script>', page, re.S).group(1))
    most = lambda column: max(block[column] for block in data["blocks"][:-1]) / data["length_ns"]
    # A report of before knows only when hops ended, and the page shows neither.
    return code == 0 and (not data["is_known"] or (most(2) <= 64 and most(3) <= 4))


def page_keeps_its_input():
    code, files = in_folder("html-eats-input", "keep.html", "app.html", "html", "app.html")
    return code in (2, 4) and not files[b"app.html"].startswith(b"<!DOCTYPE")


def name_of_any_bytes():
    code, files = in_folder("non-utf8-out", "report.json", "r.json", "export", "r.json", "--to", "csv", "-o", b"x\xff.csv")
    return code == 0 and len(files.get(b"x\xff.csv", b"")) > 0


def many_sites():
    told = run("many-sites", "report", "report.json").stdout
    verdicts = json.loads(run("many-sites", "verdicts", "report.json", "--json").stdout)["verdicts"]
    return "no site has 100 timed hops" not in told and len(verdicts) > 0


CHECKS = {
    "busy-threads": busy_threads,
    "crcrlf": lambda: all_of("crcrlf", ["app.log"], 2),
    "fluentd-log": lambda: all_of("fluentd-log", ["app.log"], 2),
    "html-eats-input": page_keeps_its_input,
    "journald-null": lambda: counts("journald-null", "app.json")[0] == 1
    and "--all" in counts("journald-null", "app.json")[2],
    "json-one-line": lambda: all_of("json-one-line", ["array.json", "es-search.json", "concatenated.json"], 2),
    "many-sites": many_sites,
    "non-utf8-out": name_of_any_bytes,
    "restarted": restarted,
    "torn-info-then-hop": lambda: counts("torn-info-then-hop", "app.log")[0] == 2,
    "twice-the-same": twice,
    "wrapped-vector": lambda: refused("wrapped-vector", "app.log", "jq -r .message app.log | tollbridge report -"),
    "xz": lambda: refused("xz", "app.log.xz", "xz -dc app.log.xz | tollbridge report -"),
}

wrong = 0
for case in sorted(os.listdir(cases)):
    if case in CHECKS and CHECKS[case]():
        told = "right, and no longer open" if case in OPEN else "right"
    else:
        told = ELSEWHERE.get(case) or ("open" if case in OPEN else "WRONG" if case in CHECKS else "UNKNOWN: say what is right")
    wrong += told not in ("right", "open", *ELSEWHERE.values())
    print(f"{case:20} {told}")
sys.exit(f"command_cases: {wrong} wrong" if wrong else 0)
PY
