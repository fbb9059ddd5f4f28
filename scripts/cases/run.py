"""Runs an app of the cases."""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import truth
from shown import Shown


@dataclass
class Run:
    """One run, over."""

    code: int | None  # None: it hung, and was killed
    truth: truth.Truth
    stderr: str
    seconds: float
    shown: Shown | None  # of the first report
    reports: int


class Machine:
    """Where the programs are, and a folder for what they leave."""

    def __init__(self, source: Path, programs: Path, command: Path, work: Path):
        self.source, self.programs, self.command, self.work = source, programs, command, work
        self.runs = 0

    def line(self, app, marker):
        """`main.rs:LINE:` of an app's line that holds the marker: its site, wherever the app has moved it."""
        for at, line in enumerate((self.source / app / "src/main.rs").read_text().splitlines(), 1):
            if marker in line:
                return f"{app}/src/main.rs:{at}:"
        raise SystemExit(f"cases: {app}: no line holds {marker!r}")

    def start(self, app, arguments, *, limit, kill=None, out=None, **variables):
        """Runs it and reads what it left. `kill`: (signal, seconds after which it is sent). `out`: TOLLBRIDGE_OUT, a folder of the
        run's own if None. `variables`: TOLLBRIDGE and others; there is a report only if one of them arms."""
        self.runs += 1
        folder = self.work / f"run-{self.runs}"
        folder.mkdir(parents=True)
        # Nothing of the caller's: neither what arms, nor where reports go.
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("TOLLBRIDGE", "RUST_LOG"))}
        environment |= {"TOLLBRIDGE_OUT": str(folder / "out") if out is None else out, **variables}
        begin = time.monotonic()
        with open(folder / "stdout", "wb") as stdout, open(folder / "stderr", "wb") as stderr:
            process = subprocess.Popen([self.programs / app, *arguments.split()], cwd=folder, env=environment, stdout=stdout, stderr=stderr)
            try:
                code = process.wait(kill[1] if kill else limit)
            except subprocess.TimeoutExpired:
                process.send_signal(kill[0] if kill else signal.SIGKILL)
                code = process.wait()
                code = code if kill else None
        seconds = time.monotonic() - begin
        # A daemon goes on when its parent has ended.
        if "daemon" in arguments:
            until(lambda: "done" in (folder / "stderr").read_text())
        found = sorted(folder.glob("**/report.json"))
        shown = Shown(self.command, found[0]) if found else None
        read = lambda name: (folder / name).read_text(errors="replace")
        run = Run(code, truth.parse(read("stdout")), read("stderr"), seconds, shown, len(found))
        shutil.rmtree(folder)
        return run


def until(done, seconds=5.0):
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.2)
