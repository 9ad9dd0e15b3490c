#!/usr/bin/env bash
# A wheel's own direct_url.json is believed, and its own INSTALLER gives RECORD two rows for one file.
#
# Expected: these files are written by the installer, so that those which a wheel contains, for instance one
#   that was packed from an installed tree, are dropped or replaced.
# Instead: pip and uv replace INSTALLER, but RECORD then has two rows for it with different digests, and two
#   equal ones for REQUESTED. They do not remove the wheel's direct_url.json if the wheel was found by name,
#   so that `pip freeze` and `uv pip freeze` print its URL although nothing came from there. If the wheel was
#   given as a path, they replace that file too, and RECORD has two rows for it. installer keeps all three
#   files and their single rows.
# Versions: pip 26.3, uv 0.13.9, installer 1.1.0.
# Matters: RECORD may list a path twice, of which the first row need not be right, and direct_url.json does
#   not prove where a package came from.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 uv==0.13.9 installer==1.1.0
python3 "$here/wheel.py" <<'END'
{"name": "demo",
 "files": {"demo.py": "", "demo-1.0.dist-info/INSTALLER": "packer\n", "demo-1.0.dist-info/REQUESTED": "",
           "demo-1.0.dist-info/direct_url.json":
           "{\"url\": \"https://example.org/demo.tar.gz\", \"archive_info\": {}}"}}
END
for by in pip uv installer pip-path uv-path; do python3 -m venv --without-pip "by-$by"; done
py/bin/pip --python by-pip/bin/python install -q --no-index --find-links . --no-compile demo
py/bin/uv pip install -q --offline --no-index --find-links . --python by-uv/bin/python demo
py/bin/pip --python by-pip-path/bin/python install -q --no-index --no-compile ./demo-1.0-py3-none-any.whl
py/bin/uv pip install -q --offline --python by-uv-path/bin/python ./demo-1.0-py3-none-any.whl
PYTHONPATH=$(echo py/lib/python*/site-packages) by-installer/bin/python -m installer \
    --no-compile-bytecode ./demo-1.0-py3-none-any.whl

rows() { # ENVIRONMENT: how many rows RECORD has for each of the three files
    local file
    for file in INSTALLER REQUESTED direct_url.json; do
        printf '%s %s ' "$file" \
            "$(cut -d, -f1 "$1"/lib/python*/site-packages/demo-1.0.dist-info/RECORD | grep -c "/$file\$" || true)"
    done
}
installer() { paste -sd" " "$1"/lib/python*/site-packages/demo-1.0.dist-info/INSTALLER; }
freeze() { py/bin/pip --python "$1/bin/python" freeze; }
believed="demo @ https://example.org/demo.tar.gz"
for by in pip uv; do
    expect "$by, by name" "INSTALLER 2 REQUESTED 2 direct_url.json 1 $by" "$(rows by-$by)$(installer by-$by)"
    expect "$by, by path" "INSTALLER 2 REQUESTED 2 direct_url.json 2 $by" \
        "$(rows by-$by-path)$(installer by-$by-path)"
    expect "pip freeze after $by, by name" "$believed" "$(freeze by-$by)"
    expect "pip freeze after $by, by path" "demo @ file" "$(freeze by-$by-path | cut -d: -f1)"
done
expect "installer" "INSTALLER 1 REQUESTED 1 direct_url.json 1 packer" \
    "$(rows by-installer)$(installer by-installer)"
expect "pip freeze after installer" "$believed" "$(freeze by-installer)"
expect "uv pip freeze after pip, by name" "$believed" "$(py/bin/uv pip freeze -q --python by-pip/bin/python)"
