"""Attacks an armed app, and checks that it ends as the same app does when nothing is armed. Called by scripts/attack.sh.

Each attack is a function below; its first line is what the table says. It returns what was seen, and raises Harmed or Skipped."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

PROGRAM, WORK = Path(sys.argv[1]), Path(sys.argv[2])
CHOSEN = sys.argv[3:]
ATTACKS = []
# A run that takes longer than this hangs.
LIMIT = 120


class Harmed(Exception):
    """The app is not as it would be without the profiler."""


class Skipped(Exception):
    """A right or a tool is missing."""


def attack(function):
    ATTACKS.append(function)
    return function


def start(*arguments, out=None, limits=(), armed=True, program=PROGRAM, **more):
    """Starts the app. `limits`: pairs of a resource and its soft and hard limit."""
    variables = {**os.environ, "TOLLBRIDGE": "locks" if armed else "off", "TOLLBRIDGE_OUT": str(out or WORK / "out"), **more.pop("env", {})}
    before = more.pop("before", None)

    def limited():
        for kind, value in limits:
            resource.setrlimit(kind, (value, value))
        if before:
            before()

    return subprocess.Popen(
        [program, *map(str, arguments)], env=variables, stdout=subprocess.PIPE, stderr=more.pop("stderr", subprocess.PIPE), text=True,
        preexec_fn=limited, **more,
    )


def ended(process, limit=LIMIT):
    """Its exit code, and the words name=number that it printed."""
    try:
        told, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Harmed(f"hangs after {limit} s") from None
    words = dict(word.split("=", 1) for word in told.split() if "=" in word)
    return process.returncode, words, errors or ""


def fine(*arguments, **more):
    """Runs the app to its end, which has to be a good one."""
    code, words, errors = ended(start(*arguments, **more))
    if code != 0 or int(words.get("done", 0)) == 0:
        raise Harmed(f"exit {code}, {words} {errors.strip()[-300:]}")
    return words, errors


def folder(name):
    path = WORK / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    return path


def reports(path):
    return sorted(path.glob("*/report.json"))


def whole(path):
    """A report that is whole, or an error."""
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise Harmed(f"{path.name} is torn: {error}") from None


def is_complete(out):
    """Whether the run's last report is there."""
    found = reports(out)
    return bool(found) and whole(found[0])["processes"][0]["complete"]


@attack
def kill():
    """SIGKILL at random, 50 times"""
    oldest = []
    for _ in range(5):
        out = folder("kill")
        running = [(start("storm", 20, 4, out=out), time.monotonic(), random.uniform(0.1, 3)) for _ in range(10)]
        for process, begun, after in sorted(running, key=lambda one: one[2]):
            time.sleep(max(0, begun + after - time.monotonic()))
            process.send_signal(signal.SIGKILL)
            killed = time.time()
            process.communicate()
            found = list(out.glob(f"*-{process.pid}-*/report.json"))
            if found:
                whole(found[0])
                oldest.append(killed - found[0].stat().st_mtime)
            elif after > 0.5:
                raise Harmed(f"killed after {after:.1f} s, and no report")
    return f"{len(oldest)} reports, all whole; the oldest was {max(oldest):.1f} s old"


@attack
def stop():
    """SIGSTOP for 2 s, then SIGCONT"""
    out = folder("stop")
    process = start("storm", 4, 8, out=out)
    time.sleep(1)
    process.send_signal(signal.SIGSTOP)
    time.sleep(2)
    process.send_signal(signal.SIGCONT)
    code, words, _ = ended(process)
    if code != 0 or not is_complete(out):
        raise Harmed(f"exit {code}, {words}")
    return "goes on, and its report is complete"


def mounted(path, options):
    if os.geteuid() != 0:
        raise Skipped("only root mounts")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], capture_output=True).returncode != 0:
        raise Skipped("no file system can be mounted here")


def with_mounted(options, body):
    path = folder("disk")
    mounted(path, options)
    try:
        return body(path)
    finally:
        subprocess.run(["umount", "-l", path], capture_output=True)


@attack
def small_disk():
    """a disk of 16 KiB"""
    def body(path):
        fine("storm", 2, 8, out=path)
        return "the app is unharmed"
    return with_mounted("size=16k", body)


@attack
def full_disk():
    """a disk that is filled in mid run, and freed"""
    def body(path):
        process = start("storm", 6, 8, out=path)
        time.sleep(1.5)
        with open(path / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                pass
        time.sleep(1.5)
        whole(reports(path)[0])
        (path / "filler").unlink()
        code, words, _ = ended(process)
        if code != 0 or not is_complete(path):
            raise Harmed(f"exit {code}, {words}")
        return "whole all the time, and complete at the end"
    return with_mounted("size=2m", body)


@attack
def read_only():
    """a disk that is read-only from the beginning, or becomes so"""
    def body(path):
        process = start("storm", 3, 8, out=path)
        time.sleep(1)
        subprocess.run(["mount", "-o", "remount,ro", path], check=True, capture_output=True)
        code, words, errors = ended(process)
        if code != 0 or "failed to write" not in errors:
            raise Harmed(f"exit {code}, {words} {errors[-200:]}")
        fine("storm", 1, 8, out=path)
        return "said, and the app is unharmed"
    return with_mounted("size=2m", body)


@attack
def no_folder():
    """a file, /dev/full and a removed folder as the place for reports; stderr closed and full"""
    (WORK / "file").write_text("somebody's")
    for out in (WORK / "file", "/dev/full", "/proc/none"):
        fine("storm", 1, 4, out=out)
    with open("/dev/full", "w") as full:
        for stderr in (full, subprocess.DEVNULL):
            fine("storm", 1, 4, out=folder("no-err"), stderr=stderr)
    fine("storm", 1, 4, out=folder("no-err"), before=lambda: os.close(2))
    if (WORK / "file").read_text() != "somebody's":
        raise Harmed("somebody's file was written")
    return "the app is unharmed"


@attack
def folder_removed():
    """the run's folder is removed in mid run"""
    out = folder("removed")
    process = start("storm", 4, 8, out=out)
    time.sleep(1.5)
    for run in out.iterdir():
        shutil.rmtree(run, ignore_errors=True)
    code, words, _ = ended(process)
    if code != 0 or not is_complete(out):
        raise Harmed(f"exit {code}, {words}, {len(reports(out))} reports")
    return "made again, and its report is complete"


@attack
def file_size():
    """RLIMIT_FSIZE of 0, 1, 4 and 20 KiB"""
    for limit in (0, 1, 4, 20):
        fine("storm", 2, 8, out=folder("fsize"), limits=[(resource.RLIMIT_FSIZE, limit << 10)])
    return "only the files suffer"


@attack
def few_descriptors():
    """RLIMIT_NOFILE of 8 to 20, RLIMIT_AS of 100 to 400 MB: as when off"""
    tried = [(resource.RLIMIT_NOFILE, count) for count in (8, 10, 12, 14, 20)]
    tried += [(resource.RLIMIT_AS, megabytes << 20) for megabytes in (100, 200, 400)]
    for limit in tried:
        codes = [ended(start("storm", 1, 4, out=folder("limits"), limits=[limit], armed=armed))[0] for armed in (False, True)]
        if codes[0] == 0 and codes[1] != 0:
            raise Harmed(f"limit {limit}: exit {codes[1]} armed, {codes[0]} off")
    return f"{len(tried)} limits, each as when off"


@attack
def chroot():
    """a root folder without /proc and /sys"""
    if os.geteuid() != 0:
        raise Skipped("only root changes its root")
    root = folder("root")
    (root / "tmp").mkdir()
    shutil.copy(PROGRAM, root / "app")
    linked = subprocess.run(["ldd", PROGRAM], capture_output=True, text=True).stdout
    for word in linked.split():
        if word.startswith("/") and Path(word).is_file():
            there = root / word[1:]
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(word, there)
    def enter():
        os.chroot(root)
        os.chdir("/")
    fine("storm", 2, 8, program="/app", before=enter, out="/tmp/out")
    found = reports(root / "tmp/out")
    if not found:
        raise Harmed("no report")
    whole(found[0])
    return "its report is readable"


# The wall clock jumps by 400 days, forwards and backwards, as the steady one goes on.
STEPS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(id, at);
    if (done == 0 && id == CLOCK_REALTIME) {
        struct timespec steady;
        real(CLOCK_MONOTONIC, &steady);
        at->tv_sec += (steady.tv_sec % 3 - 1) * 86400 * 400;
    }
    return done;
}
"""
# Renaming a file takes 8 s, as on a server that does not answer.
HANGS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
int rename(const char *from, const char *to) {
    static int (*real)(const char *, const char *);
    if (!real) real = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
    sleep(8);
    return real(from, to);
}
"""


def preloaded(name, text):
    """Variables of an app that runs with this C code in place of the system's."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler:
        raise Skipped("no C compiler")
    source, library = WORK / f"{name}.c", WORK / f"{name}.so"
    source.write_text(text)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library)}


@attack
def clock_steps():
    """the wall clock jumps by 400 days, forwards and backwards"""
    out = folder("steps")
    fine("storm", 4, 8, out=out, env=preloaded("steps", STEPS))
    report = whole(reports(out)[0])
    outcomes = report["outcomes"]
    counted = sum(outcomes[name] for name in ("joined", "panicked", "cancelled", "detached", "in_flight"))
    if outcomes["submitted"] != counted or report["clock"]["corrected"] != 0:
        raise Harmed(f"{outcomes}, {report['clock']['corrected']} corrected")
    return f"{counted:,} hops, all counted, none corrected"


@attack
def hanging_disk():
    """a file system that takes 8 s to rename a file"""
    begun = time.monotonic()
    process = start("storm", 3, 8, out=folder("hangs"), env=preloaded("hangs", HANGS))
    first = process.stdout.readline()
    armed = time.monotonic() - begun
    code, words, errors = ended(process)
    took = time.monotonic() - begun
    # 0.2 s for `init`, 1 s for the guard, and what a busy machine adds.
    if code != 0 or not first.startswith("pid=") or armed > 1.0 or took > 5.5:
        raise Harmed(f"exit {code}, {words}: init took {armed:.1f} s, all of it {took:.1f} s of 3")
    return f"init goes on after {armed:.2f} s, the guard after {took - armed - 3:.2f} s: {errors.strip().splitlines()[-1][:80]}"


@attack
def one_exact_folder():
    """six processes in one exact folder, a reader every 2 ms"""
    out = folder("shared")
    path = out / "report.json"
    running = [start("exact", 4, 4, out=out) for _ in range(6)]
    torn, read = 0, 0
    while any(process.poll() is None for process in running):
        try:
            json.loads(path.read_bytes())
        except FileNotFoundError:
            continue
        except ValueError:
            torn += 1
        read += 1
        time.sleep(0.002)
    for process in running:
        if ended(process)[0] != 0:
            raise Harmed(f"exit {process.returncode}")
    left = sorted(one.name for one in out.iterdir())
    if torn or left != ["report.json"]:
        raise Harmed(f"{torn} of {read} reads were torn; {left}")
    return f"{read:,} reads, none torn"


@attack
def affinity():
    """all threads are sent from one processor to the other every 3 ms"""
    words, _ = fine("affinity", 4, out=folder("affinity"))
    return f"{int(words['done']):,} hops, {words.get('corrected')} corrected, {words.get('outliers')} outliers"


@attack
def threads():
    """10,000 threads at once, one hop each"""
    off, _ = fine("threads", 10_000, armed=False)
    words, _ = fine("threads", 10_000, out=folder("threads"))
    return f"{words['joined']} joined, {words['kib_each']} KiB a thread, {off['kib_each']} when off"


@attack
def in_flight():
    """100,000 hops in flight at once"""
    off, _ = fine("inflight", 100_000, armed=False)
    words, _ = fine("inflight", 100_000, out=folder("inflight"))
    return f"{int(words['kib']) >> 10} MiB, {int(off['kib']) >> 10} when off"


@attack
def runtimes():
    """1,000 runtimes, ended in every way"""
    words, _ = fine("runtimes", 1_000, out=folder("runtimes"))
    return f"{words['submitted']} submitted, {words['ended']} ended, {int(words['kib']) >> 10} MiB"


@attack
def captures():
    """10,000 captures, armed and ended"""
    words, _ = fine("captures", 10_000)
    return f"{words['grown_kib']} KiB grown"


@attack
def fork():
    """2,000 children, each forked off while others hop and report"""
    words, _ = fine("fork", 2_000, 1, out=folder("fork"))
    return f"{words['hung']} hung, {words['harmed']} harmed"


def main():
    known = {function.__name__: function for function in ATTACKS}
    unknown = [name for name in CHOSEN if name not in known]
    if unknown:
        print(f"attack: no attack is called {unknown[0]}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    harmed = 0
    for function in [known[name] for name in CHOSEN] or ATTACKS:
        try:
            seen, word = function(), "ok"
        except Skipped as why:
            seen, word = str(why), "SKIPPED"
        except Harmed as how:
            seen, word = str(how), "HARMED"
            harmed += 1
        print(f"{word:<8} {function.__doc__}: {seen}", flush=True)
    print(f"attack: {harmed} harmed")
    return 1 if harmed else 0


if __name__ == "__main__":
    sys.exit(main())
