#!/usr/bin/env bash
# Installers drop the option in a script's `#!python -I`, and treat `#!python2.7` and `#!pythonic` alike.
#
# Expected: `#!python` at the start of a wheel's script stands for the interpreter, and what follows in the
#   line is kept, or the line is left alone if the word is not exactly `python` or `pythonw`.
# Instead: pip, uv and installer replace the whole line if it starts with `#!python`. `#!python -I`
#   loses its option, so that the script runs without isolation, `#!python2.7` and `#!pythonic` become
#   the environment's Python, and so does `#!pythonw`, with the console interpreter. `#! python` and
#   `#!Python` are left as they are.
# Versions: pip 26.3, uv 0.13.9, installer 1.1.0.
# Matters: options of a packaged script have no effect, without a message, and rewriting only the exact word
#   differs from all three installers.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 uv==0.13.9 installer==1.1.0
python3 - <<'END' | python3 "$here/wheel.py"
import json
lines = {"options": "#!python -I", "windowed": "#!pythonw -u", "versioned": "#!python2.7", "longer": "#!pythonic",
         "spaced": "#! python", "capital": "#!Python"}
own = "\nimport sys\nprint('isolated' if sys.flags.isolated else 'not isolated')\n"
print(json.dumps({
    "name": "demo",
    "files": {"demo.py": "", **{f"demo-1.0.data/scripts/{name}": line + own for name, line in lines.items()}},
    "modes": {f"demo-1.0.data/scripts/{name}": "755" for name in lines},
}))
END
for by in pip uv installer; do python3 -m venv --without-pip "by-$by"; done
py/bin/pip --python by-pip/bin/python install -q --no-index ./demo-1.0-py3-none-any.whl
py/bin/uv pip install -q --offline --python by-uv/bin/python ./demo-1.0-py3-none-any.whl
PYTHONPATH=$(echo py/lib/python*/site-packages) by-installer/bin/python -m installer ./demo-1.0-py3-none-any.whl

for by in pip uv installer; do
    seen=$(for script in options windowed versioned longer spaced capital; do
        head -1 "by-$by/bin/$script" | sed -E "s,^#!$scratch/by-$by/bin/python[0-9.]*,(interpreter),"
    done | paste -sd';')
    expect "$by" "(interpreter);(interpreter);(interpreter);(interpreter);#! python;#!Python" "$seen"
    expect "$by, #!python -I" "not isolated" "$("by-$by/bin/options")"
done
