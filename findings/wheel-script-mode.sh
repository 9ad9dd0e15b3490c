#!/usr/bin/env bash
# pip and installer do not make a wheel's own scripts executable; uv does.
#
# Expected: a script in a wheel's `.data/scripts` is executable after installation, whatever mode it has
#   in the ZIP archive. The specification notes that installers may need to add the bit for wheels built
#   on Windows.
# Instead: pip and installer rewrite the `#!python` line but keep the mode, so a script with mode 644
#   cannot be run. uv makes it executable. Scripts for entry points are executable with all three.
# Versions: pip 26.3, installer 1.1.0, uv 0.13.9.
# Matters: whether a command works depends on the installer and on where the wheel was built.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 installer==1.1.0 uv==0.13.9
python3 "$here/wheel.py" <<'END'
{"name": "demo", "system": 0,
 "files": {"demo.py": "def main(): pass\n", "demo-1.0.data/scripts/own": "#!python\nprint('ran')\n"},
 "entry_points": "[console_scripts]\nmade = demo:main\n"}
END
py/bin/pip install -q --no-index --target by-pip ./demo-1.0-py3-none-any.whl
py/bin/uv pip install -q --offline --python py/bin/python --target by-uv ./demo-1.0-py3-none-any.whl
py/bin/python -m installer --destdir by-installer --prefix /usr ./demo-1.0-py3-none-any.whl

# Which of the two can be run, and is the first line that of a real interpreter?
seen() {
    local script
    for script in own made; do
        if [ -x "$1/$script" ]; then printf '%s runs, ' "$script"; else printf '%s does not run, ' "$script"; fi
    done
    if head -1 "$1/own" | grep -q '^#!/'; then echo rewritten; else echo untouched; fi
}
expect "pip" "own does not run, made runs, rewritten" "$(seen by-pip/bin)"
expect "installer" "own does not run, made runs, rewritten" "$(seen by-installer/usr/bin)"
expect "uv" "own runs, made runs, rewritten" "$(seen by-uv/bin)"
