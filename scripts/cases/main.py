"""Runs the cases, prints the table, and fails where something is out. Called by scripts/cases.sh."""

import argparse
import sys
import time
from pathlib import Path

from expect import CASES, Row
from follow import advice, follow
from life import LIVES
from run import Machine

WIDEST = 60


def table(rows, header):
    """Lines of equal columns; the last one is not padded."""
    cells = [header] + [(r.case, r.what, r.truth, short(r.shown), r.difference, {True: "ok", False: "OUT", None: ""}[r.ok]) for r in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells]


def short(text):
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."


def main():
    parser = argparse.ArgumentParser(prog="scripts/cases.sh", description="what tollbridge shows of the cases, against their own stamps")
    parser.add_argument("--quick", action="store_true", help="truth and state, no following")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of runs for a piece of advice (at least 5)")
    parser.add_argument("--parse", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--programs", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--command", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--table", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("cases", nargs="*", help="beginnings of names of cases; all of them if none is given")
    options = parser.parse_args()
    if options.pairs < 5:
        parser.error("--pairs: at least 5")
    for one in options.cases:
        if not any(name.startswith(one) for name in [case.name for case in CASES] + [f"life {life.mode}" for life in LIVES]):
            parser.error(f"no case begins with {one!r}")
    if options.parse:
        return 0
    chosen = lambda name: not options.cases or any(name.startswith(one) for one in options.cases)
    machine = Machine(options.source, options.programs, options.command, options.work)
    begin = time.monotonic()
    rows, followed, left = [], [], []
    advised = []
    for case in CASES:
        if not chosen(case.name):
            continue
        progress(begin, case.name)
        run, found = case.rows(machine)
        rows += found
        can, cannot = advice(case, run)
        advised += [(case, one) for one in can]
        left += [f"{case.name}: {one}" for one in cannot]
    for life in LIVES:
        if chosen(f"life {life.mode}"):
            progress(begin, f"life {life.mode}")
            rows += life.rows(machine)[1]
    for case, one in advised if not options.quick else []:
        progress(begin, f"{case.name}: {one.verdict}, {options.pairs} pairs")
        followed += follow(machine, case, one, options.pairs)
    lines = table(rows, ("case", "quantity", "truth", "shown", "difference", ""))
    if options.quick:
        left += [f"{case.name}: {one.verdict} (--quick)" for case, one in advised]
    else:
        title = ("advice followed", "quantity", "before", "after", "change [middle half]", "")
        lines += [""] + (table(followed, title) if followed else ["no advice could be followed"])
    if left:
        lines += ["", "not followed here:"] + [f"  {one}" for one in left]
    out = [row for row in rows + followed if row.ok is False]
    lines += ["", f"{len(rows) + len(followed)} rows, {len(out)} OUT"]
    text = "\n".join(lines) + "\n"
    options.table.write_text(text)
    print(text, end="")
    progress(begin, "done")
    return 1 if out else 0


def progress(begin, what):
    print(f"cases: {time.monotonic() - begin:4.0f} s  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
