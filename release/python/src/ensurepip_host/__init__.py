"""Installs pip into this Python with the program `ensurepip-host`.

The functions, the command line and the audit event are those of CPython's `ensurepip`. This package
contains no wheel and does not run pip: the program does all of the work.

The same directory works under another name. As `ensurepip` in the standard library, it replaces
CPython's package.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from typing import Any, Callable, Sequence

from . import _program

__all__ = ["bootstrap", "version"]


def version() -> str:
    """Return the version of pip that would be installed into this Python.

    Raises:
        FileNotFoundError: the program is missing.
        subprocess.CalledProcessError: the program failed. It has printed the reason.
    """
    report = json.loads(_run(["status", "--json"], captures_output=True).stdout)
    return str(report["wheel"]["version"])


def bootstrap(
    *,
    root: str | os.PathLike[str] | None = None,
    upgrade: bool = False,
    user: bool = False,
    altinstall: bool = False,
    default_pip: bool = False,
    verbosity: int = 0,
) -> None:
    """Install pip into this Python, or below the directory `root`.

    `upgrade` replaces an older pip. `user` installs into the user site. The scripts are `pipX` and
    `pipX.Y`: with `altinstall`, `pipX.Y` only, and with `default_pip`, also `pip`. The output of
    the program increases with `verbosity`.

    Raises the audit event `ensurepip.bootstrap` with the argument `root`.

    Raises:
        ValueError: both `altinstall` and `default_pip` are set.
        FileNotFoundError: the program is missing.
        subprocess.CalledProcessError: the program failed. It has printed the reason.
    """
    if altinstall and default_pip:
        raise ValueError("Cannot use altinstall and default_pip together")
    sys.audit("ensurepip.bootstrap", root)
    arguments = []
    if root:
        arguments.append("--root=" + os.fspath(root))
    for option, is_wanted in (
        ("--upgrade", upgrade),
        ("--user", user),
        ("--altinstall", altinstall),
        ("--default-pip", default_pip),
    ):
        if is_wanted:
            arguments.append(option)
    _run(arguments + _verbose(verbosity), is_below_root=bool(root))


def _remove(*, verbosity: int = 0) -> None:
    """Uninstall pip if it has the version that would be installed."""
    _run(["uninstall"] + _verbose(verbosity))


def _verbose(verbosity: int) -> list[str]:
    return ["-" + "v" * verbosity] if verbosity > 0 else []


def _run(
    arguments: Sequence[str],
    *,
    is_below_root: bool = False,
    captures_output: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    """Run the program for this Python.

    Below a root, an absolute path would be that of a Python in the root. A name, which the program
    looks up on PATH, is that of this Python.
    """
    environment = dict(os.environ)
    python = sys.executable
    if is_below_root:
        directory, python = os.path.split(python)
        path = environment.get("PATH")
        environment["PATH"] = os.pathsep.join([directory] + ([path] if path else []))
    # The program always queries Python in isolation, so it cannot see that this one is isolated.
    if sys.flags.isolated:
        environment["PYTHONNOUSERSITE"] = "1"
    command = [_program.find(), *arguments, "--python", python]
    stdout = subprocess.PIPE if captures_output else None
    return subprocess.run(command, check=True, env=environment, stdout=stdout)


class _Version(argparse.Action):
    """Asks the program for the version of pip only if the option is used."""

    def __call__(
        self, parser: argparse.ArgumentParser, *unused: object, **keywords: object
    ) -> None:
        print("pip", version())
        parser.exit()


def _parser(module: str) -> argparse.ArgumentParser:
    """Return a parser with the options that all command lines have."""
    parser = argparse.ArgumentParser(prog="python -m " + module)
    add = parser.add_argument
    # Only options that become keyword arguments get a name.
    nameless = argparse.SUPPRESS
    add("--version", action=_Version, nargs=0, default=nameless, help="print the version of pip")
    add("-v", "--verbose", action="count", default=0, dest="verbosity", help="increase verbosity")
    return parser


def _finish(
    action: Callable[..., None], parser: argparse.ArgumentParser, argv: Sequence[str] | None
) -> int:
    """Parse a command line, call a function with its options, and return the exit status."""
    try:
        options: dict[str, Any] = vars(parser.parse_args(argv))
        action(**options)
    except subprocess.CalledProcessError as error:
        # The program has printed the reason.
        return error.returncode
    except OSError as error:
        print("error:", error, file=sys.stderr)
        return 1
    return 0


def _main(argv: Sequence[str] | None = None) -> int:
    parser = _parser(__name__)
    add = parser.add_argument
    add("-U", "--upgrade", action="store_true", help="replace an older pip")
    add("--user", action="store_true", help="install into the user site")
    add("--root", help="install below this directory")
    add("--altinstall", action="store_true", help="install the script pipX.Y only")
    add("--default-pip", action="store_true", help="also install the script pip")
    return _finish(bootstrap, parser, argv)
