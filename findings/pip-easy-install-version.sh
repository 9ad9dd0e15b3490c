#!/usr/bin/env bash
# pip, uv and installer write different scripts for a wheel that declares `pip3.6` or `easy_install-3.6`.
#
# Expected: each console script of `entry_points.txt` is written under its own name, whatever that is.
# Instead: pip writes `pip`, `pipX`, `pipX.Y`, `easy_install` and `easy_install-X.Y` of the Python it runs on,
#   and leaves out the `pip3.6` and `easy_install-3.6` that the wheel declares. The environment variable
#   ENSUREPIP_OPTIONS, whatever its value, leaves out the plain names. uv leaves out `pip3.6` alone, and puts
#   nothing in its place. installer follows the entry points.
# Versions: pip 26.3, uv 0.13.9, installer 1.1.0.
# Matters: old wheels of pip and setuptools declare the version of the Python they were built with, and
#   `ensurepip` installs them. An installer that follows the entry points writes scripts with other names.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 uv==0.13.9 installer==1.1.0
python3 "$here/wheel.py" <<'END'
{"name": "demo", "files": {"demo.py": ""}, "entry_points":
"[console_scripts]\npip = demo:f\npip3.6 = demo:f\neasy_install = demo:f\neasy_install-3.6 = demo:f\n"}
END
minor=$(py/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
# What a fresh environment has in `bin` after a command, with X.Y in place of its version.
scripts() { # COMMAND...
    rm -rf target
    python3 -m venv --without-pip target
    "$@" >/dev/null 2>&1
    (cd target/bin && find . -name 'pip*' -o -name 'easy*') | cut -c 3- | LC_ALL=C sort | sed "s/$minor/X.Y/" | xargs
}
with_pip() { env "$@" py/bin/pip --python target/bin/python install --no-index ./demo-1.0-py3-none-any.whl; }
expect "pip" "easy_install easy_install-X.Y pip pip3 pipX.Y" "$(scripts with_pip)"
expect "pip with ENSUREPIP_OPTIONS" "easy_install-X.Y pip3 pipX.Y" "$(scripts with_pip ENSUREPIP_OPTIONS=x)"
expect "uv" "easy_install easy_install-3.6 pip" "$(scripts py/bin/uv pip install --python target/bin/python --offline ./demo-1.0-py3-none-any.whl)"
with_installer() {
    target/bin/python -m venv --without-pip --clear target
    PYTHONPATH=$(echo py/lib/python*/site-packages) target/bin/python -m installer demo-1.0-py3-none-any.whl
}
expect "installer" "easy_install easy_install-3.6 pip pip3.6" "$(scripts with_installer)"
