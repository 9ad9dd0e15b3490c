#!/usr/bin/env bash
# cyclonedx-py gives a package URL to what came from an index, and none to what came from a file.
#
# Expected: every Python package in an environment has `pkg:pypi/NAME@VERSION`, as its name and version are
#   the same wherever the wheel lay.
# Instead: a package installed from a local wheel, which `direct_url.json` tells, has no `purl` at all; the same
#   wheel from `--find-links` has one. A file's digest becomes the hash of an external reference; the file's
#   whole path on the builder's machine goes into the document with it.
# Versions: cyclonedx-bom 7.5.0, cyclonedx-python-lib 11.12.0, pip 26.3.
# Matters: scanners match components by purl, so what an image got from a wheel directory given by path is not
#   looked up at all, silently, and the document shows the builder's directories.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages cyclonedx-bom==7.5.0 cyclonedx-python-lib==11.12.0 pip==26.3
python3 "$here/wheel.py" <<<'{"name": "demo", "files": {"demo.py": ""}}'
about() { # HOW OPTION...: installs, and prints what the bill of materials has of it
    python3 -m venv --without-pip "$1"
    py/bin/pip --python "$1/bin/python" install -q --no-index "${@:2}"
    py/bin/cyclonedx-py environment "$1/bin/python" >"$1.json" 2>messages || { cat messages; exit 1; }
    python3 -c '
import json, sys
[component] = json.load(open(sys.argv[1]))["components"]
urls = [it["url"] for it in component.get("externalReferences", [])]
print("purl", component.get("purl", "none") + ",", "path", any(sys.argv[2] in url for url in urls))' "$1.json" "$PWD"
}
expect "from a directory of wheels" "purl pkg:pypi/demo@1.0, path False" "$(about links --find-links . demo)"
expect "from a file" "purl none, path True" "$(about file ./demo-1.0-py3-none-any.whl)"
