#!/usr/bin/env bash
# importlib.metadata lists what an interrupted pip left behind; pip and uv do not.
#
# Expected: pip renames directories that it replaces to names that start with `~`. No project name starts
#   with `~`, so no tool finds them.
# Instead: pip and uv skip `~emo-1.0.dist-info` with a warning, and `importlib.metadata.version("demo")`,
#   which searches by directory name, finds the right one. But `distributions()` returns both, each named
#   `demo` by its METADATA, and `entry_points()` includes those of the removed version. cyclonedx-py lists
#   two components.
# Versions: CPython 3.10 and later, importlib_metadata 10.2.0, pip 26.3, uv 0.13.9, cyclonedx-bom 7.5.0.
# Matters: after a killed upgrade, the answer to "what is installed?" depends on the function that is
#   asked, and programs that load plugins try to load removed ones.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 uv==0.13.9 importlib_metadata==10.2.0 cyclonedx-bom==7.5.0 cyclonedx-python-lib==11.12.0
python3 -m venv --without-pip environment
site=$(echo environment/lib/python*/site-packages)
for version in 1.0 2.0; do
    python3 "$here/wheel.py" <<END
{"name": "demo", "version": "$version", "files": {"demo.py": "def run(): pass\n"},
 "entry_points": "[plugins]\nof-$version = demo:run\n"}
END
    py/bin/pip --python environment/bin/python install -q --no-index "./demo-$version-py3-none-any.whl"
    # As pip renames it when it replaces it, but that it was killed before it removed it.
    if [ "$version" = 1.0 ]; then cp -r "$site/demo-1.0.dist-info" aside; fi
done
mv aside "$site/~emo-1.0.dist-info"

for module in importlib.metadata importlib_metadata; do
    PYTHONPATH=$site py/bin/python - "$module" >seen <<'END'
import importlib, sys
module = importlib.import_module(sys.argv[1])
print("version", module.version("demo"))
print("distributions", *sorted(it.version for it in module.distributions() if it.metadata["Name"] == "demo"))
print("plugins", *sorted(it.name for it in module.entry_points(group="plugins")))
END
    expect "$module.version" "2.0" "$(sed -n 's/^version //p' seen)"
    expect "$module.distributions" "1.0 2.0" "$(sed -n 's/^distributions //p' seen)"
    expect "$module.entry_points" "of-1.0 of-2.0" "$(sed -n 's/^plugins //p' seen)"
done
expect "pip" "demo==2.0" "$(py/bin/pip --python environment/bin/python list --format freeze 2>/dev/null)"
expect "uv" "demo==2.0" "$(py/bin/uv pip list --python environment/bin/python --format freeze 2>/dev/null)"
py/bin/cyclonedx-py environment environment/bin/python >sbom.json 2>messages || { cat messages; exit 1; }
expect "cyclonedx-py" "1.0 2.0" "$(python3 -c '
import json
print(*sorted(it["version"] for it in json.load(open("sbom.json"))["components"] if it["name"] == "demo"))')"
