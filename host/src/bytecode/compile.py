"""Compiles sources that come on standard input into bytecode on standard output.

Runs as `python -s -S -B -c`, with `timestamp` or `checked-hash` as its argument, and in an
environment that has nothing of Python's but PYTHONHASHSEED and PYTHONSAFEPATH. With a second
argument, `own-stack`, it compiles in a thread with more stack than the main thread may have. It opens
no file: the host has read the source, and writes the bytecode.

A request is three numbers (64 bits, little endian), the sizes of path and source and the
modification time, then path and source. An answer is one number, the size of the bytecode, and the
bytecode; or all bits set for a source that does not compile.
"""

import sys

# Nothing is to be imported from the current directory, which has an empty name here.
sys.path = [entry for entry in sys.path if entry]

# Each module that is imported delays the first source, so there are few.
import warnings
from importlib import _bootstrap_external as pyc

IS_PYPY = sys.implementation.name == "pypy"
# PEP 552 came with Python 3.7.
HAS_FLAGS = sys.version_info >= (3, 7)
IS_HASHED = HAS_FLAGS and sys.argv[1] == "checked-hash"
if IS_HASHED:
    from importlib.util import source_hash

# Before 3.11, CPython's `marshal` marks each string that anything else in the process holds. So this
# process holds what one that runs `compileall` holds, and what compiling any source can add to that.
if sys.version_info < (3, 11) and not IS_PYPY:
    for name in ("argparse", "compileall", "locale", "shutil", "unicodedata"):
        try:
            __import__(name)
        except ImportError:
            # A distribution can leave it out.
            pass
    KEPT = [sys.intern("{"), sys.intern("}")]
    # What the imports have left as garbage holds strings as well, until it is collected.
    import gc

    gc.collect()
    # So does the cache of attribute lookups. Its entries replace each other by their addresses, which
    # the system makes random, so what it holds differs from process to process.
    sys._clear_type_cache()

# PyPy marks each string that is interned, by whatever was compiled before and is not yet collected.
# So each source gets a process of its own, in which nothing was compiled.
FORKS = False
if IS_PYPY:
    import gc
    import os

    FORKS = hasattr(os, "fork")

# In bytes: what a main thread usually has.
OWN_STACK = 8 << 20

NUMBER = 8
INVALID = b"\xff" * NUMBER


def compiled(path, source, modified):
    """The contents of a `.pyc`, or None for a source that does not compile.

    It is shaped like `py_compile.compile`, and calls the same functions. `marshal` marks an object that
    has a second reference, and since CPython 3.14 the shape of a function decides whether what it
    passes to another has one.
    """
    try:
        code = compile(source, path, "exec", dont_inherit=True)
    except Exception:
        return None
    try:
        if not HAS_FLAGS:
            bytecode = pyc._code_to_bytecode(code, modified, len(source))
        elif IS_HASHED:
            bytecode = pyc._code_to_hash_pyc(code, source_hash(source), True)
        else:
            bytecode = pyc._code_to_timestamp_pyc(code, modified, len(source))
    except Exception:
        return None
    # The code goes with this call: what is left of one source would show in the bytecode of the next.
    return bytecode


def fork():
    """Forks if each source needs a process of its own: 0 in the child, None if there is no child."""
    try:
        if FORKS:
            # When the child collects garbage depends on what this process has read, and when.
            gc.collect()
        return os.fork() if FORKS else None
    except OSError:
        # No more processes are allowed. The bytecode is good all the same.
        return None


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
        child = fork()
        if child:
            if os.waitpid(child, 0)[1] != 0:
                sys.exit("a process that compiled has failed")
            continue
        bytecode = compiled(path, source, modified)
        if bytecode is None:
            answers.write(INVALID)
        else:
            # At once, so that the host is woken once.
            answers.write(len(bytecode).to_bytes(NUMBER, "little") + bytecode)
        answers.flush()
        if child == 0:
            os._exit(0)


def main_in_thread(requests, answers):
    """Runs `main` in a thread that has a stack of its own, if there can be one."""
    import _thread

    done = _thread.allocate_lock()

    def run():
        try:
            main(requests, answers)
        finally:
            done.release()

    _thread.stack_size(OWN_STACK)
    done.acquire()
    try:
        _thread.start_new_thread(run, ())
    except RuntimeError:
        # No more threads are allowed: the stack may be large enough for these sources.
        return main(requests, answers)
    done.acquire()


warnings.simplefilter("ignore")
(main_in_thread if "own-stack" in sys.argv else main)(sys.stdin.buffer, sys.stdout.buffer)
