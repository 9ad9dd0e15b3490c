"""Puts pip into this Python with the program `ensurepip-host`.

This package goes where CPython has its own `ensurepip`, and answers to the same names. It carries
no wheel and does not run pip: all of the work is the program's.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys

__all__ = ["bootstrap", "version"]

# The environment variable that says where the program is; else it is looked for on PATH.
PROGRAM_VARIABLE = "ENSUREPIP_HOST"


def version():
    """Return the version of pip that is at hand for this Python."""
    told = _run(["status", "--json"], stdout=subprocess.PIPE)
    return json.loads(told.stdout)["wheel"]["version"]


def bootstrap(
    *,
    root=None,
    upgrade=False,
    user=False,
    altinstall=False,
    default_pip=False,
    verbosity=0
):
    """Put pip into this Python, or below `root`.

    Raises `subprocess.CalledProcessError` if the program fails, which has said why by then.
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


def _remove(*, verbosity=0):
    """Take pip away again, if it is the version that is at hand."""
    _run(["uninstall"] + _verbose(verbosity))


def _verbose(verbosity):
    return ["-" + "v" * verbosity] if verbosity > 0 else []


def _run(arguments, is_below_root=False, **how):
    """Run the program for this Python.

    Below a root, an absolute path would be that of a Python in there. By its name, which the program looks
    for on PATH, it is this one.
    """
    environment = dict(os.environ)
    python = sys.executable
    if is_below_root:
        directory, python = os.path.split(python)
        path = environment.get("PATH")
        environment["PATH"] = os.pathsep.join([directory] + ([path] if path else []))
    # The program always asks Python in isolation, and so cannot see that this one is isolated.
    if sys.flags.isolated:
        environment["PYTHONNOUSERSITE"] = "1"
    command = [_program(), *arguments, "--python", python]
    return subprocess.run(command, check=True, env=environment, **how)


def _program():
    program = os.environ.get(PROGRAM_VARIABLE) or shutil.which("ensurepip-host")
    if not program:
        raise FileNotFoundError(
            "ensurepip-host is not on PATH, and %s does not name it" % PROGRAM_VARIABLE
        )
    return program


class _Version(argparse.Action):
    """Asks the program for the version only if that is asked for."""

    def __call__(self, parser, namespace, values, option_string=None):
        print("pip", version())
        parser.exit()


def _parser(module):
    """A parser for what all command lines have."""
    parser = argparse.ArgumentParser(prog="python -m " + module)
    add = parser.add_argument
    # Only what becomes a keyword gets a name.
    nameless = argparse.SUPPRESS
    add("--version", action=_Version, nargs=0, default=nameless, help="print the version of pip")
    add("-v", "--verbose", action="count", default=0, dest="verbosity", help="say more")
    return parser


def _finish(action, options):
    """Do it, and return the exit status. Where the program has failed, it has said why."""
    try:
        action(**vars(options))
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


def _main(argv=None):
    parser = _parser("ensurepip")
    add = parser.add_argument
    add("-U", "--upgrade", action="store_true", help="replace an older pip")
    add("--user", action="store_true", help="install into the user site")
    add("--root", help="install below this directory")
    add("--altinstall", action="store_true", help="install the script pipX.Y alone")
    add("--default-pip", action="store_true", help="install the script pip as well")
    return _finish(bootstrap, parser.parse_args(argv))
