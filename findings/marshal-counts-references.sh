#!/usr/bin/env bash
# The bytes that `marshal.dumps` returns for a code object depend on how many references it has.
#
# Expected: `marshal.dumps` depends only on the value. Equal code gives equal bytes, and dumping a loaded
#   object reproduces the input.
# Instead: an object with a single reference is written without FLAG_REF. The first byte is 0x63 for
#   `dumps(compile(...))`, but 0xe3 if a variable holds the code. Dumping what `loads` returns gives the
#   same length but different bytes. PyPy writes 0x63 in both cases and reproduces its input.
# Versions: run with CPython 3.8, 3.11 and 3.13, and PyPy 7.3.11 of Debian 12.
# Matters: a tool that calls `compile` and `marshal.dumps` itself produces other .pyc files than
#   `py_compile`, depending on how its own variables are arranged.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

debian_packages "pypy3=7.3.11*" "pypy3-lib=7.3.11*" libffi8 libexpat1 libtinfo6
cat >dump.py <<'END'
import marshal
source = "def function(argument):\n    return argument, 'text'\n"
code = compile(source, "module.py", "exec")
print("held %02x" % marshal.dumps(code)[0], end=", ")
print("not held %02x" % marshal.dumps(compile(source, "module.py", "exec"))[0], end=", ")
bytes_of_code = marshal.dumps(code)
again = marshal.dumps(marshal.loads(bytes_of_code))
same_length = len(again) == len(bytes_of_code)
print("loaded", "same" if again == bytes_of_code else "other of the same length" if same_length else "other")
END
echo "CPython $(python3 -c 'import platform; print(platform.python_version())')"
expect "CPython" "held e3, not held 63, loaded other of the same length" "$(python3 dump.py)"
expect "PyPy" "held 63, not held 63, loaded same" "$(pypy3 dump.py)"
