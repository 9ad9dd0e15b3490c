"""`python -m ensurepip_host.stand_in` makes up for a missing `ensurepip`.

It copies this package as `ensurepip` into the standard library of the Python that runs it. Then
`python -m ensurepip` and `python -m venv` work, by the program `ensurepip-host`.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Iterator, Sequence

from . import _program, version

_PACKAGE = Path(__file__).parent

_DESCRIPTION = """
Some distributors, Debian among them, leave `ensurepip` out of their Python, and `python -m venv` fails.
This command copies the package `ensurepip_host` to the standard library of the Python that runs it, under the
name `ensurepip`, and records the path of the program `ensurepip-host` there. Then `python -m venv` and
`python -m ensurepip` work. The package and the program must stay where they are.
"""

_EPILOG = """
An `ensurepip` that this command has not made is never changed. To refresh the copy after an upgrade of this
package, repeat the command. The exit status is 0 on success, and 1 on failure; nothing is changed then.
"""


class Refusal(Exception):
    """The reason why nothing was changed."""


def put() -> str:
    """Put the stand-in into the standard library, or refresh it. Return a report.

    Raises:
        Refusal: another `ensurepip` is there, this is a virtual environment, or the directory
            cannot be changed.
        OSError: a file cannot be written, or the program is missing.
        subprocess.CalledProcessError: the program does not work for this Python.
    """
    place = _place()
    is_there = _is_there(place)
    pip = version()
    program = _program.find()
    # A name from the variable is looked up on PATH.
    program = os.path.abspath(shutil.which(program) or program)
    with _beside(place) as scratch:
        new = scratch / "new"
        new.mkdir()
        digests = {}
        for source in _sources():
            contents = source.read_bytes()
            digests[source.name] = _digest(contents)
            _write(new / source.name, contents)
        record = {"program": program, "files": digests}
        _write(new / _program.RECORD, json.dumps(record, indent=2).encode("ascii") + b"\n")
        # Modes do not depend on the umask: every user of this Python needs the package.
        new.chmod(0o755)
        _exchange(place, new, scratch / "old" if is_there else None)
    return f"{place} now installs pip {pip} with {program}"


def remove() -> str:
    """Remove the stand-in from the standard library. Return a report.

    Raises:
        Refusal: another `ensurepip` is there, this is a virtual environment, or the directory
            cannot be changed.
        OSError: it cannot be removed.
    """
    place = _place()
    if not _is_there(place):
        return f"there is no {place}"
    with _beside(place) as scratch:
        place.rename(scratch / "old")
    return f"removed {place}"


def _place() -> Path:
    """Return the path of `ensurepip` in the standard library."""
    if sys.prefix != sys.base_prefix:
        base = getattr(sys, "_base_executable", None) or sys.base_prefix
        raise Refusal(
            f"{sys.prefix} is a virtual environment, which has no standard library of its own: "
            f"install this package for {base}, and run it with that"
        )
    return Path(sysconfig.get_path("stdlib"), "ensurepip")


def _is_there(place: Path) -> bool:
    """Return whether the stand-in is there. Raise `Refusal` if there is anything else.

    A package manager may have written another `ensurepip` over the stand-in, so the contents of all
    files are compared.
    """
    try:
        if not stat.S_ISDIR(place.lstat().st_mode):
            raise Refusal(f"{place} is there, and is not a directory")
    except FileNotFoundError:
        return False
    try:
        digests = json.loads((place / _program.RECORD).read_bytes())["files"]
        names = {path.name for path in place.iterdir()} - {"__pycache__", _program.RECORD}
        is_ours = names == set(digests) and all(
            _digest((place / name).read_bytes()) == digests[name] for name in names
        )
    except (FileNotFoundError, IsADirectoryError, ValueError, LookupError, TypeError):
        is_ours = False
    if not is_ours:
        raise Refusal(f"{place} is there, and was not made by this command, or was changed since")
    return True


@contextlib.contextmanager
def _beside(place: Path) -> Iterator[Path]:
    """Make a directory on the file system of a place, to rename from and to."""
    try:
        scratch = Path(tempfile.mkdtemp(prefix=".ensurepip-host-", dir=place.parent))
    except OSError as error:
        raise Refusal(f"{place.parent} cannot be changed: {error.strerror}") from error
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _exchange(place: Path, new: Path, old: Path | None) -> None:
    """Rename `new` to `place`, and first what is there to `old`."""
    if old:
        place.rename(old)
    try:
        new.rename(place)
    except BaseException:
        if old:
            old.rename(place)
        raise


def _sources() -> list[Path]:
    """Return the files of this package that the stand-in has, in order: all but this one."""
    return sorted(
        path
        for path in _PACKAGE.iterdir()
        if path.suffix in (".py", ".typed") and path.name != Path(__file__).name
    )


def _write(path: Path, contents: bytes) -> None:
    path.write_bytes(contents)
    path.chmod(0o644)


def _digest(contents: bytes) -> str:
    return hashlib.sha256(contents).hexdigest()


def _main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}.stand_in", description=_DESCRIPTION, epilog=_EPILOG
    )
    parser.add_argument("--remove", action="store_true", help="remove the copy again")
    action = remove if parser.parse_args(argv).remove else put
    try:
        print(action())
    except subprocess.CalledProcessError as error:
        # The program has printed the reason.
        return error.returncode
    except (Refusal, OSError) as error:
        print("error:", error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main())
