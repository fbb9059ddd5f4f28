"""The cases: which app, with which arguments, and what has to hold of what tollbridge shows of it.

A figure has to lie within 5 % of the app's own stamps, or within the floor that stands beside it here: what lies between
two stamps that are made one after the other, and what the system counts in steps."""

import signal
from dataclasses import dataclass

ALLOWED = 0.05
# Durations, in us: the app's stamp lies outside the call, and is taken before the closure is made.
FLOOR_US = 1.0
# Once in a run, of however many hops, a thread loses its processor between the app's stamp and the hop's.
SLICE_US = 8_000.0
# CPU time, in s: what the process did before `init`, and between the app's stamp and the guard's drop.
FLOOR_CPU_S = 0.02
# Threads that are none of the pool: main, two workers, tollbridge's writer. A worker may hand its core to another thread.
OTHER_THREADS, FLOOR_THREADS = 4, 2
# A p99 of fewer hops is one of a handful of them: the next one may be far off.
LEAST_FOR_P99 = 1_000
# On a full machine the p99 is that of hops whose thread lost its processor between two stamps, other ones in each run. What is wrong
# is so each time.
RUNS = 3
# After its last stamp the job of `logline` frees its lines and writes the stamp down, with a cold cache where lines come slowly: mean, p99.
# A second pair of stamps around the whole of it found 0.6 to 0.9 us in the mean, and up to 4 us in the p99, on either side of these.
FLOOR_LOGLINE_US = (5.0, 10.0)
WAIT = ("submit", "backlog", "start", "reach")
HOP = ("hop",)


@dataclass
class Row:
    """A line of the table."""

    case: str
    what: str
    truth: str
    shown: str
    difference: str
    ok: bool | None  # None: shown alone, nothing has to hold


class Case:
    """One app with its arguments, its checks, and how its advice can be followed."""

    def __init__(self, name, app, arguments, *checks, limit=30, kill=None, request=None, also=(), follow=None, batch=False, **variables):
        self.name, self.app, self.arguments, self.checks = name, app, arguments, checks
        self.limit, self.kill, self.variables = limit, kill, variables
        # The series that following must not make slower; more of which only the p99 counts; the arguments to follow with.
        self.request, self.also, self.follow_arguments = request, also, arguments if follow is None else follow
        # Whether the app has an argument batch=N.
        self.batch = batch

    def rows(self, machine):
        """The run that counts, and its rows: the first one in which all figures are near, or else the last."""
        for number in range(1, RUNS + 1):
            run = machine.start(
                self.app, self.arguments, limit=self.limit, kill=self.kill, TOLLBRIDGE="locks", TOLLBRIDGE_SUMMARY="off", **self.variables
            )
            rows = list(self.judge(machine, run))
            out = [row for row in rows if row.ok is False]
            # States and verdicts have to be right in every run.
            if not out or not all(row.difference.endswith("%") for row in out):
                break
        if number > 1:
            rows.append(Row(self.name, "runs until all figures were near", "", str(number), "", None))
        return run, rows

    def judge(self, machine, run):
        if run.code is None:
            yield Row(self.name, "the run", "ends", f"hangs after {self.limit} s", "", False)
        if run.shown is None:
            yield Row(self.name, "report.json", "1", "none", "", False)
            return
        for check in self.checks:
            try:
                for what, truth, shown, difference, ok in check(machine, self, run):
                    yield Row(self.name, what, truth, shown, difference, ok)
            # A stamp or a member that is not there.
            except (KeyError, TypeError) as error:
                yield Row(self.name, "a check", "figures", f"{type(error).__name__}: {error}", "", False)


def us(value):
    if value is None:
        return "-"
    return f"{value / 1e6:.3g} s" if value >= 1e6 else f"{value / 1e3:.3g} ms" if value >= 1e3 else f"{value:.3g} us"


def near(what, truth, shown, text=us, floor=0.0, allowed=ALLOWED):
    """A row of a figure that has to be near the truth."""
    if truth is None or shown is None:
        return what, text(truth) if truth is not None else "none", text(shown) if shown is not None else "none", "", False
    off = shown - truth
    difference = f"{off / truth:+.1%}" if truth else text(off)
    within = abs(off) <= allowed * truth
    if not within and abs(off) <= floor:
        difference += f" (floor {text(floor)})"
    return what, text(truth), text(shown), difference, within or abs(off) <= floor


def count(value):
    return "none" if value is None else f"{value:,.0f}"


def time(series, phases, at=None, what=None, floor=FLOOR_US):
    """Mean, and p99 where one phase is nearly all of it, of a sum of phases against a series. `at`: text of the site's line."""

    floors = floor if isinstance(floor, tuple) else (floor, floor)

    def check(machine, case, run):
        stamped = run.truth.series.get(series)
        where = at and machine.line(case.app, at)
        name = what or series
        least = max(floors[0], SLICE_US / stamped.n) if stamped else 0.0
        yield near(f"{name}, mean", stamped and stamped.mean, run.shown.mean_us(phases, where), floor=least)
        if stamped and stamped.n >= LEAST_FOR_P99 and (p99 := run.shown.p99_us(phases, where)):
            yield near(f"{name}, p99", stamped.p99, p99, floor=floors[1])

    return check


def total(name, value):
    """A count that has to be exact. `value(run)` gives truth and shown."""

    def check(machine, case, run):
        truth, shown = value(run)
        yield name, count(truth), count(shown), "", truth == shown

    return check


def figure(name, value, text=count, floor=0.0):
    """`value(machine, case, run)` gives truth and shown."""

    def check(machine, case, run):
        truth, shown = value(machine, case, run)
        yield near(name, truth, shown, text, floor)

    return check


def fact(name, truth, value):
    """What has to be. `value(machine, case, run)` gives what is shown and whether that is right."""

    def check(machine, case, run):
        shown, ok = value(machine, case, run)
        yield name, truth, str(shown), "", ok

    return check


def joined(series):
    return total("hops joined", lambda run: (run.truth.series[series].n, run.shown.joined()))


def cpu():
    return figure("CPU time", lambda m, c, run: (run.truth.numbers["cpu"], run.shown.cpu_s), lambda s: f"{s:.3f} s", FLOOR_CPU_S)


def threads():
    truth = lambda run: run.truth.numbers["threads"] - OTHER_THREADS
    return figure("pool threads", lambda m, c, run: (truth(run), run.shown.report["pool"]["threads_seen"]), floor=FLOOR_THREADS)


def says(*rules):
    """One of these rules applies."""
    return fact("verdict", " or ".join(rules), lambda m, c, run: (run.shown.says, any(one.rule in rules for one in run.shown.verdicts)))


def says_not(rule):
    return fact("verdict", f"not {rule}", lambda m, c, run: (run.shown.says, all(one.rule != rule for one in run.shown.verdicts)))


def pool(case):
    """The pool of a run."""
    return next(int(word[5:]) for word in case.arguments.split() if word.startswith("pool="))


def no_pool(which, wrong):
    """No advice with a number for the pool for which `wrong(number, pool)`."""

    def value(m, case, run):
        numbers = [one.threads for one in run.shown.verdicts if one.threads]
        return run.shown.says, not any(wrong(number, pool(case)) for number in numbers)

    return fact("pool advised", f"no {which}", value)


def no_larger():
    return no_pool("larger one", lambda number, pool: number > pool)


def no_smaller():
    return no_pool("smaller one", lambda number, pool: number < pool)


def at_most(enough):
    """No number above twice what is enough, by the app's callers and jobs."""
    return no_pool(f"more than {2 * enough}", lambda number, pool: number > 2 * enough)


def busy(least):
    return fact("pool busy", f">= {least:.0%}", lambda m, c, run: (f"{run.shown.busy:.1%}", least <= run.shown.busy <= 1.001))


def in_order(pairs):
    """Of the hops that could follow another of their task, how many are known to: `sequences`. `pairs`: the app's own count."""

    def value(m, c, run):
        found = run.shown.report["sequences"]
        return pairs, sum(one["hops"] for one in found)

    return figure("hops in sequences", value)


def bursts(hops, at):
    """Hops that are known to be called in a row or burst by one task, of so many."""

    def value(machine, case, run):
        sites = run.shown.sites(machine.line(case.app, at))
        return hops, sum(site["in_a_row"] + site["in_a_burst"] for site in sites)

    return figure("in a row or burst", value)


def running(name, at, expected, floor=0.0):
    """Jobs of a site that run when the report is taken; `expected(run)`."""

    def value(machine, case, run):
        return expected(run), sum(one["running"]["count"] for one in run.shown.live_sites(machine.line(case.app, at)))

    return figure(name, value, floor=floor)


def live_total(what):
    return lambda run: sum(one[what]["count"] for one in run.shown.live["sites"])


def deadlocked(running, queued):
    """A deadlock that names both sites."""

    def check(machine, case, run):
        outer, inner = machine.line("nested", "h.block_on("), machine.line("nested", "async fn storage_read")
        found = run.shown.live["deadlocks"]
        names = [f"{w['site'].rsplit('/', 1)[-1]} on {w['queued_site'].rsplit('/', 1)[-1]}" for d in found for w in d["waits"]]
        right = any(outer in w["site"] and inner in w["queued_site"] for d in found for w in d["waits"])
        yield "deadlock", f"{outer.rsplit('/')[-1]} on {inner.rsplit('/')[-1]}", "; ".join(names) or "none", "", right
        yield "jobs running", count(running), count(live_total("running")(run)), "", live_total("running")(run) == running
        yield "jobs queued", count(queued), count(live_total("queued")(run)), "", live_total("queued")(run) == queued
        yield "verdict", "deadlock", run.shown.says, "", any("deadlock" in one.rule for one in run.shown.verdicts)

    return check


def pools():
    """Two runtimes told apart: each site's hops on one pool, and the small one's threads."""

    def check(machine, case, run):
        known = {one["runtime"]: one["threads_seen"] for one in run.shown.report["pools"]}
        where = {}
        for name, at in ("web", "let w = web.spawn"), ("batch", "let b = batch.spawn"):
            where[name] = {n for site in run.shown.sites(machine.line(case.app, at)) for n in site["pools"]}
        apart = all(len(one) == 1 for one in where.values()) and where["web"] != where["batch"]
        yield "runtimes of the sites", "one each", f"web {sorted(where['web'])}, batch {sorted(where['batch'])}", "", apart
        batch = [known.get(int(number)) for number in where["batch"]]
        yield "threads of batch's pool", "2", ", ".join(map(str, batch)), "", batch == [2]

    return check


def abandoned(series, at):
    """Runs of jobs whose handle was dropped."""

    def check(machine, case, run):
        stamped = run.truth.series[series]
        found = [one["unjoined_run_ns"] for one in run.shown.sites(machine.line(case.app, at)) if one["unjoined_run_ns"]]
        runs = sum(one["count"] for one in found)
        yield near("abandoned jobs that ended", stamped.n, runs, count)
        yield near("abandoned jobs' run, mean", stamped.mean, sum(one["sum"] for one in found) / runs / 1e3 if runs else None)

    return check


def job_cpu(ms, at):
    """CPU time of a job, from the sample that is looked at."""

    def value(machine, case, run):
        where = machine.line(case.app, at)
        found = [one for one in run.shown.report["cpu"] if where in one["site"]]
        jobs = sum(one["jobs"] for one in found)
        return ms * 1e3, sum(one["cpu_ns"] for one in found) / jobs / 1e3 if jobs else None

    return figure("CPU time of a job", value, us)


def screen_without(words):
    return fact("the screen", f"not {words!r}", lambda m, c, run: (words in run.shown.screen and "it does" or "it does not", words not in run.shown.screen))


def sites():
    def check(machine, case, run):
        dropped = run.shown.report["dropped"]
        names = {(one["site"], one["job"]) for one in run.shown.report["sites"]}
        hops = run.truth.numbers["hops"]
        yield "hops joined", count(hops), count(run.shown.joined()), "", hops == run.shown.joined()
        yield "hops lost", "0", count(dropped["hops"]), "", dropped["hops"] == 0
        yield "the screen", "0 lost", next((w for w in run.shown.screen.splitlines()[0].split(", ") if "lost" in w), "-"), "", " 0 lost" in run.shown.screen
        yield "sites, with <other>", "1,024 or more", count(len(names)), "", len(names) >= 1_024
        first = run.shown.verdicts[0] if run.shown.verdicts else None
        yield "first verdict", "of a site", str(first and first.site), "", first is None or first.site != "<other>"

    return check


def nested_calls():
    """Hops that a job called: as many as requests."""

    def value(machine, case, run):
        where = machine.line("nested", "async fn storage_read")
        return run.truth.series["request"].n, sum(site["nested"] for site in run.shown.sites(where))

    return figure("hops called in jobs", value)


CASES = [
    Case(
        "overload", "overload", "pool=64 rounds=3",
        time("queue wait (call to job start)", WAIT, what="call to start"), time("job run", ("run",)), joined("job run"),
        cpu(), threads(), request="request",
    ),
    Case(
        "overload at 512", "overload", "pool=512 fan=400 us=5000",
        time("queue wait (call to job start)", WAIT, what="call to start"), time("job run", ("run",)), joined("job run"),
        cpu(), threads(), no_larger(), request="request",
    ),
    Case("nested, stuck", "nested", "pool=8 callers=16 secs=4", deadlocked(8, 16), busy(0.9), cpu(), threads()),
    Case(
        "nested, stuck, killed", "nested", "pool=8 callers=16 secs=30", deadlocked(8, 16), busy(0.9), kill=(signal.SIGKILL, 3.5),
    ),
    Case(
        "nested beside 32 tasks", "nested", "pool=512 callers=6 n=60 us=50 think=20000 mix=32 secs=10",
        time("request", HOP, "h.block_on("), nested_calls(), cpu(), no_smaller(), request="request",
    ),
    Case(
        "timeouts", "timeouts", "pool=16", abandoned("trace job run", "TRACE.add"), time("good: call to start", WAIT, "GOOD_Q.add"),
        time("good: whole", HOP, "GOOD_Q.add"), busy(0.8), threads(), says("leak"), at_most(34), request="good: whole",
    ),
    Case(
        "timeouts, leak", "timeouts", "pool=512 per_s=30 job_ms=60000 secs=6",
        running("abandoned jobs running", "TRACE.add", lambda run: run.truth.numbers["called"], floor=1),
        time("good: whole", HOP, "GOOD_Q.add"), busy(0.45), threads(), says("leak"), request="good: whole",
    ),
    Case(
        "loops", "loops", "pool=16 secs=5", running("endless jobs running", "|| consumer(i)", lambda run: 14),
        time("short: call to start", WAIT, "Q.add"), time("short run", ("run",), "Q.add"), busy(0.9), says("stuck"), at_most(30),
        request="short: call to start", TOLLBRIDGE_STUCK="2s",
    ),
    Case(
        "hash", "hash", "pool=512 secs=4", time("hash request", HOP), time("job run", ("run",)), joined("job run"), cpu(), threads(),
        job_cpu(8, "compute(Duration"), says("jobs-compute"), no_larger(), request="hash request", also=("async ping lateness",),
    ),
    Case(
        "hash, pool 2", "hash", "pool=2 secs=3", time("hash request", HOP), cpu(), no_larger(),
        request="hash request", also=("async ping lateness",),
    ),
    Case(
        "dbpool", "dbpool", "pool=16 secs=3", time("call to start", WAIT), time("request", HOP), joined("request"), cpu(), threads(), no_larger(),
        request="request",
    ),
    Case("dbpool at 512", "dbpool", "pool=512 secs=3", time("request", HOP), cpu(), no_larger(), request="request"),
    Case(
        "unpolled", "unpolled", "", time("the spawn_blocking call", ("submit",)),
        time("call returned to first poll", ("unpolled",), what="ready and not awaited"), time("hop", HOP), joined("hop"),
        says_not("unpolled"), request="hop",
    ),
    Case("logline", "logline", "", time("job run", ("run",), floor=FLOOR_LOGLINE_US), bursts(29_999, "let s = Instant::now(); let mut f"), cpu(), batch=True),
    Case(
        "logline, parses", "logline", "lines=5000 parse=15", time("job run", ("run",), floor=FLOOR_LOGLINE_US),
        bursts(4_999, "let s = Instant::now(); let mut f"), says("small-work", "sequence"), says_not("lone-work"), batch=True,
    ),
    Case(
        "logline, parses long", "logline", "lines=1000 parse=1000", time("job run", ("run",), floor=FLOOR_LOGLINE_US),
        bursts(999, "let s = Instant::now(); let mut f"), batch=True,
    ),
    Case(
        "foreign", "foreign", "pool=32 secs=6", time("own: call to start", WAIT), time("own run", ("run",)), time("own whole", HOP),
        joined("own whole"), says("unseen-jobs"), screen_without("starting threads"), request="own whole",
    ),
    Case(
        "foreign, one caller", "foreign", "pool=256 dns=400 ms=100 own=1 secs=6", time("own: call to start", WAIT), time("own whole", HOP),
        joined("own whole"), says("unseen-jobs"), screen_without("starting threads"), says_not("long-tail"), request="own whole",
    ),
    Case(
        "bip", "bip", "pool=4", time("hop: call to start", WAIT), joined("job end to awaiter"), says("starved", "unseen-jobs"),
        screen_without("starting threads"), request="hop: call to start",
    ),
    Case(
        "wraponly", "wraponly", "pool=2", time("call to start", WAIT), time("run", ("run",)), joined("run"), says("backlog"), at_most(16),
        request="call to start",
    ),
    Case("sites", "sites", "", sites()),
    Case("runtimes", "runtimes", "pool=2 secs=3", time("batch: call to start", WAIT, "let b = batch.spawn"), pools(), at_most(8), request="batch: call to start"),
    *(Case(f"mini {shape}", "mini", shape, in_order(3_999), total("hops joined", lambda run: (4_000, run.shown.joined()))) for shape in ("seq1", "join", "alt", "helper", "fsjoin")),
]
