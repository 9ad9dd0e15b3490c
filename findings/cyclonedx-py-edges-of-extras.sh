#!/usr/bin/env bash
# cyclonedx-py draws dependency edges for requirements whose markers do not apply.
#
# Expected: the dependency graph of an environment evaluates markers. A requirement with `; extra ==
#   "test"` or `; python_version < "3"` is an edge only where the marker holds.
# Instead: markers are ignored. Every requirement is an edge if a package of that name is installed for
#   any reason. For example, setuptools 65.5.0 depends on pip, because pip is in its `testing` extra.
# Versions: cyclonedx-bom 7.5.0 (which provides cyclonedx-py), cyclonedx-python-lib 11.12.0.
# Matters: packages that nothing needs look needed, and removing pip from a final image looks as if it
#   would break other packages.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages cyclonedx-bom==7.5.0 cyclonedx-python-lib==11.12.0
needs='Requires-Dist: used\nProvides-Extra: test\nRequires-Dist: forextra; extra == \"test\"\n'
needs+='Requires-Dist: forpython2; python_version < \"3\"\nRequires-Dist: absent; extra == \"test\"\n'
for described in \
    '{"name": "used", "files": {"used.py": ""}}' \
    '{"name": "forextra", "files": {"forextra.py": ""}}' \
    '{"name": "forpython2", "files": {"forpython2.py": ""}}' \
    "{\"name\": \"app\", \"files\": {\"app.py\": \"\"}, \"metadata\": \"$needs\"}"
do
    python3 "$here/wheel.py" <<<"$described"
done
python3 -m venv --without-pip environment
py/bin/pip --python environment/bin/python install -q --no-index ./*.whl
py/bin/cyclonedx-py environment environment/bin/python >sbom.json 2>messages || { cat messages; exit 1; }
expect "app depends on" "forextra==1.0 forpython2==1.0 used==1.0" "$(python3 -c '
import json
for node in json.load(open("sbom.json"))["dependencies"]:
    if node["ref"] == "app==1.0":
        print(*sorted(node.get("dependsOn", [])))')"
