"""Compiles bytecode, in a Python of its own.

What is in a `.pyc` file depends, to the byte, on what else the process has loaded, and before 3.11 on
the seed of its hashes. So it is made by `compile.py` of `ensurepip-host`, which loads next to nothing.
"""

import os
import struct
import subprocess

from . import _bytes  # noqa: F401
from ._component import record

_INVALID = 2**64 - 1


def add_bytecode(installer, wheel, transaction, python, component):
    """Compiles the sources of a transaction one by one, and adds what comes of them."""
    details = installer.call("[method]transaction.details", transaction)
    kind = "checked-hash" if vars(details)["checked-hash"] else "timestamp"
    script = component.with_name("compile.py").read_text(encoding="utf-8")
    command = [python, "-s", "-B", "-S", "-c", script, kind]
    foreign = {name: it for name, it in os.environ.items() if "PYTHON" not in name}
    with subprocess.Popen(
        command,
        env={**foreign, "PYTHONHASHSEED": "0"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as compiler:
        for number, source in enumerate(details.sources):
            [contents] = installer.call("[method]wheel.read", wheel, [source.entry])
            bytecode = _compile(compiler, source.path.encode(), contents, source.modified)
            if bytecode is not None:
                added = [record(source=number, contents=bytecode)]
                installer.call("[method]transaction.add-bytecode", transaction, added)


def _compile(compiler, path, contents, modified):
    """The bytecode of a source; None for one that is not valid in this Python."""
    header = struct.pack("<QQQ", len(path), len(contents), modified)
    compiler.stdin.write(header + path + contents)
    compiler.stdin.flush()
    header = compiler.stdout.read(8)
    size = int.from_bytes(header, "little")
    if size == _INVALID:
        return None
    bytecode = compiler.stdout.read(size)
    if len(header) < 8 or len(bytecode) < size:
        raise OSError("the Python that compiles has ended")
    return bytecode
