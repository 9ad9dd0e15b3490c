#!/usr/bin/env python3
"""Brings the bundled wheels and `wheels.csv` up to date with the index, through pip itself.

For each range of Pythons pip is asked for the newest pip that supports it; the wheel is downloaded
as it is, and the table is made anew from what the wheels say of themselves. With `--check` nothing
is changed: it fails if the table or a file is not what the index has.
"""

import argparse
import csv
import hashlib
import io
import pathlib
import subprocess
import sys
import tempfile
import zipfile
from email.parser import BytesParser

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = ["project", "version", "file", "sha256", "requires-python", "licence", "feature"]

# A Python of each range, the newest first. Those that no longer get security fixes are behind a
# cargo feature.
PYTHONS = [("3.10", ""), ("3.9", "ended-pythons"), ("3.8", "ended-pythons"), ("3.7", "ended-pythons"),
           ("3.6", "ended-pythons")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, fail on a difference")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        wheels = [download(python, pathlib.Path(directory) / python) for python, _ in PYTHONS]
        rows = [describe(wheel, feature) for wheel, (_, feature) in zip(wheels, PYTHONS)]
        if options.check:
            sys.exit(check(wheels, rows))
        for stale in {path.name for path in HERE.glob("*.whl")} - {row["file"] for row in rows}:
            (HERE / stale).unlink()
        for wheel in wheels:
            (HERE / wheel.name).write_bytes(wheel.read_bytes())
        (HERE / "wheels.csv").write_text(table(rows), encoding="utf-8", newline="")
    for row in rows:
        print(row["file"], row["requires-python"])


def download(python, directory):
    """Downloads the newest pip for a Python, whatever Python this is, and returns its path."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--only-binary", ":all:", "--python-version", python,
         "--dest", str(directory), "pip"],
        check=True,
    )
    (wheel,) = directory.glob("pip-*.whl")
    return wheel


def describe(wheel, feature):
    """A row of the table, from the wheel itself."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = BytesParser().parsebytes(archive.read(name), headersonly=True)
    return {
        "project": metadata["Name"],
        "version": metadata["Version"],
        "file": wheel.name,
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "requires-python": metadata["Requires-Python"],
        "licence": metadata["License-Expression"] or metadata["License"],
        "feature": feature,
    }


def table(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def check(wheels, rows):
    """Compares with what is here; returns the exit status."""
    wrong = [] if (HERE / "wheels.csv").read_text(encoding="utf-8") == table(rows) else ["wheels.csv"]
    for wheel in wheels:
        here = HERE / wheel.name
        if not here.exists() or here.read_bytes() != wheel.read_bytes():
            wrong.append(wheel.name)
    for name in wrong:
        print(f"error: `{name}` is not what the index has", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    main()
