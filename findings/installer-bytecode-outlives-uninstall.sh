#!/usr/bin/env bash
# What `python -m installer` compiles is in no RECORD, and half of it outlives `pip uninstall`.
#
# Expected: an installer lists the bytecode that it writes, as pip does, so uninstalling leaves nothing.
# Instead: installer compiles every module twice by default, plainly and for `-O`, after it has written
#   RECORD, and lists neither. `pip uninstall` guesses the plain name only: the `.opt-1.pyc` stays, and
#   with it the package's directory, which imports as an empty namespace package. `uv pip uninstall`
#   removes the whole `__pycache__`.
# Versions: installer 1.1.0, pip 26.3, uv 0.13.9, with any CPython.
# Matters: RECORD of what a distributor's build installed is no list of what is there, and
#   "no package of that name" cannot be concluded from a failed uninstall or a successful import.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 installer==1.1.0 uv==0.13.9
python3 "$here/wheel.py" <<'END'
{"name": "demo", "files": {"demo/__init__.py": "value = 1\n"}}
END

install() {
    py/bin/python -m installer ./demo-1.0-py3-none-any.whl
}
files() {
    (cd py/lib/python*/site-packages && find demo demo-1.0.dist-info -type f 2>/dev/null | LC_ALL=C sort |
        sed 's/cpython-[0-9]*/TAG/' | paste -sd' ') || true
}
installed="demo-1.0.dist-info/METADATA demo-1.0.dist-info/RECORD demo-1.0.dist-info/WHEEL"
installed="$installed demo/__init__.py demo/__pycache__/__init__.TAG.opt-1.pyc"
installed="$installed demo/__pycache__/__init__.TAG.pyc"

install
expect "installed" "$installed" "$(files)"
expect "rows of RECORD for bytecode" 0 "$(grep -c '\.pyc' py/lib/python*/site-packages/demo-1.0.dist-info/RECORD || true)"
py/bin/pip uninstall -q -y demo
expect "left by pip" "demo/__pycache__/__init__.TAG.opt-1.pyc" "$(files)"
expect "import after that" "namespace" \
    "$(py/bin/python -c 'import demo; print("namespace" if demo.__file__ is None else demo.__file__)')"

rm -r py/lib/python*/site-packages/demo
install
py/bin/uv pip uninstall -q --python py/bin/python demo
expect "left by uv" "" "$(files)"
