#!/usr/bin/env bash
# pip rejects an entry point with spaces around the colon, which the specification allows.
#
# Expected: the specification requires readers to ignore spaces around the colon, so `demo = demo : main`
#   means the same as `demo = demo:main`.
# Instead: importlib.metadata, installer and uv accept it. pip parses it with importlib.metadata, but then
#   passes it as text to distlib, whose pattern stops at the space. pip fails with "A callable suffix is
#   required", although there is one.
# Versions: pip 26.3 with its bundled distlib, distlib 0.4.4, uv 0.13.9, installer 1.1.0.
# Matters: a checker that follows distlib rejects valid wheels, and one that follows the specification
#   accepts wheels that pip cannot install.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 uv==0.13.9 installer==1.1.0 distlib==0.4.4
python3 "$here/wheel.py" <<'END'
{"name": "demo", "files": {"demo.py": "def main(): print('ran')\n"},
 "entry_points": "[console_scripts]\ndemo = demo : main\n"}
END

py/bin/uv pip install -q --offline --python py/bin/python --target by-uv ./demo-1.0-py3-none-any.whl
expect "script by uv" ran "$(PYTHONPATH=by-uv by-uv/bin/demo)"
py/bin/python -m installer --destdir by-installer --prefix /usr ./demo-1.0-py3-none-any.whl
expect "script by installer" ran "$(PYTHONPATH=by-uv py/bin/python by-installer/usr/bin/demo)"
expect "importlib.metadata" "demo main" "$(PYTHONPATH=by-uv py/bin/python -c '
from importlib.metadata import distribution
[point] = distribution("demo").entry_points
print(point.module, point.attr)')"
expect "distlib" "demo None" "$(py/bin/python -c '
from distlib.util import get_export_entry
point = get_export_entry("demo = demo : main")
print(point.prefix, point.suffix)')"
if py/bin/pip install --no-index --target by-pip ./demo-1.0-py3-none-any.whl >/dev/null 2>errors; then
    seen=installed
else
    seen=$(grep -o 'A callable suffix is required' errors || tail -1 errors)
fi
expect "pip" "A callable suffix is required" "$seen"
