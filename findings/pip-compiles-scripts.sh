#!/usr/bin/env bash
# pip writes bytecode of a script beside it, in `bin/__pycache__`.
#
# Expected: bytecode is for modules. A script is run by name, and Python never reads its bytecode.
# Instead: a script of `.data/scripts` whose name ends in `.py` is compiled like a module, into
#   `bin/__pycache__`, and RECORD lists that. `uv pip install --compile-bytecode` and installer leave it alone.
# Versions: pip 26.3, uv 0.13.9, installer 1.1.0, jmespath 1.1.0, which has `jp.py`.
# Matters: an installer that compiles only what is in the library directories leaves other files than pip, and
#   a directory of programs gets a directory that is none.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 uv==0.13.9 installer==1.1.0
py/bin/pip download -q --no-deps --only-binary :all: jmespath==1.1.0
wheel=$(echo jmespath-1.1.0-*.whl)
# What is in `bin/__pycache__` of a fresh environment after a command, without the version of Python.
compiled() { # COMMAND...
    rm -rf target
    python3 -m venv --without-pip target
    "$@" >/dev/null 2>&1
    (cd target/bin && find . -name '*.pyc') | sed 's/cpython-[0-9]*/cpython-XY/' | xargs
}
with_installer() {
    PYTHONPATH=$(echo py/lib/python*/site-packages) target/bin/python -m installer --compile-bytecode 0 "$wheel"
}
expect "pip" "./__pycache__/jp.cpython-XY.pyc" \
    "$(compiled py/bin/pip --python target/bin/python install --no-index --no-deps "./$wheel")"
expect "rows of RECORD" 1 "$(grep -c '/bin/__pycache__/jp' target/lib/python*/site-packages/jmespath-1.1.0.dist-info/RECORD || true)"
expect "uv" "" \
    "$(compiled py/bin/uv pip install --python target/bin/python --offline --no-deps --compile-bytecode "./$wheel")"
expect "installer" "" "$(compiled with_installer)"
expect "the script is there" "target/bin/jp.py" "$(echo target/bin/jp*)"
