"""Compiles bytecode, in a Python of its own.

What is in a `.pyc` file depends, to the byte, on what else the process has loaded, and before 3.11 on
the seed of its hashes. So it is not made here but by `_compile.py`, which loads next to nothing; it is
the script of `ensurepip-host`.
"""

import os
import struct
import subprocess
import sys

_SCRIPT = os.path.join(os.path.dirname(__file__), "_compile.py")
_INVALID = 2**64 - 1


class Orders:
    """Sources that were brought and not compiled yet, call by call."""

    def __init__(self):
        self._orders = []

    def recall(self, portions, _invalidation):
        """Which portions there is bytecode of from earlier: none."""
        return [False] * len(portions)

    def bring(self, sources, invalidation):
        self._orders.append((sources, invalidation))

    def take(self):
        return _compile_all(*self._orders.pop(0))


def _compile_all(sources, invalidation):
    """The bytecode of each source; None for one that is not valid in this Python."""
    with open(_SCRIPT, encoding="utf-8") as script:
        command = [sys.executable, "-s", "-B", "-S", "-c", script.read(), invalidation]
    foreign = {name: it for name, it in os.environ.items() if "PYTHON" not in name}
    with subprocess.Popen(
        command,
        env={**foreign, "PYTHONHASHSEED": "0"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as python:
        compiled = [_compile(python, source) for source in sources]
        python.stdin.close()
    if python.returncode:
        raise OSError("the Python that compiles ended with %d" % python.returncode)
    return compiled


def _compile(python, source):
    path = source.path.encode()
    python.stdin.write(struct.pack("<QQQ", len(path), len(source.contents), source.modified))
    python.stdin.write(path + source.contents)
    python.stdin.flush()
    header = python.stdout.read(8)
    size = int.from_bytes(header, "little")
    if size == _INVALID:
        return None
    bytecode = python.stdout.read(size)
    if len(header) < 8 or len(bytecode) < size:
        raise OSError("the Python that compiles has ended")
    return bytecode
