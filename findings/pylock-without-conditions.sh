#!/usr/bin/env bash
# Lock files by pip and uv omit conditions that pylock.toml has fields for.
#
# Expected: `pip lock` records the platform in `environments`, or keeps packages for other platforms with
#   a marker. `uv export` declares the development group in `dependency-groups` and puts a marker on its
#   packages.
# Instead: `pip lock` drops packages whose marker does not match, and writes no `environments`,
#   `requires-python` or marker. uv then installs this lock for Windows, without the package that Windows
#   needs. `uv export` lists packages of the development group without a marker, so pip installs them.
# Versions: pip 26.3, uv 0.13.9.
# Matters: a reader that checks these fields as PEP 751 describes finds nothing to check, and cannot
#   detect that a lock is not meant for its image.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 uv==0.13.9
for project in everywhere onwindows fordevelopment; do
    python3 "$here/wheel.py" <<<"{\"name\": \"$project\", \"files\": {\"$project.py\": \"\"}}"
done
mkdir wheels project
mv ./*.whl wheels
cat >requirements.txt <<'END'
everywhere
onwindows; sys_platform == "win32"
END
cat >project/pyproject.toml <<'END'
[project]
name = "project"
version = "1"
requires-python = ">=3.9"
dependencies = ["everywhere", "onwindows; sys_platform == 'win32'"]
[dependency-groups]
dev = ["fordevelopment"]
[tool.uv]
package = false
no-index = true
find-links = ["../wheels"]
END
py/bin/pip lock -q --no-index --find-links wheels -r requirements.txt -o pylock.pip.toml 2>/dev/null
py/bin/uv export -q --offline --project project --python py/bin/python --format pylock.toml -o pylock.uv.toml >/dev/null
conditions() { # FILE KEY...: those of the keys that are in the file
    local key
    for key in "${@:2}"; do
        if grep -q "^$key = " "$1"; then echo "$key"; fi
    done | paste -sd' '
}
packages() { sed -n 's/^name = "\([a-z]*\)"$/\1/p' "$1" | LC_ALL=C sort | paste -sd' '; }
expect "pip lock: packages" "everywhere" "$(packages pylock.pip.toml)"
expect "pip lock: conditions" "" \
    "$(conditions pylock.pip.toml environments requires-python dependency-groups marker)"
expect "uv export: packages" "everywhere fordevelopment onwindows" "$(packages pylock.uv.toml)"
expect "uv export: conditions" "requires-python marker" \
    "$(conditions pylock.uv.toml environments requires-python dependency-groups default-groups marker)"

py/bin/uv pip install -q --offline --python py/bin/python --python-platform windows --target by-uv \
    -r pylock.pip.toml 2>/dev/null
py/bin/pip install -q --no-index --no-compile --target by-pip -r pylock.uv.toml 2>/dev/null
installed() { (cd "$1" && printf '%s\n' ./*.py | sed 's,^./,,; s,\.py$,,' | paste -sd' '); }
expect "lock by pip, installed by uv for Windows" "everywhere" "$(installed by-uv)"
expect "export by uv, installed by pip" "everywhere fordevelopment" "$(installed by-pip)"
