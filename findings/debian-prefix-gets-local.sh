#!/usr/bin/env bash
# With Debian's Python, `pip install --prefix DIR` writes below DIR/local, and `uv pip install` does not.
#
# Expected: --prefix DIR gives DIR/bin and DIR/lib/python3.11/site-packages, or `dist-packages` as Debian has it.
# Instead: Debian's default scheme adds `local` to whatever prefix it is given: DIR/local/bin and
#   DIR/local/lib/python3.11/dist-packages. DEB_PYTHON_INSTALL_LAYOUT=deb makes it DIR/bin and
#   DIR/lib/python3/dist-packages, without a minor version. uv asks the same interpreter, and writes
#   DIR/lib/python3.11/site-packages, where that Python looks for nothing; and a file `.lock` stays in DIR.
# Versions: Debian 12's python3.11 (3.11.2) and pip (23.0.1), uv 0.13.9.
# Matters: a package build for Debian with DESTDIR and --prefix /usr puts files where policy has none, and
#   two installers with the same options fill two trees.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

debian_packages 'python3.11-minimal=3.11.2*' 'libpython3.11-minimal=3.11.2*' 'libpython3.11-stdlib=3.11.2*' \
    'python3-pip-whl=23.0.1*' 'python3-distutils=3.11.2*' libexpat1 libssl3
python=$scratch/deb/usr/bin/python3.11
pip=$(echo "$scratch"/deb/usr/share/python-wheels/pip-*.whl)
python_packages uv==0.13.9
python3 "$here/wheel.py" <<'END'
{"name": "demo", "files": {"demo.py": "def main(): pass\n"}, "entry_points": "[console_scripts]\ndemo = demo:main\n"}
END
debian_pip() { PYTHONPATH=$pip "$python" -m pip "$@"; }
files() { # DIRECTORY: its files but those of the metadata
    (cd "$1" && find . -type f -not -path '*.dist-info/*' | sed 's,^\./,,' | LC_ALL=C sort | paste -sd' ')
}

debian_pip install -q --no-index --no-compile --prefix by-pip ./demo-1.0-py3-none-any.whl
expect "pip" "local/bin/demo local/lib/python3.11/dist-packages/demo.py" "$(files by-pip)"
DEB_PYTHON_INSTALL_LAYOUT=deb debian_pip install -q --no-index --no-compile --prefix by-pip-deb \
    ./demo-1.0-py3-none-any.whl
expect "pip, layout of packages" "bin/demo lib/python3/dist-packages/demo.py" "$(files by-pip-deb)"
py/bin/uv pip install -q --offline --break-system-packages --python "$python" --prefix by-uv \
    ./demo-1.0-py3-none-any.whl
expect "uv" ".lock bin/demo lib/python3.11/site-packages/demo.py" "$(files by-uv)"
