"""Compiles sources that come on standard input into bytecode on standard output.

Runs as `python -s -S -B -c`, with `timestamp` or `checked-hash` as its argument, and in an
environment that has nothing of Python's but PYTHONHASHSEED. It opens no file: the host has read the
source, and writes the bytecode.

A request is three numbers (64 bits, little endian), the sizes of path and source and the
modification time, then path and source. An answer is one number, the size of the bytecode, and the
bytecode; or all bits set for a source that does not compile.
"""

import sys

# Nothing is to be imported from the current directory, which has an empty name here.
sys.path = [entry for entry in sys.path if entry]

# Of all that is imported, each module takes a part of the time in which nothing is compiled yet.
import marshal
import warnings
from importlib._bootstrap_external import MAGIC_NUMBER

# PEP 552 came with Python 3.7.
HAS_FLAGS = sys.version_info >= (3, 7)
IS_HASHED = HAS_FLAGS and sys.argv[1] == "checked-hash"
if IS_HASHED:
    from importlib.util import source_hash

# A string of one character is there once in a process, and bytecode tells whether it is interned. That
# can be the doing of any source that was compiled before; so all of them are, from the beginning.
INTERNED = [sys.intern(chr(code)) for code in range(256)] + [sys.intern("")]

NUMBER = 8
INVALID = b"\xff" * NUMBER


def number(*values, size=NUMBER):
    """Numbers as bytes, little endian, as far as they fit."""
    return b"".join((value & (1 << 8 * size) - 1).to_bytes(size, "little") for value in values)


def header(source, modified):
    """The bytes before the code."""
    if not HAS_FLAGS:
        return MAGIC_NUMBER + number(modified, len(source), size=4)
    if IS_HASHED:
        return MAGIC_NUMBER + number(0b11, size=4) + source_hash(source)
    return MAGIC_NUMBER + number(0, modified, len(source), size=4)


def main(requests, answers):
    def size():
        return int.from_bytes(requests.read(NUMBER), "little")

    while True:
        first = requests.read(NUMBER)
        if not first:
            return
        path_size, source_size, modified = int.from_bytes(first, "little"), size(), size()
        path = requests.read(path_size).decode("utf-8")
        source = requests.read(source_size)
        # What is left of one source would show in the bytecode of the next: before 3.11, a string that
        # both have would be marked, and sets would have another order.
        code = None
        try:
            code = compile(source, path, "exec", dont_inherit=True)
            bytecode = header(source, modified) + marshal.dumps(code)
        except Exception:
            answers.write(INVALID)
        else:
            # At once, so that whoever waits for it is woken once.
            answers.write(number(len(bytecode)) + bytecode)
        answers.flush()


warnings.simplefilter("ignore")
main(sys.stdin.buffer, sys.stdout.buffer)
