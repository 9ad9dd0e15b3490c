#!/usr/bin/env bash
# cyclonedx-py omits the package URL of a package that was installed from a wheel file.
#
# Expected: every Python package in an environment has the purl `pkg:pypi/NAME@VERSION`, however the wheel
#   was found.
# Instead: a package that pip installed from a path has no `purl`, because `direct_url.json` records the
#   path. The same wheel found by `--find-links` has one. The full path on the build machine also ends up
#   in the document.
# Versions: cyclonedx-bom 7.5.0, cyclonedx-python-lib 11.12.0, pip 26.3.
# Matters: vulnerability scanners match by purl, so they silently skip such packages, and the SBOM
#   discloses directories of the build machine.
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
