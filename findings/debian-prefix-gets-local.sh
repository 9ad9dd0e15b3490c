#!/usr/bin/env bash
# With Debian's Python, `pip install --prefix DIR` installs below DIR/local; `uv pip install` does not.
#
# Expected: `--prefix DIR` installs into DIR/bin and DIR/lib/python3.11/site-packages, or `dist-packages`
#   on Debian.
# Instead: Debian's default scheme appends `local` to any prefix: DIR/local/bin and
#   DIR/local/lib/python3.11/dist-packages. With DEB_PYTHON_INSTALL_LAYOUT=deb, the files go to DIR/bin
#   and DIR/lib/python3/dist-packages. uv uses DIR/lib/python3.11/site-packages for the same interpreter,
#   and leaves a file `.lock` in DIR.
# Versions: python3.11 3.11.2 and pip 23.0.1 of Debian 12, uv 0.13.9.
# Matters: a package build with `--prefix /usr` puts files where Debian's policy forbids them, and two
#   installers with the same options fill two different trees.
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
