#!/usr/bin/env python3
"""Measures how `ensurepip-host` grows: with the files of a wheel, and with the roots to fill.

Wheels of some thousands of small files go into an image. And the wheel of pip goes into many
images: by a process for each of them, one after the other or as many at a time as there are CPUs,
and by one process that calls the library (the example `many_roots`, beside the program). All of it
without bytecode. The targets take eight gibibytes at the most.

`measure.py` tells how. Needs Python 3.8 and a Unix, with `xargs -P`. Exit status: 0, 1 if anything
is missing or fails, or 2 if the command line is wrong.
"""

import os
import pathlib
import platform
import random
import sys

import report
from command_line import end_by, make_parser, parse
from measure import Case, result_of, run_rounds, scratch_below, unchanged, write_json
from pythons import copy_of, find_program, find_python, make_image

sys.path.append(str(pathlib.Path(__file__).parents[2] / "tests/support"))

from made_wheel import PIP_ENTRIES, write_pip

# As many modules as are in the larger directories of pip.
IN_A_DIRECTORY = 100

# In shell, as a Python would take longer to start a process than many of them run.
EACH = 'directory=$1 count=$2 at_once=$3; shift 3; ' \
    'seq "$count" | xargs -P "$at_once" -I @ "$@" --root "$directory/@"'


def main():
    parser = make_parser("Measures how ensurepip-host grows with files and with roots.", 5)
    add = parser.add_argument
    add("--files", metavar="N", type=int, nargs="*", default=[10, 1_000, 10_000, 50_000],
        help="the files of each wheel, 50000 at the most (10 1000 10000 50000); of the smallest, a "
             "run is what a process costs by itself")
    add("--roots", metavar="N", type=int, nargs="*", default=[1, 10, 50, 200],
        help="how many roots are filled (1 10 50 200)")
    end_by(scale, parse(parser))


def scale(options):
    """Prepares, runs and prints everything."""
    binary = find_program(options.binary)
    python = find_python(options.python)
    own = os.path.dirname(python.executable)
    with scratch_below(options.directory, own) as scratch, unchanged(binary):
        image = os.path.join(scratch.base, "image")
        make_image(python, image, scratch)
        wheels = plan_files(options.files, binary, image, scratch)
        roots, skipped = plan_roots(options.roots, binary, image)
        facts = {
            "program": binary,
            "python": python.version,
            "machine": f"{platform.platform()}, {os.cpu_count()} CPUs",
            "runs": f"{options.runs} after {options.warmup} that fill caches",
            "place": scratch.base,
        }
        print(report.facts(facts), flush=True)
        samples = run_rounds(wheels, options.warmup, options.runs, scratch)
        # Each round of roots takes 6 GiB and half a million inodes: all of them are too much for a
        # tmpfs. They come last, as where removals tell (see `measure.py`), the second is slower.
        samples.update(run_rounds(roots, options.warmup, options.runs, scratch, keep=False))
    result = result_of(facts, skipped, wheels + roots, samples)
    print(report.scaling(result, report.plain))
    write_json(options.json, result)


def plan_files(counts, binary, image, scratch):
    """A wheel of each size, into an image."""
    cases = []
    for number, count in enumerate(counts):
        directory, version = os.path.join(scratch.base, f"wheel-{count}"), f"99.{number}"
        os.mkdir(directory)
        write_pip(os.path.join(directory, f"pip-{version}-py3-none-any.whl"), version,
                  modules(count - PIP_ENTRIES))
        command = [binary, "--no-compile", "--wheel-dir", directory, "--root"]
        name = f"a wheel of {count:,} files"
        cases.append(Case(name, "files", lambda r, command=command: [*command, r],
                          prepare=copy_of(image), count=count))
    return cases


def modules(count):
    """The names and contents of modules: about a kibibyte each, of which a part is the same."""
    noise = random.Random(count)
    for number in range(count):
        value = noise.getrandbits(1600)
        text = f'"""Module {number}."""\n\nVALUE = {value:#x}\n' + "# Nothing.\n" * 50
        yield f"pip/package_{number // IN_A_DIRECTORY}/module_{number}.py", text.encode()


def plan_roots(counts, binary, image):
    """Each way to fill each number of roots; and what cannot be run here."""
    cases, skipped = [], []
    each = [binary, "--no-compile"]
    copy = copy_of(image)
    example = os.path.join(os.path.dirname(binary), "examples", "many_roots")
    has_example = os.access(example, os.X_OK)
    if not has_example:
        skipped.append("roots in one process: no `examples/many_roots` beside the program")
    cpus = str(os.cpu_count())
    for count in counts:
        roots = f"{count} root" if count == 1 else f"{count} roots"

        def below(r, count=count):
            return [os.path.join(r, str(number + 1)) for number in range(count)]

        def prepare(r, below=below):
            for root in below(r):
                os.mkdir(root)
                copy(root)

        def add(name, command, count=count, prepare=prepare):
            cases.append(
                Case(name, "roots", command, prepare=prepare, copies=count, count=count))

        for at_once, how in [("1", "one after the other"), (cpus, "on all CPUs")]:
            shell = [str(count), at_once, *each]
            add(f"{roots}, a process each, {how}",
                lambda r, shell=shell: ["sh", "-c", EACH, "sh", r, *shell])
        if has_example:
            add(f"{roots}, in one process",
                lambda r, below=below: [example, *below(r)])
    return cases, skipped


if __name__ == "__main__":
    main()
