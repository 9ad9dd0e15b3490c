#!/usr/bin/env bash
# The bytes that `marshal.dumps` makes of a code object depend on how many variables hold it.
#
# Expected: `marshal.dumps` is a function of the value: equal code, equal bytes, and what `loads` gives back is
#   dumped as it was.
# Instead: an object to which there is a single reference is written without the flag that later parts
#   of the file refer to, and one with more references with it. So the type byte of the code object is 0x63 for
#   `dumps(compile(...))`, 0xe3 when a variable holds the code at the same time; dumping what was
#   loaded gives as many other bytes again. PyPy writes 0x63 in both cases.
# Versions: CPython 3.8 to 3.14, PyPy 7.3.11 (Debian 12). In 3.14, a local variable of a function no longer counts.
# Matters: a compiler of one's own that calls `compile` and `marshal.dumps` as `py_compile` does makes other files
#   than that, which differ by one bit in 3.14 and not in 3.13, by where its variables are.
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
print("loaded", "same" if again == bytes_of_code else "other of the same length" if len(again) == len(bytes_of_code) else "other")
END
echo "CPython $(python3 -c 'import platform; print(platform.python_version())')"
expect "CPython" "held e3, not held 63, loaded other of the same length" "$(python3 dump.py)"
expect "PyPy" "held 63, not held 63, loaded same" "$(pypy3 dump.py)"
