#!/usr/bin/env bash
# A virtual environment by uv or virtualenv is a cache directory to tar, which then leaves it out.
#
# Expected: a virtual environment is an installation, whichever tool made it, and is packed like one.
# Instead: uv and virtualenv put a CACHEDIR.TAG into it, so that `tar --exclude-caches` packs the tag only; backup
#   programs have such an option too. They also add a `.gitignore` with `*`. CPython's venv does neither
#   (it adds the second from 3.13 on).
# Versions: uv 0.13.9, virtualenv 21.15.11, GNU tar of the system, CPython 3.8 to 3.13.
# Matters: an image or an archive built with that option has an empty directory where its Python should be,
#   and the build is a success.
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
