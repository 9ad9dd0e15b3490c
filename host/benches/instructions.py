#!/usr/bin/env python3
"""Counts the instructions of some commands of `ensurepip-host`.

Times of a machine that does something else as well differ by more than most changes do. The number
of instructions hardly differs, so that a change of a few per cent is seen in three runs. It does
where a thread is at work that nobody waits for in the end: the spread tells what can be seen.

callgrind of Valgrind counts them, or, where that is missing, `perf stat`. Neither counts what the
kernel does, nor tells how long an instruction takes: what counts for users is in `compare.py`.
callgrind lets the program's threads run in turns, and knows no `openat2`: the program then resolves
paths name by name, as on an older kernel. It counts this process and not those that it starts, so
that only commands are here that start none.

Needs Python 3.8 and a Unix. Exit status: 0, also if nothing here can count; 1 if anything else is
missing or fails, or 2 if the command line is wrong.
"""

import os
import platform
import re
import shutil
import tempfile

import report
from command_line import end_by, make_parser, parse
from measure import Failure, measure, scratch_below, unchanged, write_json
from pythons import copy_of, find_program, find_python, make_image


def main():
    parser = make_parser("Counts the instructions of some commands of ensurepip-host.", 3)
    parser.add_argument("--tool", choices=list(TOOLS), help="what counts (the first that can)")
    end_by(count, parse(parser))


def count(options):
    """Prepares, counts and prints everything."""
    binary = find_program(options.binary)
    python = find_python(options.python)
    own = os.path.dirname(python.executable)
    counts, skipped = {}, []
    with scratch_below(options.directory, own) as scratch, unchanged(binary):
        tool = choose_tool([options.tool] if options.tool else list(TOOLS), scratch, skipped)
        facts = {
            "program": binary,
            "size": f"{os.path.getsize(binary)} bytes",
            "counted": f"by {tool or 'nothing'}",
            "python": python.version,
            "machine": platform.platform(),
            "runs": f"{options.runs} after {options.warmup} that fill caches",
        }
        print(report.facts(facts), flush=True)
        if tool:
            image = os.path.join(scratch.base, "image")
            make_image(python, image, scratch)
            rows = plan(image, binary, scratch)
            if options.other:
                other = plan(image, find_program(options.other), scratch)
                rows += [(f"other build: {name}", *row) for name, *row in other]
            for name, tree, command in rows:
                rounds = range(options.warmup + options.runs)
                of = [once(tool, command, tree, scratch) for _ in rounds]
                counts[name] = of[options.warmup:]
    result = {"facts": facts, "skipped": skipped, "counts": counts}
    print(report.counting(result, report.plain))
    write_json(options.json, result)


def plan(image, binary, scratch):
    """What is run: a name, the tree that is put into the target, and from that to the command."""
    full = tempfile.mkdtemp(prefix="image-with-pip-", dir=scratch.base)
    copy_of(image)(full)

    def install(target):
        return [binary, "--no-compile", "--root", target]

    measure(install(full), scratch)
    return [
        ("ensurepip-host --version", None, lambda _: [binary, "--version"]),
        ("ensurepip-host --root IMAGE --no-compile, pip is there", full, install),
        ("ensurepip-host --root IMAGE --no-compile", image, install),
    ]


def once(tool, command, tree, scratch):
    """The instructions of a command, in a new target."""
    target = scratch.new_target()
    if tree:
        copy_of(tree)(target)
    return TOOLS[tool](command(target), scratch)


def choose_tool(names, scratch, skipped):
    """The first that counts, tried with a command that does nothing."""
    for name in names:
        try:
            TOOLS[name]([shutil.which("true")], scratch)
            return name
        except Failure as problem:
            reason = str(problem).splitlines()[0]
            skipped.append(f"{name}: {reason}")
    return None


def callgrind(command, scratch):
    """Counts by Valgrind, which runs the program in a machine of its own."""
    valgrind = found("valgrind")
    report_file = f"--callgrind-out-file={os.path.join(scratch.base, 'callgrind')}"
    measure([valgrind, "--tool=callgrind", report_file, *command], scratch)
    with open(scratch.log, encoding="utf-8", errors="replace") as log:
        return number(r"Collected : (\d+)", log.read())


def perf(command, scratch):
    """Counts by the CPU itself, which a virtual one may not be able to."""
    counted = os.path.join(scratch.base, "perf")
    perf_stat = [found("perf"), "stat", "-x,", "-e", "instructions:u", "-o", counted]
    measure([*perf_stat, *command], scratch)
    with open(counted, encoding="utf-8") as file:
        return number(r"(?m)^(\d+),", file.read())


TOOLS = {"callgrind": callgrind, "perf": perf}


def found(program):
    path = shutil.which(program)
    if path is None:
        raise Failure(f"{program} is not on PATH")
    return path


def number(pattern, text):
    match = re.search(pattern, text)
    if match is None:
        raise Failure("it counts no instructions on this machine")
    return int(match.group(1))


if __name__ == "__main__":
    main()
