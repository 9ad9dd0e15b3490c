#!/usr/bin/env bash
# A RECORD without sizes is valid, but installer's validation and wheel-inspect reject it.
#
# Expected: the specification lets a row of RECORD omit the size, so a checker compares only sizes that
#   are present.
# Instead: `python -m installer --validate-record` rejects such a wheel both with `entries` and with
#   `all`, and wheel-inspect reports it as invalid. pip, uv, distlib, `wheel unpack` and
#   check-wheel-contents accept it.
# Versions: installer 1.1.0, wheel-inspect 1.7.2, wheel 0.48.0, distlib 0.4.4, check-wheel-contents 0.6.3,
#   pip 26.3, uv 0.13.9.
# Matters: a tool that writes RECORD must include sizes, and a tool that reads it must not require them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages installer==1.1.0 wheel-inspect==1.7.2 wheel==0.48.0 distlib==0.4.4 check-wheel-contents==0.6.3 \
    pip==26.3 uv==0.13.9
python3 "$here/wheel.py" <<<'{"name": "demo", "files": {"demo.py": "value = 1\n"}}'
python3 - <<'END'
import re, zipfile
name = "demo-1.0-py3-none-any.whl"
with zipfile.ZipFile(name) as archive:
    entries = {entry: archive.read(entry) for entry in archive.namelist()}
record = "demo-1.0.dist-info/RECORD"
entries[record] = re.sub(rb"(?m),[0-9]+$", b",", entries[record])
with zipfile.ZipFile(name, "w") as archive:
    for entry, data in entries.items():
        archive.writestr(entry, data)
print(entries[record].decode().splitlines()[0])
END
wheel=demo-1.0-py3-none-any.whl
result() { if "$@" >log 2>&1; then echo accepted; else echo refused; fi; }
python=py/bin/python
expect "pip" accepted "$(result py/bin/pip install --no-index --target by-pip "./$wheel")"
expect "uv" accepted "$(result py/bin/uv pip install --offline --python $python --target by-uv "./$wheel")"
expect "wheel unpack" accepted "$(result py/bin/wheel unpack -d by-wheel "$wheel")"
expect "check-wheel-contents" accepted "$(result py/bin/check-wheel-contents "$wheel")"
expect "distlib" accepted \
    "$(result $python -c "from distlib.wheel import Wheel; Wheel('$wheel').verify()")"
for part in none entries all; do
    recorded=refused
    if [ "$part" = none ]; then recorded=accepted; fi
    expect "installer --validate-record $part" "$recorded" \
        "$(result $python -m installer --validate-record "$part" --destdir "by-$part" "$wheel")"
done
expect "wheel-inspect, valid" False \
    "$($python -W ignore -c "from wheel_inspect import inspect_wheel; print(inspect_wheel('$wheel')['valid'])")"
