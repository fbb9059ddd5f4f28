"""What tollbridge shows of a run: `report --json`, the screen, and `verdicts --json`."""

import json
import re
import subprocess

# A number for the pool, or for a cap of a site, in a verdict's code or words.
THREADS = [
    r"max_blocking_threads\((\d[\d_,]*)\)",
    r"Semaphore::new\((\d[\d_,]*)\)",
    r"(\d[\d,]*) blocking threads",
    r"(\d[\d,]*) (?:of them )?at a time",
]
JOBS = [r"(\d[\d,]*) or more jobs", r"[Bb]atch (\d[\d,]*)", r"(\d[\d,]*) jobs (?:per call|in one hop)"]


def number(patterns, text):
    """The first number that one of the patterns finds."""
    for pattern in patterns:
        if found := re.search(pattern, text):
            return int(re.sub("[_,]", "", found[1]))
    return None


class Verdict:
    def __init__(self, json):
        self.rule = json["rule"]
        self.site = (json["site"] or {}).get("site")
        self.attempt = json["attempt"]
        words = f"{json['code'] or ''} {json['attempt']}"
        self.threads = number(THREADS, words)
        self.jobs = number(JOBS, words)

    def __str__(self):
        figure = f" {self.threads} threads" if self.threads else f" {self.jobs} jobs" if self.jobs else ""
        return f"{self.rule}{figure}"


class Shown:
    def __init__(self, tollbridge, file):
        def read(*arguments):
            done = subprocess.run([tollbridge, *arguments, str(file)], capture_output=True, text=True, timeout=60)
            if done.returncode:
                raise RuntimeError(f"tollbridge {' '.join(arguments)}: {done.stderr.strip()}")
            return done.stdout

        self.report = json.loads(read("report", "--json"))
        self.screen = read("report", "--all", "--color", "never")
        self.verdicts = [Verdict(one) for one in json.loads(read("verdicts", "--json"))["verdicts"]]

    @property
    def outcomes(self):
        return self.report["outcomes"]

    @property
    def live(self):
        return self.report["live"] or {"sites": [], "waits": [], "deadlocks": []}

    def groups(self, at=None):
        """Groups of joined hops; `at` is the beginning of a site ("path:line:")."""
        return [g for g in self.report["groups"] if g["key"]["outcome"] == "joined" and is_at(g["key"]["site"], at)]

    def sites(self, at=None):
        return [site for site in self.report["sites"] if is_at(site["site"], at)]

    def live_sites(self, at=None):
        return [site for site in self.live["sites"] if is_at(site["site"], at)]

    def joined(self, at=None):
        return sum(group["hop_ns"]["count"] for group in self.groups(at))

    def mean_us(self, phases, at=None):
        """Mean sum of these phases of the joined hops, in us; `hop` is the whole hop. None if there is none."""
        hops = self.joined(at)
        found = [part for group in self.groups(at) for part in parts(group, phases)]
        return sum(part["sum"] for part in found) / hops / 1e3 if hops and found else None

    def p99_us(self, phases, at=None):
        """The p99 that the screen shows for a sum of phases: that of its largest phase, where this is nearly all of it."""
        whole = self.mean_us(phases, at)
        for phase in phases if whole else []:
            found = [part for group in self.groups(at) for part in parts(group, [phase])]
            if self.mean_us([phase], at) and self.mean_us([phase], at) >= 0.9 * whole and len(found) == 1:
                return found[0]["p99"] / 1e3
        return None

    @property
    def busy(self):
        """Share of the pool threads' time in which they ran jobs."""
        pool = self.report["pool"]
        return (pool["busy_ns"] or 0) / pool["thread_ns"] if pool["thread_ns"] else 0.0

    @property
    def cpu_s(self):
        known = [process["cpu"]["cpu_ns"] for process in self.report["processes"] if process["cpu"]]
        return sum(known) / 1e9 if known else None

    @property
    def length_s(self):
        return max(process["duration_ns"] for process in self.report["processes"]) / 1e9

    @property
    def says(self):
        return ", ".join(map(str, self.verdicts)) or "nothing"


def parts(group, phases):
    """Distributions of these phases, as far as the group has them."""
    return [part for phase in phases if (part := group["hop_ns"] if phase == "hop" else group["phases"].get(phase))]


def is_at(site, at):
    return at is None or at in site
