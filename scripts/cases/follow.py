"""Follows advice: the same app with the advised number, in pairs, in turn, without a capture."""

from dataclasses import dataclass
from statistics import median

from expect import Row, us

SLOWER, LATER = 0.05, 0.10


@dataclass
class Advice:
    """An argument of the app that does what a verdict advises."""

    verdict: str
    argument: str  # pool=N, batch=N


def advice(case, run):
    """What can be followed by an argument, and the verdicts that cannot."""
    follow, left = {}, []
    for verdict in run.shown.verdicts if run.shown else []:
        if verdict.threads and case.request:
            follow.setdefault(f"pool={verdict.threads}", str(verdict))
        elif verdict.jobs and case.batch:
            follow.setdefault(f"batch={verdict.jobs}", str(verdict))
        elif not verdict.attempt.startswith("nothing"):
            left.append(str(verdict))
    return [Advice(verdict, argument) for argument, verdict in follow.items()], left


def with_argument(arguments, argument):
    word = argument.split("=")[0] + "="
    return " ".join([one for one in arguments.split() if not one.startswith(word)] + [argument])


def follow(machine, case, advised, pairs):
    """Yields the rows of one advice."""
    arguments = [case.follow_arguments, with_argument(case.follow_arguments, advised.argument)]
    name = f"{case.name} {advised.argument}"
    before, after = [], []
    for pair in range(pairs):
        for side in (0, 1) if pair % 2 == 0 else (1, 0):
            run = machine.start(case.app, arguments[side], limit=case.limit, TOLLBRIDGE="off")
            if side and (run.code != 0 or run.truth.finished is False):
                yield Row(name, advised.verdict, "it goes on", "hangs" if run.code is None else f"stops, exit {run.code}", f"pair {pair + 1}", False)
                return
            (after if side else before).append(run.truth)
    # Each figure: its name, how to get it, how much it may grow, or None where it is shown alone.
    figures = []
    if case.request and not case.batch:
        figures += [(f"{case.request}, mean", lambda t: t.series[case.request].mean, SLOWER, us)]
        figures += [(f"{one}, p99", lambda t, one=one: t.series[one].p99, LATER, us) for one in (case.request, *case.also)]
    if case.batch:
        # A batch is not a line: what counts is when all of them are written.
        figures += [("wall", lambda t: t.numbers["wall"], SLOWER, seconds)]
    if all("cpu" in t.numbers for t in before + after):
        figures += [("CPU time", lambda t: t.numbers["cpu"], None, seconds)]
    for what, value, allowed, text in figures:
        if any(_missing(value, t) for t in before + after):
            yield Row(name, what, "stamps", "none", "", False)
            continue
        ratios = sorted(value(b) / value(a) for a, b in zip(before, after))
        change = median(ratios) - 1
        # OUT needs three pairs of four to agree: on a busy machine single pairs differ by half.
        low, high = ratios[len(ratios) // 4] - 1, ratios[-1 - len(ratios) // 4] - 1
        yield Row(
            name, f"{what}, {advised.verdict}" if allowed and what.endswith("mean") else what, text(median(map(value, before))),
            text(median(map(value, after))), f"{change:+.0%} [{low:+.0%}, {high:+.0%}]", None if allowed is None else change <= allowed or low <= 0,
        )


def seconds(value):
    return f"{value:.3f} s"


def _missing(value, truth):
    try:
        return not value(truth)
    except KeyError:
        return True
