#!/usr/bin/env bash
# An empty pyvenv.cfg makes a virtual environment, and one that is open to packages outside of it.
#
# Expected: a pyvenv.cfg without `home` is not that of a virtual environment, and one without
#   `include-system-site-packages` is isolated, which is what `python -m venv` writes.
# Instead: beside a link to the interpreter, an empty pyvenv.cfg makes `sys.prefix` its directory, in CPython
#   and in PyPy. Without that line, and for `true` in any case, packages of the base and the user are
#   visible; for any other value, such as `yes` or `1`, they are not. If the line is there twice, the last
#   one holds. pip follows that, and regards those packages as installed. uv lists only what is in the
#   environment, whatever the file says, and installs them again.
# Versions: pip 26.3, uv 0.13.9, CPython 3.10 and later, PyPy 7.3.11 of Debian 12.
# Matters: a program that writes or reads pyvenv.cfg cannot take a missing line for `false`, and two
#   installers do different work in one environment.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 uv==0.13.9
key=include-system-site-packages

# environment NAME LINE...: makes one of `$base` with these lines in pyvenv.cfg, and prints what that sees.
# A module of the user stands for what is outside of the environment.
environment() {
    mkdir -p "$1/bin"
    ln -s "$base" "$1/bin/$(basename "$base")"
    : >"$1/pyvenv.cfg"
    local line
    for line in "${@:2}"; do echo "$line" >>"$1/pyvenv.cfg"; done
    "$1/bin/$(basename "$base")" - "$scratch/$1" <<'END'
import importlib.util, os, sys
inside = os.path.realpath(sys.prefix) == os.path.realpath(sys.argv[1])
print("environment" if inside else "no environment", end=", ")
print("open" if importlib.util.find_spec("demo") else "isolated")
END
}
environments() { # NAME: of the interpreter `$base`
    expect "$1, empty file" "environment, open" "$(environment "$1-empty")"
    expect "$1, true" "environment, open" "$(environment "$1-true" "$key = true")"
    expect "$1, TRUE" "environment, open" "$(environment "$1-capitals" "$key = TRUE")"
    expect "$1, false" "environment, isolated" "$(environment "$1-false" "$key = false")"
    expect "$1, yes" "environment, isolated" "$(environment "$1-yes" "$key = yes")"
    expect "$1, 1" "environment, isolated" "$(environment "$1-one" "$key = 1")"
    expect "$1, false and true" "environment, open" "$(environment "$1-last" "$key = false" "$key = true")"
    expect "$1, true and false" "environment, isolated" "$(environment "$1-first" "$key = true" "$key = false")"
}
demo_by_pip() { py/bin/pip --python "$1/bin/$(basename "$base")" list --format freeze | grep '^demo==' || true; }
demo_by_uv() { py/bin/uv pip list -q --python "$1/bin/$(basename "$base")" --format freeze | grep '^demo==' || true; }

export PYTHONUSERBASE=$scratch/user
base=$(python3 -c 'import os, sys; print(os.path.realpath(sys._base_executable))')
site=$("$base" -m site --user-site) || true
python3 "$here/wheel.py" <<'END'
{"name": "demo", "files": {"demo.py": ""}}
END
py/bin/pip install -q --no-index --target "$site" ./demo-1.0-py3-none-any.whl

environments CPython
for environment in CPython-empty CPython-true CPython-last; do
    expect "pip, $environment" "demo==1.0" "$(demo_by_pip $environment)"
    expect "uv, $environment" "" "$(demo_by_uv $environment)"
done
expect "pip, CPython-false" "" "$(demo_by_pip CPython-false)"
py/bin/uv pip install -q --offline --python "CPython-empty/bin/$(basename "$base")" ./demo-1.0-py3-none-any.whl
expect "uv after an installation" "demo==1.0" "$(demo_by_uv CPython-empty)"

debian_packages "pypy3=7.3.11*" "pypy3-lib=7.3.11*" libffi8 libexpat1 libtinfo6
base=$(realpath deb/usr/bin/pypy3)
site=$("$base" -m site --user-site) || true
mkdir -p "$site"
: >"$site/demo.py"
environments PyPy
