"""Beginnings and ends (the app `life`): exit codes, hops and messages of processes that end, fork and move in every way.

A run that nothing ends in order (exit, a signal) has to keep what the last checkpoint saw: half of a short life at least, and of
a longer one all but a second (CHECKPOINT_INTERVAL and what a busy machine adds)."""

import signal
from dataclasses import dataclass

from expect import Row, count

SHORT, LATEST_S = 0.4, 1.2


@dataclass
class Life:
    mode: str
    truth: str
    # Of a run: what is shown, and whether it is right.
    shown: object
    kill: tuple | None = None
    out: str | None = None

    def rows(self, machine):
        variables = {} if self.out is None else {"out": self.out}
        run = machine.start("life", self.mode, limit=20, kill=self.kill, TOLLBRIDGE="locks", **variables)
        shown, ok = self.shown(run)
        name = f"life {self.mode}"
        if self.kill:
            name += f", {self.kill[0].name} at {self.kill[1]} s"
        return run, [Row(name, "exit code, hops, words", self.truth, shown, "", ok)]


def hops(run):
    """joined, detached, in flight, cancelled; None if there is no report."""
    return {k: run.shown.outcomes[k] for k in ("joined", "detached", "in_flight", "cancelled", "panicked")} if run.shown else None


def counted(found):
    if found is None:
        return "no report"
    return ", ".join(f"{n:,} {k.replace('_', ' ')}" for k, n in found.items() if n) or "0 hops"


def whole(code=0, says="", **expected):
    """The report of a run that ended in order."""

    def shown(run):
        found = hops(run)
        words = [f"exit {run.code}", counted(found)]
        right = run.code == code and found is not None and all(found[k] == n for k, n in expected.items())
        if says:
            words.append(line(run, says))
            right &= says in run.stderr
        return "; ".join(words), right

    return shown


def line(run, says):
    """Whether a line of stderr holds it."""
    return f"says {says!r}" if says in run.stderr else f"does not say {says!r}"


def least(code, of):
    """Of a short run that nothing ended in order: half of its hops."""

    def shown(run):
        found = run.shown.joined() if run.shown else 0
        return f"exit {run.code}; {count(found)} joined", run.code == code and SHORT * of <= found <= of

    return shown


def cut(code):
    """Of one that a signal ended: what a checkpoint saw, and at most one hop in flight, since there is one at a time."""

    def shown(run):
        if run.shown is None:
            return f"exit {run.code}; no report", False
        seen, flying = run.shown.length_s, run.shown.outcomes["in_flight"]
        ok = run.code == code and seen >= min(run.seconds - LATEST_S, SHORT * run.seconds) and run.shown.joined() > 0 and flying <= 1
        if run.seconds > 2:
            ok &= seen >= run.seconds - LATEST_S
        return f"exit {run.code}; {seen:.2f} s of {run.seconds:.2f}; {count(run.shown.joined())} joined, {flying} in flight", ok

    return shown


def says(code, words, hops_too=None):
    """A line on stderr, and no report or one without these hops."""

    def shown(run):
        ok = run.code == code and words in run.stderr.lower()
        if hops_too is not None:
            ok &= run.shown is not None and run.shown.joined() == hops_too
        first = next((text for text in run.stderr.splitlines() if words in text.lower()), "")
        return f"exit {run.code}; {first[:60] or 'no such line'}", ok

    return shown


def aborted(run):
    truth, found = run.truth.numbers, hops(run)
    ok = found is not None and (found["joined"], found["cancelled"]) == (truth["joined"], truth["cancelled"])
    return f"{found and found['joined']} joined, {found and found['cancelled']} cancelled; truth {truth['joined']:.0f}, {truth['cancelled']:.0f}", ok


def at_once(run):
    """The child says that nothing of it is recorded at its first hop: before it is done."""
    at, done = run.stderr.find("fork"), run.stderr.find("done")
    return f"exit {run.code}; {'before its end' if 0 <= at < done else 'at its end' if at >= 0 else 'nothing'}", run.code == 0 and 0 <= at < done


LIVES = [
    Life("noinit", "a line that names init", says(0, "init")),
    Life("late", "500 joined", whole(joined=500)),
    Life("twice", "500 joined", whole(joined=500)),
    Life("underscore", "a line about the guard", says(0, "guard")),
    Life("taskdrop", "500 joined", whole(joined=500)),
    Life("inhop", "500 joined, 1 in flight", whole(joined=500, in_flight=1)),
    Life("mainreturns", "500 joined, 20 in flight", whole(joined=500, in_flight=20)),
    Life("sigterm_app", "exit 0, complete", lambda run: (
        f"exit {run.code}; {'complete' if run.shown and run.shown.report['processes'][0]['complete'] else 'not complete'}; {counted(hops(run))}",
        run.code == 0 and run.shown is not None and run.shown.report["processes"][0]["complete"] and hops(run)["detached"] <= 1,
    ), (signal.SIGTERM, 1.5)),
    Life("panic", "exit 101, 500 joined", whole(101, joined=500)),
    Life("exit", "exit 3, half of 500 or more", least(3, 500)),
    Life("leak", "exit 0, half of 500 or more", least(0, 500)),
    Life("static", "exit 0, half of 500 or more", least(0, 500)),
    Life("jobpanic", "500 joined, 30 panicked", whole(joined=500, panicked=30)),
    *(Life("run", "all but a second", cut(-kind), (kind, 2.5)) for kind in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGABRT)),
    Life("run", "half of it or more", cut(-signal.SIGTERM), (signal.SIGTERM, 0.6)),
    Life("chdir", "15,000 joined", whole(joined=15_000), out="tollbridge-out"),
    Life("outgone", "a line about the report", says(0, "report"), out="tollbridge-out"),
    Life("forkafter", "a line about the fork", says(0, "fork")),
    Life("daemon", "a line about the fork, at its first hop", at_once),
    Life("daemonfirst", "500 joined", whole(joined=500)),
    Life("threadhandle", "1,200 joined, 1,200 detached", whole(joined=1_200, detached=1_200)),
    Life("abortjobs", "as the app counted", aborted),
]
