#!/usr/bin/env bash
# cyclonedx-py shows a dependency on whatever a package needs for an extra that nobody asked for, if it is there.
#
# Expected: the dependency graph of an environment follows the markers, so what is required with
#   `; extra == "test"` or `; python_version < "3"` is no edge where that does not hold.
# Instead: markers are not evaluated: each requirement whose project happens to be installed is an edge. So
#   packages depend on pip because their tests do, and on a backport that the marker excludes.
# Versions: cyclonedx-bom 7.5.0 (the program cyclonedx-py), cyclonedx-python-lib 11.12.0.
# Matters: from such a bill of materials a package in an image looks needed that nothing needs, and
#   removing pip from the final image looks like breaking others.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages cyclonedx-bom==7.5.0 cyclonedx-python-lib==11.12.0
for described in \
    '{"name": "used", "files": {"used.py": ""}}' \
    '{"name": "forextra", "files": {"forextra.py": ""}}' \
    '{"name": "forpython2", "files": {"forpython2.py": ""}}' \
    '{"name": "app", "files": {"app.py": ""}, "metadata": "Requires-Dist: used\nProvides-Extra: test\nRequires-Dist: forextra; extra == \"test\"\nRequires-Dist: forpython2; python_version < \"3\"\nRequires-Dist: absent; extra == \"test\"\n"}'
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
