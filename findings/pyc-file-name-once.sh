#!/usr/bin/env bash
# CPython stores the source file name once in a .pyc; PyPy stores it once per code object.
#
# Expected: each code object has its own `co_filename`, so a module with six functions contains its path
#   seven times.
# Instead: CPython's `marshal` refers back to a string that it has already written, so the path is there
#   exactly once. PyPy writes it again for each code object.
# Versions: run with CPython 3.8, 3.11 and 3.13, and PyPy 7.3.11 of Debian 12.
# Matters: rewriting a build path in a .pyc takes a single replacement for CPython, and several for PyPy.
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
