#!/usr/bin/env python3
"""Compares `ensurepip-host` with what else puts pip into a directory, as whole processes.

A benchmark inside the process would leave out what a user waits for: loading the program, asking
the interpreter, and every process that is started on the way. So whole commands are run, all of
them in each round, in an order that changes with the round: whatever else the machine does in the
meantime, it does to all of them.

Nothing but the options has a say. The commands get a new environment (PATH, and a home and a
temporary directory of their own), an empty target for each run, and no reason to use the network.
What they write lies on the file system of `--directory`.

Needs Python 3.8 and a Unix, no more. Exit status: 0, 1 if anything is missing or fails, or 2 if
the command line is wrong.
"""

import argparse
import collections
import glob
import json
import os
import platform
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# What is asked of the Python. A distributor's wheel directory comes first, as it does in ensurepip.
QUESTION = """
import ensurepip, json, os, sys, sysconfig
bundled = os.path.join(os.path.dirname(ensurepip.__file__), "_bundled")
directories = [path for path in (sysconfig.get_config_var("WHEEL_PKG_DIR"), bundled) if path]
print(json.dumps([sys.executable, sys.version.split()[0], ensurepip.version(), directories]))
"""

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

LEGEND = """\
wall   ms from the start of the command to its end, with warm caches
CPU    ms, user and system, of the command and all processes it waited for; the median
peak   MiB resident in the largest single one of these processes (RUSAGE_CHILDREN); the maximum.
       It is no sum: processes at the same time, as a bytecode worker for each CPU, take more.
       Less than a shell takes, 1 to 4 MiB, cannot be told.
files  in the target afterwards, bytecode (.pyc) among them
ratio  of the median wall time to that of ensurepip-host, with or without bytecode as the row is:
       above 1, ensurepip-host is faster. Where `installed` differs, so did the work."""

# `command` takes the target. Rows of equal `bytecode` are compared; without any, none is installed.
Case = collections.namedtuple("Case", "name bytecode command")
Sample = collections.namedtuple("Sample", "wall_ms cpu_ms peak_mib files pyc installed")
Scratch = collections.namedtuple("Scratch", "base target log environment")


class Failure(Exception):
    """Something is missing or did not work; the text is for people."""


def main():
    try:
        if os.name != "posix":
            raise Failure("only a Unix counts what a command and its children take")
        compare(parse_options())
    except (Failure, OSError) as problem:
        sys.exit(f"error: {problem}")


def parse_options():
    description = "Compares ensurepip-host with what else puts pip into a directory."
    parser = argparse.ArgumentParser(description=description, allow_abbrev=False)
    release = os.path.join(REPOSITORY, "target", "release", "ensurepip-host")
    add = parser.add_argument
    add("--binary", metavar="PATH", default=release,
        help="the program (this repository's release build)")
    add("--python", metavar="PATH", default="python3", help="install for this Python (python3)")
    add("--runs", metavar="N", type=int, default=7, help="timed rounds (7)")
    add("--warmup", metavar="N", type=int, default=1, help="untimed rounds before (1)")
    add("--directory", metavar="DIR", default=tempfile.gettempdir(),
        help="work below DIR; in memory (tmpfs), the file system costs least")
    add("--json", metavar="FILE", help="write every sample to FILE as well")
    add = parser.add_mutually_exclusive_group().add_argument
    add("--wheel", metavar="PATH", help="a wheel of pip for all but ensurepip, not the bundled one")
    add("--same-wheel", action="store_true", help="the wheel of the Python's ensurepip for all")
    options = parser.parse_args()
    if options.runs < 1 or options.warmup < 0:
        parser.error("there must be a run to time")
    return options


def compare(options):
    """Prepares, runs and prints everything."""
    binary = shutil.which(os.path.abspath(options.binary))
    if binary is None:
        raise Failure(f"no program {options.binary}: build it, or name one by --binary")
    if not os.path.isdir(options.directory):
        raise Failure(f"no directory {options.directory}")
    # In the caller's own environment: the name may be that of a shim, which decides by it.
    python, version, *own_pip = json.loads(ask([options.python, "-I", "-c", QUESTION]))
    wheel = choose_wheel(options, binary, *own_pip)

    place = os.path.realpath(options.directory)
    with tempfile.TemporaryDirectory(prefix="compare-", dir=place) as base:
        scratch = make_scratch(base)
        ours = [binary]
        if options.wheel or options.same_wheel:
            # In a directory of its own: where there are several, the program takes the newest.
            os.mkdir(os.path.join(base, "wheel"))
            shutil.copy(wheel, os.path.join(base, "wheel"))
            ours += ["--wheel-dir", os.path.join(base, "wheel")]
        # Without pip: where there is one, ensurepip has nothing to do.
        measure([python, "-m", "venv", "--without-pip", os.path.join(base, "venv")], scratch)
        cases, skipped = plan(ours, os.path.join(base, "venv", "bin", "python"), wheel, scratch)
        facts = {
            "program": " ".join(ours),
            "size": f"{os.path.getsize(binary)} bytes, {describe_symbols(binary)}",
            "wheel": wheel,
            "python": f"{version} ({python}); its ensurepip has pip {own_pip[0]}",
            "machine": f"{platform.platform()}, {os.cpu_count()} CPUs",
            "runs": f"{options.runs} after {options.warmup} untimed, each into a new R in {base}",
        }
        print(*(f"{name + ':':<9}{fact}" for name, fact in facts.items()), sep="\n", flush=True)
        before = os.stat(binary)
        samples = run_rounds(cases, options.warmup, options.runs, scratch)
        if (before.st_ino, before.st_mtime) != (os.stat(binary).st_ino, os.stat(binary).st_mtime):
            raise Failure(f"{binary} was built anew meanwhile: these were times of two programs")

    print_table(cases, samples)
    print(*(f"skipped: {name}, which is not on PATH" for name in skipped), LEGEND, sep="\n")
    if options.json:
        rows = {name: [sample._asdict() for sample in of] for name, of in samples.items()}
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"facts": facts, "skipped": skipped, "samples": rows}, file, indent=1)


def ask(command):
    """The last line that a command prints."""
    if shutil.which(command[0]) is None:
        raise Failure(f"no program {command[0]}")
    pipe = subprocess.PIPE
    answer = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)
    if answer.returncode != 0 or not answer.stdout.strip():
        raise Failure(f"{command[0]} gave no answer (status {answer.returncode}):\n{answer.stderr}")
    return answer.stdout.splitlines()[-1]


def choose_wheel(options, binary, own_version, own_directories):
    """The wheel for all but ensurepip, which takes none but its own."""
    if options.wheel:
        if not os.path.isfile(options.wheel):
            raise Failure(f"no wheel {options.wheel}")
        return os.path.abspath(options.wheel)
    version, directories = own_version, own_directories
    if not options.same_wheel:
        version = ask([binary, "--version"]).split()[-1]
        directories = [os.path.join(REPOSITORY, "wheels")]
    for directory in directories:
        for wheel in glob.glob(os.path.join(glob.escape(directory), f"pip-{version}-*.whl")):
            return wheel
    raise Failure(f"no wheel of pip {version} in {' or '.join(directories)}: name one by --wheel")


def make_scratch(base):
    """All that the commands know of this machine: no PIP_… or PYTHON…, and nobody's home."""
    names = ("PATH", "LD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in names if name in os.environ}
    for name in ("HOME", "TMPDIR"):
        environment[name] = os.path.join(base, name.lower())
        os.mkdir(environment[name])
    return Scratch(base, os.path.join(base, "R"), os.path.join(base, "log"), environment)


def describe_symbols(program):
    """Whether an ELF file (64 bits, little endian) is without a symbol table."""
    with open(program, "rb") as file:
        head = file.read(64)
        if head[:6] != b"\x7fELF\x02\x01":
            return "and of a format of which this cannot tell whether it is stripped"
        (table,) = struct.unpack_from("<Q", head, 0x28)
        size, count = struct.unpack_from("<HH", head, 0x3A)
        file.seek(table)
        kinds = [struct.unpack_from("<I", file.read(size), 4)[0] for _ in range(count)]
    symbol_table = 2
    return "not stripped" if symbol_table in kinds else "stripped"


def plan(ours, python, wheel, scratch):
    """What to run, ours before what is compared with it; and what cannot be run here."""
    install = [*ours, "--python", python, "--root"]
    ensurepip = [python, "-m", "ensurepip", "--root"]
    uv = "uv pip install --no-config --no-cache --no-index --offline --python".split() + [python]
    # The floor: whoever installs this tree has these files to write.
    tree = os.path.join(scratch.base, "tree")
    os.mkdir(tree)
    measure([*install, tree], scratch)
    cases = [
        Case("ensurepip-host --version", None, lambda r: [ours[0], "--version"]),
        Case("ensurepip-host --root R --no-compile", "no", lambda r: [*install, r, "--no-compile"]),
        Case("ensurepip-host --root R", "yes", lambda r: [*install, r]),
        Case("python -m ensurepip --root R", "yes", lambda r: [*ensurepip, r]),
        Case("unzip -q WHEEL -d R", "no", lambda r: ["unzip", "-q", wheel, "-d", r]),
        Case("uv pip install --target R WHEEL", "no", lambda r: [*uv, "--target", r, wheel]),
        Case("cp -r TREE/. R", "yes", lambda r: ["cp", "-r", os.path.join(tree, "."), r]),
    ]
    missing = [name for name in ("unzip", "uv") if shutil.which(name) is None]
    return [case for case in cases if case.name.split()[0] not in missing], missing


def run_rounds(cases, warmup, runs, scratch):
    """Samples by name of case."""
    samples = {case.name: [] for case in cases}
    for number in range(warmup + runs):
        # Nobody always comes after the same one; yet the orders are the same whenever this is run.
        for case in random.Random(number).sample(cases, len(cases)):
            os.mkdir(scratch.target)
            # No command is to wait for what the one before it left to be written.
            os.sync()
            sample = measure(case.command(scratch.target), scratch)
            shutil.rmtree(scratch.target)
            if case.bytecode and "pip-" not in sample.installed:
                raise Failure(f"`{case.name}` ended well, but there is no pip in its target")
            if number >= warmup:
                samples[case.name].append(sample)
    return samples


def measure(command, scratch):
    """Runs a command to its end, and looks at what it left in the target."""
    wrapper = ["sh", "-c", WRAPPER, "sh", scratch.log, sys.executable, REPORT, *command]
    # Without a buffer, a line is seen when it is written.
    with subprocess.Popen(
        wrapper, bufsize=0, cwd=scratch.environment["HOME"], env=scratch.environment,
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
    files, distributions = [], set()
    for _, directories, names in os.walk(scratch.target):
        files += names
        distributions.update(name[:-10] for name in directories if name.endswith(".dist-info"))
    pyc = sum(name.endswith(".pyc") for name in files)
    cpu, installed = float(report[0]), ", ".join(sorted(distributions))
    return Sample(1000 * wall, 1000 * cpu, peak, len(files), pyc, installed)


def print_table(cases, samples):
    base = {}
    rows = ["|wall min|median|max|CPU|peak|files|.pyc|ratio|bytecode|installed".split("|")]
    for case in cases:
        walls, cpus, peaks, files, pycs, installed = zip(*samples[case.name])
        median = statistics.median(walls)
        numbers = (min(walls), median, max(walls), statistics.median(cpus), max(peaks))
        row = [case.name, *(f"{number:.1f}" for number in numbers)]
        if case.bytecode:
            ratio = median / base.setdefault(case.bytecode, median)
            row += [str(files[-1]), str(pycs[-1]), f"{ratio:.2f}", case.bytecode, installed[-1]]
        rows.append(row + ["-"] * (len(rows[0]) - len(row)))
    widths = [max(map(len, column)) for column in zip(*rows)]
    print()
    for name, *cells, last in rows:
        middle = (cell.rjust(width) for cell, width in zip(cells, widths[1:]))
        print(name.ljust(widths[0]), *middle, last, sep="  ")
    print()


if __name__ == "__main__":
    main()
