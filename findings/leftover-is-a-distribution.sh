#!/usr/bin/env bash
# The `~emo-1.0.dist-info` that an interrupted pip leaves is a distribution to importlib.metadata, and none to pip.
#
# Expected: pip renames what it replaces so that the name begins with `~`, which no project's does, so that
#   nothing finds it again.
# Instead: pip and uv leave it out, with a warning, and `importlib.metadata.version("demo")`, which goes by names of
#   directories, finds the other. `distributions()` yields both, each called demo by its METADATA, and
#   `entry_points()` has those of the old version too, though its code is gone. cyclonedx-py lists
#   two components.
# Versions: CPython 3.10 and later, importlib_metadata 10.2.0, pip 26.3, uv 0.13.9, cyclonedx-bom 7.5.0.
# Matters: after a killed upgrade "what is installed" depends on the function that is asked, and programs that
#   load plugins fail by one that was removed.
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
