#!/usr/bin/env bash
# A script and an entry point of one name leave RECORD with a row for a file that nobody wrote.
#
# Expected: a wheel with `.data/scripts/demo` and the console script `demo` is rejected before anything is
#   installed, or one of the two is installed and RECORD lists what is there.
# Instead: pip and uv install the entry point, and RECORD gets, besides `../../../bin/demo`, a row for
#   `demo-1.0.data/scripts/demo`: the path within the wheel, with the digest of the script that was not
#   written. installer raises FileExistsError after it has written the modules and the command, without
#   RECORD, so that the module can be imported but is not an installed distribution.
# Versions: pip 26.3, uv 0.13.9, installer 1.1.0.
# Matters: a checker that follows RECORD reports a missing file after a normal installation, and what
#   installer leaves can be removed by no uninstaller.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 uv==0.13.9 installer==1.1.0
python3 "$here/wheel.py" <<'END'
{"name": "demo",
 "files": {"demo.py": "def main(): print('entry point')\n",
           "demo-1.0.data/scripts/demo": "#!python\nprint('own script')\n"},
 "entry_points": "[console_scripts]\ndemo = demo:main\n"}
END
for by in pip uv installer; do python3 -m venv --without-pip "by-$by"; done
py/bin/pip --python by-pip/bin/python install -q --no-index --no-compile ./demo-1.0-py3-none-any.whl
py/bin/uv pip install -q --offline --python by-uv/bin/python ./demo-1.0-py3-none-any.whl
installer=$(PYTHONPATH=$(echo py/lib/python*/site-packages) by-installer/bin/python -m installer \
    --no-compile-bytecode ./demo-1.0-py3-none-any.whl 2>&1 | tail -1 | cut -d: -f1 || true)

# The rows of RECORD that name the command, and whether they are files.
rows() {
    local site row
    site=$(echo "by-$1"/lib/python*/site-packages)
    cut -d, -f1 "$site/demo-1.0.dist-info/RECORD" | grep '/demo$' | LC_ALL=C sort | while read -r row; do
        if [ -e "$site/$row" ]; then echo "$row"; else echo "$row (missing)"; fi
    done | paste -sd' '
}
for by in pip uv; do
    expect "command by $by" "entry point" "$("by-$by/bin/demo")"
    expect "RECORD by $by" "../../../bin/demo demo-1.0.data/scripts/demo (missing)" "$(rows $by)"
done
expect "installer" "FileExistsError" "$installer"
expect "command by installer" "entry point" "$(by-installer/bin/demo)"
expect "files by installer" "demo.py" "$(cd by-installer/lib/python*/site-packages &&
    find . -type f -not -path './__pycache__/*' -printf %P)"
