#!/usr/bin/env python3
"""Finds which modules of the standard library each bundled pip cannot do without, by taking them away.

`wheels/imports.py PYTHON...` runs every bundled pip with each of these Pythons that it supports. It notes
which modules of the standard library pip's own code imports on the way to `pip --version` and `pip install`
of a small wheel, then repeats both without one of those modules at a time. The modules without which pip
fails go to `imports.csv`, one row for each pip and Python; rows of other Pythons stay. With `--check`
nothing is written, and a difference is an error; `--pip VERSION` looks at that pip alone.

Modules that CPython does not ship as files are left out: those built in, frozen or in C. So are those that
the interpreter itself needs to start, and those that only the standard library imports, which may be other
ones in the next release.
"""

import argparse
import concurrent.futures
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "tests/support"))

from made_wheel import write_wheel

TABLE = HERE / "imports.csv"
COLUMNS = ["version", "sha256", "python", "modules"]

# Runs pip in a fresh interpreter of any version from 3.6 on, without one module if one is named. It ends
# with 0 if pip works, and with 1 if it does not. Without a name, it prints what pip imports.
PROBE = r"""
import sys
started = set(sys.modules)
import builtins, os
pip, blocked, target, wheel, answer = sys.argv[1:]
sys.path.insert(0, pip)
seen = set()

class Blocker:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == blocked:
            raise ModuleNotFoundError("No module named %r" % name, name=name)

def recorded(name, globals=None, locals=None, fromlist=(), level=0):
    module = original(name, globals, locals, fromlist, level)
    importer = (globals or {}).get("__name__") or ""
    if level == 0 and (importer + ".").startswith("pip."):
        seen.add(name)
        seen.update(name + "." + each for each in fromlist or ())
    return module

if blocked:
    sys.meta_path.insert(0, Blocker)
else:
    original, builtins.__import__ = builtins.__import__, recorded

def status(*arguments):
    try:
        from pip._internal.cli.main import main
        return main(list(arguments))
    except SystemExit as end:
        return end.code
    except Exception as error:
        return repr(error)

options = ["--no-index", "--no-deps", "--no-cache-dir", "--disable-pip-version-check"]
failure = status("--version") or status("install", "--target", target, wheel, *options)
if not blocked:
    import importlib.machinery, json, sysconfig
    import _imp
    library = os.path.realpath(sysconfig.get_path("stdlib")) + os.sep
    def is_judged(name):
        module = sys.modules.get(name)
        path = os.path.realpath(getattr(module, "__file__", None) or "")
        return (path.startswith(library) and path.endswith(".py") and "site-packages" not in path
            and name not in started and not _imp.is_frozen(name))
    parents = {name.rpartition(".")[0] for name in seen} - {""}
    with open(answer, "w") as file:
        json.dump(sorted(filter(is_judged, seen | parents)), file)
sys.exit(failure)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    parser.add_argument("--pip", metavar="VERSION", help="look at this bundled pip alone")
    parser.add_argument("pythons", metavar="PYTHON", nargs="+", help="a CPython to run pip with")
    options = parser.parse_args()
    known = {key(row): row for row in read(TABLE)} if TABLE.exists() else {}
    status = 0
    for wheel in read(HERE / "wheels.csv"):
        for python in options.pythons if options.pip in (None, wheel["version"]) else []:
            found = row(wheel, python)
            if found is None:
                continue
            if not options.check:
                known[key(found)] = found
                write(known)
            elif known.get(key(found)) != found:
                complain(known.get(key(found), {"modules": ""}), found)
                status = 1
    sys.exit(status)


def complain(stated, found):
    """Says how the table differs from what was found."""
    lists = [set(each["modules"].split()) for each in (stated, found)]
    print("error: pip {version} on Python {python}:".format(**found),
          "needed and not in imports.csv:", sorted(lists[1] - lists[0]),
          "in imports.csv and not needed:", sorted(lists[0] - lists[1]), file=sys.stderr)


def write(known):
    """Writes the table, without what it has of wheels that are gone."""
    digests = [wheel["sha256"] for wheel in read(HERE / "wheels.csv")]
    kept = [row for row in known.values() if row["sha256"] in digests]
    kept.sort(key=lambda row: (digests.index(row["sha256"]), minor(row["python"])))
    with open(TABLE, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def key(row):
    return row["sha256"], row["python"]


def minor(python):
    return int(python.split(".")[1])


def row(wheel, python):
    """The row of a pip and a Python; none if that pip does not run on it."""
    asked = "import sys; print('%d.%d %s' % (sys.version_info[:2] + (sys.implementation.name,)))"
    told = subprocess.run([python, "-I", "-c", asked], stdout=subprocess.PIPE, check=True)
    version, name = told.stdout.decode().split()
    if name != "cpython":
        sys.exit(f"error: `{python}` is no CPython")
    # Each bundled pip states only the oldest Python.
    if minor(version) < minor(wheel["requires-python"].lstrip(">=")):
        return None
    modules = needed(HERE / wheel["file"], python)
    return modules and {"version": wheel["version"], "sha256": wheel["sha256"], "python": version,
                        "modules": " ".join(modules)}


def needed(wheel, python):
    """The modules that pip imports and fails without; none if it fails anyway."""
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(place / "pip")
        small = place / "small-1-py3-none-any.whl"
        write_wheel(small, "small", "1", [("small.py", b"")])

        def works(blocked, number):
            arguments = [place / "pip", blocked, place / f"target-{number}", small, place / "imports"]
            run = subprocess.run([python, "-I", "-S", "-c", PROBE, *map(str, arguments)],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, env={"PATH": os.defpath, "HOME": directory})
            return run.returncode == 0, run.stderr.decode()

        is_fine, stderr = works("", 0)
        if not is_fine:
            print(f"{wheel.name} does not work with `{python}`: {stderr}", file=sys.stderr)
            return None
        imported = json.loads((place / "imports").read_text())
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            answers = list(pool.map(works, imported, range(1, len(imported) + 1)))
    return [module for module, (is_fine, _) in zip(imported, answers) if not is_fine]


if __name__ == "__main__":
    main()
