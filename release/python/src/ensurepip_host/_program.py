"""Finds the program `ensurepip-host`."""

from __future__ import annotations

import json
import os
import shutil

# The name of the program and of the distribution.
NAME = "ensurepip-host"

# The environment variable with the path of the program.
VARIABLE = "ENSUREPIP_HOST"

# The file that `stand_in` writes beside a copy of this module: the path of the program, and the
# digests of the copied files.
RECORD = "ensurepip-host.json"


def find() -> str:
    """Return the path of the program.

    It is the first of: the value of the variable, the script of the installed distribution, the
    path that the stand-in has recorded, and the program on PATH.

    Raises:
        FileNotFoundError: there is none of them.
    """
    program = os.environ.get(VARIABLE) or _installed() or _recorded() or shutil.which(NAME)
    if not program:
        raise FileNotFoundError(
            f"there is no program `{NAME}`: the package `{NAME}` is not installed for this "
            f"Python, the program is not on PATH, and {VARIABLE} is not set"
        )
    return program


def _installed() -> str | None:
    """Return the script of the distribution for this Python."""
    # It takes longer than everything else here, and is often not needed.
    from importlib import metadata

    try:
        distribution = metadata.distribution(NAME)
    except metadata.PackageNotFoundError:
        return None
    names = (NAME, NAME + ".exe")
    files = [str(file.locate()) for file in distribution.files or () if file.name in names]
    # `pip install --target` moves the scripts, but leaves their former path in RECORD.
    files += [str(distribution.locate_file(os.path.join("bin", name))) for name in names]
    for file in files:
        if os.path.isfile(file):
            directory, name = os.path.split(file)
            return os.path.join(os.path.realpath(directory), name)
    return None


def _recorded() -> str | None:
    """Return the program of the stand-in, if this is one and the program still exists."""
    record = os.path.join(os.path.dirname(__file__), RECORD)
    try:
        with open(record, encoding="ascii") as file:
            program = str(json.load(file)["program"])
    except FileNotFoundError:
        return None
    return program if os.path.isfile(program) else None
