#!/usr/bin/env bash
# A wheel of PySide6 for any CPython from 3.9 on brings bytecode that only CPython 3.11 reads.
#
# Expected: a wheel has no `__pycache__`. Its tags are `cp39-abi3`, one file for all later CPythons; each of
#   them has bytecode of its own, which the installer compiles.
# Instead: RECORD lists two files in `__pycache__` that are named for CPython 3.11 and have its magic number,
#   left from the machine that built the wheel; each has its source beside it.
# Versions: PySide6-Essentials 6.9.3 for Linux on x86-64, as its project publishes it.
# Matters: an installer that refuses bytecode in a wheel refuses this one. One that copies all that RECORD
#   lists leaves files in every image that no Python there reads.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

printf 'versions: %s, PySide6-Essentials==6.9.3\n' "$(python3 --version)"
python3 -m venv py
py/bin/pip download -q --no-deps --only-binary :all: --python-version 3.12 \
    --platform manylinux_2_28_x86_64 PySide6-Essentials==6.9.3
cat >bytecode.py <<'END'
import struct, sys, zipfile

archive = zipfile.ZipFile(sys.argv[1])
names = [name for name in archive.namelist() if "/__pycache__/" in name]
tags = {name.split(".")[-2] for name in names}
magic = {struct.unpack("<H", archive.read(name)[:2])[0] for name in names}
record = archive.read(next(name for name in archive.namelist() if name.endswith("/RECORD")))
listed = [line.split(",")[0] for line in record.decode().splitlines()]
source = lambda name: name.replace("__pycache__/", "").replace(".cpython-311.pyc", ".py")
has_source = all(source(name) in listed for name in names)
print(len(names), *tags, *magic, set(names) <= set(listed), has_source)
END
wheel=$(echo pyside6_essentials-*.whl)
read -r count tags magic listed sources < <(python3 bytecode.py "$wheel")
printf '%s\n' "$wheel"
expect "the tags of the wheel" cp39-abi3 "$(echo "$wheel" | cut -d- -f3,4)"
expect "the tags of its bytecode" cpython-311 "$tags"
expect "their magic number, that of 3.11" 3495 "$magic"
expect "RECORD lists them" True "$listed"
expect "each has its source" True "$sources"
expect "files" 2 "$count"
