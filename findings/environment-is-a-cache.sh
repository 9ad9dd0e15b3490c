#!/usr/bin/env bash
# tar --exclude-caches drops virtual environments made by uv and virtualenv.
#
# Expected: a virtual environment is an installation like any other, so archiving tools treat it as one.
# Instead: uv and virtualenv write a CACHEDIR.TAG into the environment, so `tar --exclude-caches` archives
#   only the tag. CPython's venv writes no such file.
# Versions: uv 0.13.9, virtualenv 21.15.11, GNU tar of the system.
# Matters: an image or archive built with this option lacks its Python environment, and the build still
#   succeeds.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages uv==0.13.9 virtualenv==21.15.11
tar --version | head -1
py/bin/uv venv -q --python py/bin/python by-uv
py/bin/virtualenv -q --no-download by-virtualenv
python3 -m venv by-venv
packed() { tar --exclude-caches -cf - "$1" | tar -tf - | grep -v '/$' | sed "s,^$1/,,"; }
for tool in uv virtualenv; do
    expect "packed of an environment by $tool" "CACHEDIR.TAG" "$(packed "by-$tool" 2>/dev/null | paste -sd' ')"
done
packed by-venv >files
expect "pyvenv.cfg of one by venv is packed" 1 "$(grep -c '^pyvenv.cfg$' files || true)"
