#!/usr/bin/env bash
# CPython writes a module's file name into its .pyc once; PyPy writes it for each code object.
#
# Expected: `co_filename` is a field of every code object, so a module with five functions has its path six times
#   in the .pyc.
# Instead: `marshal` refers back to a string that it has written, so CPython's file has the path once, however
#   many functions, classes and comprehensions there are. PyPy, which reads and writes the same format
#   with another magic number, writes the path anew each time.
# Versions: CPython 3.8 and later, PyPy 7.3.11 (Debian 12).
# Matters: replacing a build path in a .pyc is one replacement of bytes for CPython, if the new one is as
#   long; a length that changes has to be changed once. For PyPy neither holds.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

debian_packages "pypy3=7.3.11*" "pypy3-lib=7.3.11*" libffi8 libexpat1 libtinfo6
cat >count.py <<'END'
import marshal, sys
SOURCE = """
def outer():
    def inner():
        return lambda: [item for item in range(3)]
    return inner
class Name:
    def method(self):
        pass
"""
path = "/a/path/of/the/build/module.py"
code = compile(SOURCE, path, "exec")

def objects(code):
    return 1 + sum(objects(it) for it in code.co_consts if isinstance(it, type(code)))
print("%s: %s" % (sys.implementation.name, marshal.dumps(code).count(path.encode())))
print("%s code objects: %d" % (sys.implementation.name, objects(code)), file=sys.stderr)
END
echo "CPython $(python3 -c 'import platform; print(platform.python_version())')"
expect "CPython" "cpython: 1" "$(python3 count.py)"
expect "PyPy" "pypy: 7" "$(pypy3 count.py)"
