"""Runs whole commands, and measures them: time, memory, and what they leave.

A benchmark inside the process would leave out what a user waits for: loading the program, asking
the interpreter, and every process that is started on the way. So whole commands are run, all of
them in each round, in an order that changes with the round: whatever else the machine does in the
meantime, it does to all of them.

Nothing but the options has a say. The commands get a new environment (PATH, and a home and a
temporary directory of their own), a new target for each run, and no reason to use the network.

Nothing is removed in between, all of it in the end: ext4 without a journal uses no inode again
within minutes of its removal, and whoever makes a file there walks past all of these. A removed
target would make whatever comes after it slower, and so the more, the more were removed.
"""

import collections
import contextlib
import dataclasses
import itertools
import json
import mmap
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

# Tells when a command starts, how it ended, and what it took. Linux counts a peak from the fork on:
# what is started from this very process has the size of a Python for its least. A shell is small,
# and after `exec` it is a Python that can be asked what the shell's children took.
WRAPPER = """
log=$1 python=$2 report=$3; shift 3
echo; "$@" >"$log" 2>&1; echo $?; exec "$python" -I -S -c "$report"
"""
REPORT = """
from resource import RUSAGE_CHILDREN, getrusage
user, system, peak = getrusage(RUSAGE_CHILDREN)[:3]
print(user + system, peak)
"""

Sample = collections.namedtuple("Sample", "wall_ms cpu_ms peak_mib files pyc installed")


class Failure(Exception):
    """Something is missing or did not work; the text is for people."""


@dataclasses.dataclass
class Scratch:
    """Where the commands work, and all that they know of this machine."""
    base: str
    # In a directory of its own, where commands may leave something beside it.
    target: str
    put_away: str
    log: str
    environment: dict
    numbers: object = dataclasses.field(default_factory=itertools.count)

    def new_target(self):
        """An empty directory, always of the same path, which bytecode holds. The last is put away."""
        place = os.path.dirname(self.target)
        if os.path.exists(place):
            os.rename(place, os.path.join(self.put_away, f"{next(self.numbers):06}"))
        os.makedirs(self.target)
        return self.target

    def remove_targets(self):
        """For those that are too large to be kept."""
        for directory in (os.path.dirname(self.target), self.put_away):
            shutil.rmtree(directory)
        os.mkdir(self.put_away)


@dataclasses.dataclass
class Case:
    """A command to measure."""
    name: str
    # Rows of one group do the same work.
    group: str
    # From the target to the command.
    command: object
    # The letter of our row that this one is compared with; ours have one themselves.
    against: str = None
    letter: str = None
    # Makes of the empty target what the command needs; it is not measured.
    prepare: object = None
    environment: dict = dataclasses.field(default_factory=dict)
    # How many times pip must be in the target afterwards.
    copies: int = 1
    # What is told of it besides, for reports.
    count: int = None


@contextlib.contextmanager
def scratch_below(directory, first_on_path):
    """All that the commands know of this machine: no PIP_… or PYTHON…, and nobody's home."""
    if not os.path.isdir(directory):
        raise Failure(f"no directory {directory}")
    place = os.path.realpath(directory)
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=place) as base:
        names = ("PATH", "LD_LIBRARY_PATH")
        environment = {name: os.environ[name] for name in names if name in os.environ}
        # Whoever looks for a Python finds the one that is meant, and no shim in front of it.
        path = environment.get("PATH", os.defpath)
        environment["PATH"] = os.pathsep.join([first_on_path, path])
        for name in ("HOME", "TMPDIR"):
            environment[name] = os.path.join(base, name.lower())
            os.mkdir(environment[name])
        target, put_away = os.path.join(base, "run", "R"), os.path.join(base, "put-away")
        os.mkdir(put_away)
        yield Scratch(base, target, put_away, os.path.join(base, "log"), environment)


def output_of(command):
    """What a command prints."""
    if shutil.which(command[0]) is None:
        raise Failure(f"no program {command[0]}")
    pipe = subprocess.PIPE
    answer = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)
    if answer.returncode != 0 or not answer.stdout.strip():
        raise Failure(f"{command[0]} gave no answer (status {answer.returncode}):\n{answer.stderr}")
    return answer.stdout


def touch_memory():
    """Has the machine at hand what memory the targets and the page cache will take.

    A virtual machine may get its memory when it first touches it, which takes longer than all that
    is measured here; and what was never in use is taken by whoever comes next.
    """
    if "SC_AVPHYS_PAGES" not in os.sysconf_names:
        # macOS does not tell, and hardly runs where this matters.
        return
    size = min(8 << 30, os.sysconf("SC_AVPHYS_PAGES") * mmap.PAGESIZE // 2)
    with mmap.mmap(-1, size) as memory:
        for offset in range(0, size, mmap.PAGESIZE):
            memory[offset] = 1


def run_rounds(cases, warmup, runs, scratch, keep=True):
    """Samples by name of case. Unless they are kept, targets go away after each round."""
    touch_memory()
    samples = {case.name: [] for case in cases}
    for number in range(warmup + runs):
        # Nobody always comes after the same one; yet the orders are the same whenever this is run.
        for case in random.Random(number).sample(cases, len(cases)):
            sample = run_once(case, scratch)
            if number >= warmup:
                samples[case.name].append(sample)
        if not keep:
            scratch.remove_targets()
    return samples


def run_once(case, scratch):
    """Measures a command in a new target, and looks at what it left there."""
    target = scratch.new_target()
    if case.prepare:
        case.prepare(target)
    before = look_into(target)
    # No command is to wait for what the one before it left to be written.
    os.sync()
    times_and_peak = measure(case.command(target), scratch, case.environment)
    files, pyc, distributions = look_into(target)
    copies = sum(name.startswith("pip-") for name in distributions)
    if copies != case.copies:
        many = f"pip is {copies} times in its target, and not {case.copies}"
        raise Failure(f"`{case.name}` ended well, but {many}")
    installed = ", ".join(sorted(set(distributions)))
    return Sample(*times_and_peak, files - before[0], pyc - before[1], installed)


def measure(command, scratch, environment=None):
    """Runs a command to its end: ms of wall time and of CPU time, and MiB at the peak."""
    wrapper = ["sh", "-c", WRAPPER, "sh", scratch.log, sys.executable, REPORT, *command]
    # Without a buffer, a line is seen when it is written.
    with subprocess.Popen(
        wrapper, bufsize=0, cwd=scratch.environment["HOME"],
        env={**scratch.environment, **(environment or {})},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
    ) as shell:
        shell.stdout.readline()
        start = time.perf_counter()
        status = shell.stdout.readline().decode().strip()
        wall = time.perf_counter() - start
        report = shell.stdout.read().split()
    if status != "0" or len(report) != 2:
        with open(scratch.log, encoding="utf-8", errors="replace") as log:
            raise Failure(f"`{' '.join(command)}` ended with status {status}:\n{log.read()}")
    # macOS counts in bytes, all others in KiB.
    peak = int(report[1]) / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return 1000 * wall, 1000 * float(report[0]), peak


def look_into(target):
    """How many files are below a directory, and bytecode among them; and what is installed."""
    files, distributions = [], []
    for _, directories, names in os.walk(target):
        files += names
        distributions += [name[:-10] for name in directories if name.endswith(".dist-info")]
    return len(files), sum(name.endswith(".pyc") for name in files), distributions


@contextlib.contextmanager
def unchanged(program):
    """Fails if a program is another one in the end."""
    def identity():
        status = os.stat(program)
        return status.st_ino, status.st_mtime

    before = identity()
    yield
    if identity() != before:
        raise Failure(f"{program} was built anew meanwhile: these were times of two programs")


def result_of(facts, skipped, cases, samples):
    """All that reports and plots are made of, as JSON has it."""
    told = ("name", "group", "letter", "against", "count")
    return {
        "facts": facts,
        "skipped": skipped,
        "cases": [{name: getattr(case, name) for name in told} for case in cases],
        "samples": {name: [sample._asdict() for sample in of] for name, of in samples.items()},
    }


def write_json(path, result):
    """Writes a result where it is wanted, if it is."""
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
