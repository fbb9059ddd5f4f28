"""What an app says of itself: its "truth ..." lines, made from its own stamps. Nothing of tollbridge is in them."""

import re
from dataclasses import dataclass, field


@dataclass
class Series:
    """Durations that an app stamped, in us."""

    n: int
    mean: float
    p50: float
    p99: float
    max: float


@dataclass
class Truth:
    """The lines of one run."""

    series: dict = field(default_factory=dict)
    # Single numbers by their word: wall, cpu (s), threads, called, sites, hops, joined, cancelled.
    numbers: dict = field(default_factory=dict)
    finished: bool | None = None


SERIES = re.compile(r"truth (.+): n (\d+) mean ([\d.]+) us p50 ([\d.]+) p99 ([\d.]+) max ([\d.]+)$")
NUMBER = re.compile(r"\b(wall|cpu|threads|called|timed out|sites|hops|joined|cancelled) (\d+(?:\.\d+)?)")


def parse(text: str) -> Truth:
    """Reads the lines; other lines of the app are passed over."""
    truth = Truth()
    for line in text.splitlines():
        if not line.startswith("truth "):
            continue
        if found := SERIES.match(line):
            name, n, *figures = found.groups()
            truth.series[name] = Series(int(n), *map(float, figures))
            continue
        if line.startswith("truth finished"):
            truth.finished = True
        elif line.startswith("truth DEADLOCKED"):
            truth.finished = False
        for word, number in NUMBER.findall(line):
            truth.numbers[word] = float(number)
    return truth
