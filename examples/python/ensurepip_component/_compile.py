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

import importlib.util
import marshal
import struct
import warnings

# A string of one character is there once in a process, and bytecode tells whether it is interned. That
# can be the doing of any source that was compiled before; so all of them are, from the beginning.
INTERNED = [sys.intern(chr(code)) for code in range(256)] + [sys.intern("")]

REQUEST = struct.Struct("<QQQ")
SIZE = struct.Struct("<Q")
INVALID = SIZE.pack(2**64 - 1)


def header(source, modified):
    """The bytes before the code, as PEP 552 has them; Python 3.6 knew no flags yet."""
    if sys.version_info < (3, 7):
        return importlib.util.MAGIC_NUMBER + struct.pack("<LL", modified & 0xFFFFFFFF, len(source) & 0xFFFFFFFF)
    if sys.argv[1] == "checked-hash":
        return importlib.util.MAGIC_NUMBER + struct.pack("<L", 0b11) + importlib.util.source_hash(source)
    return importlib.util.MAGIC_NUMBER + struct.pack("<LLL", 0, modified & 0xFFFFFFFF, len(source) & 0xFFFFFFFF)


def main(requests, answers):
    while True:
        sizes = requests.read(REQUEST.size)
        if not sizes:
            return
        path_size, source_size, modified = REQUEST.unpack(sizes)
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
            answers.write(SIZE.pack(len(bytecode)))
            answers.write(bytecode)
        answers.flush()


warnings.simplefilter("ignore")
main(sys.stdin.buffer, sys.stdout.buffer)
