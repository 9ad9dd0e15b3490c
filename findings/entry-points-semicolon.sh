#!/usr/bin/env bash
# A `;` comment in entry_points.txt works in installers but breaks importlib.metadata.
#
# Expected: the specification describes entry_points.txt as an INI file that configparser can read, so a
#   line that starts with `;` is a comment, just like one that starts with `#`.
# Instead: configparser, installer, distlib and uv skip the line. importlib.metadata has its own parser,
#   which knows only `#`, and raises a TypeError about `Pair`. A single such package breaks
#   `entry_points()` for every group in the environment. pip uses importlib.metadata, so it prints that
#   traceback and installs nothing.
# Versions: pip 26.3, uv 0.13.9, installer 1.1.0, distlib 0.4.4, importlib_metadata 10.2.0, CPython 3.10
#   and later.
# Matters: an installer that accepts such a wheel, as the specification allows, leaves a Python in which
#   no plugin of any package can be listed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 uv==0.13.9 installer==1.1.0 distlib==0.4.4 importlib_metadata==10.2.0
python3 "$here/wheel.py" <<'END'
{"name": "demo", "files": {"demo.py": "def main(): pass\n"},
 "entry_points": "[console_scripts]\n; for people\ndemo = demo:main\n"}
END

py/bin/uv pip install -q --offline --python py/bin/python --target by-uv ./demo-1.0-py3-none-any.whl
expect "script by uv" yes "$([ -x by-uv/bin/demo ] && echo yes || echo no)"
py/bin/python -m installer --destdir by-installer --prefix /usr ./demo-1.0-py3-none-any.whl
expect "script by installer" yes "$([ -x by-installer/usr/bin/demo ] && echo yes || echo no)"
if py/bin/pip install --no-index --target by-pip ./demo-1.0-py3-none-any.whl >/dev/null 2>errors; then
    seen=installed
else
    seen=$(grep -o '^TypeError.*' errors || tail -1 errors)
fi
error="Pair.__new__() missing 1 required positional argument: 'value'"
expect "pip" "TypeError: $error" "$seen"

cat >read.py <<'END'
import configparser, importlib.metadata, io, sys
import distlib.util, importlib_metadata
text = open("by-uv/demo-1.0.dist-info/entry_points.txt").read()
parser = configparser.ConfigParser(delimiters=("=",))
parser.read_string(text)
sys.path.insert(0, "by-uv")
def names(module):
    return [point.name for point in module.entry_points(group="another_group")]
for name, read in {
    "configparser": lambda: list(parser["console_scripts"]),
    "distlib": lambda: list(distlib.util.read_exports(io.BytesIO(text.encode()))["console_scripts"]),
    "importlib.metadata": lambda: names(importlib.metadata),
    "importlib_metadata": lambda: names(importlib_metadata),
}.items():
    try:
        print(name, read())
    except TypeError as error:
        print(name, error)
END
py/bin/python read.py >readings
reading() { sed -n "s/^$1 //p" readings; }
expect "configparser" "['demo']" "$(reading configparser)"
expect "distlib" "['demo']" "$(reading distlib)"
expect "importlib.metadata, another group" "$error" "$(reading 'importlib\.metadata')"
expect "importlib_metadata, another group" "$error" "$(reading importlib_metadata)"
