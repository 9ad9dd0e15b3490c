#!/usr/bin/env bash
# Bytecode compiled by `python -m installer` is not in RECORD, and `pip uninstall` leaves half of it.
#
# Expected: an installer records the bytecode it writes, as pip does, and uninstalling removes it.
# Instead: installer compiles each module twice by default, with and without `-O`, after it has written
#   RECORD, and records neither file. `pip uninstall` infers only the plain name, so the `.opt-1.pyc` file
#   and the package directory stay, and the package can still be imported as an empty namespace package.
#   `uv pip uninstall` removes the whole `__pycache__`.
# Versions: installer 1.1.0, pip 26.3, uv 0.13.9.
# Matters: RECORD does not list everything a distribution's build installed, and a successful import does
#   not prove that a package is installed.
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
expect "rows of RECORD for bytecode" 0 \
    "$(grep -c '\.pyc' py/lib/python*/site-packages/demo-1.0.dist-info/RECORD || true)"
py/bin/pip uninstall -q -y demo
expect "left by pip" "demo/__pycache__/__init__.TAG.opt-1.pyc" "$(files)"
expect "import after that" "namespace" \
    "$(py/bin/python -c 'import demo; print("namespace" if demo.__file__ is None else demo.__file__)')"

rm -r py/lib/python*/site-packages/demo
install
py/bin/uv pip uninstall -q --python py/bin/python demo
expect "left by uv" "" "$(files)"
