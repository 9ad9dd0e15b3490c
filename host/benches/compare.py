#!/usr/bin/env python3
"""Compares `ensurepip-host` with what else puts pip into a directory, as whole processes.

`measure.py` tells how, and `cases.py` what. What the commands write lies on the file system of
`--directory`. The rows of others are those that an environment of `--peers` has, which `run` makes.

Needs Python 3.8 and a Unix, no more. Exit status: 0, 1 if anything is missing or fails, or 2 if
the command line is wrong.
"""

import glob
import os
import platform
import shutil

import report
from cases import Plan, versions_of
from command_line import REPOSITORY, end_by, make_parser, parse
from measure import (
    Failure, look_into, measure, result_of, run_rounds, scratch_below, unchanged, write_json
)
from pythons import describe_symbols, find_program, find_python


def main():
    parser = make_parser("Compares ensurepip-host with what else puts pip into a directory.", 10)
    add = parser.add_mutually_exclusive_group().add_argument
    add("--wheel", metavar="PATH", type=os.path.abspath,
        help="a wheel of pip for all but ensurepip, not the bundled one")
    add("--same-wheel", action="store_true", help="the wheel of the Python's ensurepip for all")
    end_by(compare, parse(parser))


def compare(options):
    """Prepares, runs and prints everything."""
    binary = find_program(options.binary)
    python = find_python(options.python)
    versions = versions_of(options.peers, python)
    own = os.path.dirname(python.executable)
    other = find_program(options.other) if options.other else None
    with scratch_below(options.directory, own) as scratch, unchanged(binary):
        arguments = []
        if options.wheel or options.same_wheel:
            # In a directory of its own: where there are several, the program takes the newest.
            directory = os.path.join(scratch.base, "wheel")
            os.mkdir(directory)
            shutil.copy(chosen_wheel(options.wheel, python), directory)
            arguments = ["--wheel-dir", directory]
        plan = Plan(binary, arguments, python, scratch)
        plan.ours()
        if other:
            plan.other_build(other)
        wheel = wheel_of(plan, chosen_wheel(options.wheel, python) if arguments else None)
        plan.others(wheel, options.peers, versions)
        plan.limits(wheel)
        facts = {
            "program": " ".join([binary, *arguments]),
            "size": f"{os.path.getsize(binary)} bytes, {describe_symbols(binary)}",
            **({"other": f"{os.path.getsize(other)} bytes"} if other else {}),
            "wheel": os.path.basename(wheel),
            "python": f"{python.version}; its ensurepip has pip {python.pip}",
            "others": ", ".join(" ".join(pair) for pair in versions.items()) or "none",
            "machine": f"{platform.platform()}, {os.cpu_count()} CPUs",
            "runs": f"{options.runs} after {options.warmup} that fill caches",
            "place": scratch.base,
        }
        print(report.facts(facts), flush=True)
        samples = run_rounds(plan.cases, options.warmup, options.runs, scratch)
    result = result_of(facts, plan.skipped, plan.cases, samples)
    print(report.comparison(result, report.plain))
    write_json(options.json, result)


def chosen_wheel(path, python):
    """The wheel that is named, or else that of the Python's ensurepip."""
    if path is None:
        return find_wheel(python.pip, python.wheels)
    if not os.path.isfile(path):
        raise Failure(f"no wheel {path}")
    return path


def wheel_of(plan, chosen):
    """The wheel for all but ensurepip, which takes none but its own."""
    if chosen is not None:
        return chosen
    # Of those in the program, the one for this Python: it tells by installing it.
    tree = plan.path("bundled")
    python = ["--python", plan.environment_python]
    measure(plan.install(*python, "--root", tree, "--no-compile"), plan.scratch)
    (distribution,) = look_into(tree)[2]
    return find_wheel(distribution[len("pip-"):], [os.path.join(REPOSITORY, "wheels")])


def find_wheel(version, directories):
    for directory in directories:
        for wheel in glob.glob(os.path.join(glob.escape(directory), f"pip-{version}-*.whl")):
            return wheel
    raise Failure(f"no wheel of pip {version} in {' or '.join(directories)}: name one by --wheel")


if __name__ == "__main__":
    main()
