#!/usr/bin/env bash
# pip and uv put a wheel's headers into one directory, installer into another, and sysconfig names neither.
#
# Expected: the headers of a wheel (`.data/headers`) go to the directory that `sysconfig` calls `include`, or
#   to one in it that is named after the distribution.
# Instead: in a virtual environment, pip and uv make `include/site/pythonX.Y/NAME`, with the normalised name,
#   and `python -m installer` makes `include/pythonX.Y/NAME`, with the name as in the file name. None of these is
#   below `sysconfig.get_path("include")`, which is the directory of the Python that made the environment.
# Versions: pip 26.3, uv 0.13.9, installer 1.1.0.
# Matters: where a header is depends on the installer, and its RECORD is the only way to find it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 installer==1.1.0 uv==0.13.9
python3 "$here/wheel.py" <<'END'
{"name": "demo_pkg",
 "files": {"demo.py": "", "demo_pkg-1.0.data/headers/demo.h": "int demo;\n"}}
END
for name in pip uv installer; do python3 -m venv --without-pip "by-$name"; done
py/bin/pip --python by-pip/bin/python install -q --no-index ./demo_pkg-1.0-py3-none-any.whl
py/bin/uv pip install -q --offline --python by-uv/bin/python ./demo_pkg-1.0-py3-none-any.whl
cp -R py/lib/python3*/site-packages/installer by-installer/lib/python3*/site-packages/
by-installer/bin/python -m installer ./demo_pkg-1.0-py3-none-any.whl

version=$(python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
# The header's path in the environment, and whether it is below the directory that sysconfig names.
seen() {
    local include header
    include=$("$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    header=$(find "$PWD/$1" -name demo.h)
    printf '%s, ' "${header#"$PWD/$1/"}"
    case $header in "$include"/*) echo "below include" ;; *) echo "elsewhere" ;; esac
}
expect "pip" "include/site/$version/demo-pkg/demo.h, elsewhere" "$(seen by-pip)"
expect "uv" "include/site/$version/demo-pkg/demo.h, elsewhere" "$(seen by-uv)"
expect "installer" "include/$version/demo_pkg/demo.h, elsewhere" "$(seen by-installer)"
