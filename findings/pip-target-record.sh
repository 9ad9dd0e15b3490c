#!/usr/bin/env bash
# With `--target`, pip's RECORD lists scripts and data files at paths that do not exist.
#
# Expected: paths in RECORD are relative to the directory of the package, so `pip install --target DIR`
#   lists DIR/bin/demo as `bin/demo`.
# Instead: pip installs into a temporary prefix, moves the parts to DIR, and keeps RECORD as it was. It
#   lists `../../bin/demo`, two levels above DIR. uv lists `bin/demo` for the same wheel and option.
# Versions: pip 26.3, uv 0.13.9.
# Matters: an uninstaller, SBOM tool or copier that follows RECORD misses these files, or looks outside
#   the directory it was given.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 uv==0.13.9
python3 "$here/wheel.py" <<'END'
{"name": "demo",
 "files": {"demo.py": "def main(): pass\n", "demo-1.0.data/data/share/demo.txt": "text\n"},
 "entry_points": "[console_scripts]\ndemo = demo:main\n"}
END

py/bin/pip install -q --no-index --no-compile --target by-pip ./demo-1.0-py3-none-any.whl
py/bin/uv pip install -q --offline --python py/bin/python --target by-uv ./demo-1.0-py3-none-any.whl

# The rows of RECORD that are neither of the module nor of its metadata, and whether they are files.
rows() {
    local row
    cut -d, -f1 "$1/demo-1.0.dist-info/RECORD" | grep -v '^demo' | LC_ALL=C sort | while read -r row; do
        if [ -e "$1/$row" ]; then echo "$row"; else echo "$row (missing)"; fi
    done | paste -sd' '
}
expect "files below DIR" "bin/demo share/demo.txt" \
    "$(cd by-pip && find bin share -type f | LC_ALL=C sort | paste -sd' ')"
expect "RECORD by pip" "../../bin/demo (missing) ../../share/demo.txt (missing)" "$(rows by-pip)"
expect "RECORD by uv" "bin/demo share/demo.txt" "$(rows by-uv)"
