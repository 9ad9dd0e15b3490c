#!/usr/bin/env bash
# pip list and pip freeze disagree on a version if a dist-info directory is named for another one.
#
# Expected: one source decides. Where `demo-1.0.dist-info` has a METADATA with version 2.0, as after an edit
#   of either, a program shows the same version everywhere.
# Instead: `pip list` and `pip show` say 2.0, and so does `importlib.metadata.version`. `pip freeze`,
#   `pip list --format freeze` and the requirement `demo==1.0` say 1.0, and pip does not regard `demo==2.0`
#   as installed. uv says 1.0 everywhere. For a name that differs, pip lists the one in METADATA, but
#   `pip show` and `importlib.metadata.version` find it only by the one of the directory. In CPython 3.10,
#   where pip uses pkg_resources, `pip list` and `pip show` say 1.0 too, and `pip inspect` says 2.0.
# Versions: pip 26.3, uv 0.13.9, CPython 3.10 and later.
# Matters: a program that edits METADATA or renames a dist-info directory has to keep the two equal, and
#   one that lists versions has to say which it means.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 uv==0.13.9
python3 -m venv --without-pip environment
site=$(echo environment/lib/python*/site-packages)
mkdir "$site/demo-1.0.dist-info" "$site/other-1.0.dist-info"
printf 'Metadata-Version: 2.1\nName: demo\nVersion: 2.0\n' >"$site/demo-1.0.dist-info/METADATA"
printf 'Metadata-Version: 2.1\nName: another\nVersion: 1.0\n' >"$site/other-1.0.dist-info/METADATA"

pip() { py/bin/pip --python environment/bin/python "$@" 2>/dev/null; }
uv() { py/bin/uv pip "$@" --python environment/bin/python 2>/dev/null; }
satisfied() { # VERSION: whether pip has nothing to install for it
    if pip install -q --no-index "demo==$1"; then echo yes; else echo no; fi
}
lines() { LC_ALL=C sort | paste -sd' '; }

shown=$(environment/bin/python -c 'import sys; print("2.0" if sys.version_info >= (3, 11) else "1.0")')
expect "pip list" "another 1.0 demo $shown" "$(pip list | sed -n 's/  */ /g; 3,$p' | lines)"
expect "pip show" "Version: $shown" "$(pip show demo | grep '^Version')"
expect "pip inspect" "another 1.0 demo 2.0" "$(pip inspect | python3 -c '
import json, sys
for it in json.load(sys.stdin)["installed"]: print(it["metadata"]["name"], it["metadata"]["version"])' | lines)"
expect "pip list --format freeze" "another==1.0 demo==1.0" "$(pip list --format freeze | lines)"
expect "pip freeze" "another==1.0 demo==1.0" "$(pip freeze | lines)"
expect "pip has demo==1.0" "yes" "$(satisfied 1.0)"
expect "pip has demo==2.0" "no" "$(satisfied 2.0)"
expect "uv pip list" "demo==1.0 other==1.0" "$(uv list --format freeze | lines)"
expect "importlib.metadata" "2.0" \
    "$(environment/bin/python -c 'import importlib.metadata as it; print(it.version("demo"))')"

expect "pip show another" "" "$(pip show another || true)"
expect "pip show other" "Name: another" "$(pip show other | grep '^Name')"
expect "importlib.metadata, names" "another not found, other 1.0" "$(environment/bin/python -c '
import importlib.metadata as it
try:
    print("another", it.version("another"), end=", ")
except it.PackageNotFoundError:
    print("another not found", end=", ")
print("other", it.version("other"))')"
