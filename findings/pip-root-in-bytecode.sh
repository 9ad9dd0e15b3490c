#!/usr/bin/env bash
# `pip install --root DIR` writes DIR into each .pyc file; `python -m installer --destdir DIR` does not.
#
# Expected: `--root` is for staging, like DESTDIR of make, so staged files do not mention it.
# Instead: pip compiles the staged files under their staged path, even with SOURCE_DATE_EPOCH, so that
#   each .pyc contains DIR. installer writes the final path. RECORD is relative in both.
# Versions: pip 26.3, installer 1.1.0.
# Matters: packages built with `pip --root` differ with the build directory and fail a distribution's
#   check for build paths.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 installer==1.1.0
python3 "$here/wheel.py" <<<'{"name": "demo", "files": {"demo.py": "def function(): pass\n"}}'
SOURCE_DATE_EPOCH=1700000000 py/bin/pip install -q --no-index --root "$scratch/by-pip" ./demo-1.0-py3-none-any.whl
py/bin/python -m installer --destdir "$scratch/by-installer" ./demo-1.0-py3-none-any.whl

# The name of the source in the bytecode, with the directories of this run left out.
named() {
    python3 - "$1" <<'END'
import glob, marshal, os, sys
paths = glob.glob(sys.argv[1] + "/**/demo.*.pyc", recursive=True)
[path] = [path for path in paths if ".opt-" not in path]
with open(path, "rb") as file:
    name = marshal.loads(file.read()[16:]).co_filename
for part, shown in ((sys.argv[1], "ROOT"), (os.getcwd() + "/py", "/PREFIX")):
    name = name.replace(part, shown)
print(os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(name)))))
END
}
expect "pip" "ROOT/PREFIX" "$(named "$scratch/by-pip")"
expect "installer" "/PREFIX" "$(named "$scratch/by-installer")"
