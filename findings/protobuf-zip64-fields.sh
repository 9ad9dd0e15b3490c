#!/usr/bin/env bash
# Nearly every entry of a protobuf wheel has a ZIP64 field, although none needs one.
#
# Expected: an entry of a few kilobytes has its sizes in the header. The format (APPNOTE 4.5.3) puts a
#   number into a ZIP64 field only if the header has all its bits set in that number's place, and then
#   the version needed to extract is 4.5.
# Instead: 60 of 63 entries have both sizes in the local header, and once more in a ZIP64 field there, with
#   the version 2.0. The directory has no such field. The largest entry has 422 kB.
# Versions: protobuf 7.36.2 for Linux on x86-64, as its project publishes it.
# Matters: a reader that takes any ZIP64 field for a large archive, or as a reason to refuse one, cannot
#   read one of the wheels that are downloaded most.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

printf 'versions: %s, protobuf==7.36.2\n' "$(python3 --version)"
python3 -m venv py
py/bin/pip download -q --no-deps --only-binary :all: --python-version 3.12 \
    --platform manylinux2014_x86_64 protobuf==7.36.2
cat >fields.py <<'END'
import struct, sys, zipfile

def zip64(extra):
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == 1:
            return extra[4 : 4 + size]
        extra = extra[4 + size :]

archive = zipfile.ZipFile(sys.argv[1])
local, same, central = 0, 0, 0
for entry in archive.infolist():
    archive.fp.seek(entry.header_offset)
    header = struct.unpack("<4s5H3I2H", archive.fp.read(30))
    packed, unpacked, name = header[7], header[8], header[9]
    archive.fp.seek(name, 1)
    field = zip64(archive.fp.read(header[10]))
    central += zip64(entry.extra) is not None
    if field is not None:
        local += 1
        same += struct.unpack("<2Q", field) == (unpacked, packed) and header[1] == 20
print(len(archive.infolist()), local, same, central, max(it.file_size for it in archive.infolist()))
END
read -r entries local same central largest < <(python3 fields.py protobuf-*.whl)
expect "entries" 63 "$entries"
expect "with a ZIP64 field in the local header" 60 "$local"
expect "of which repeat the header, with version 2.0" 60 "$same"
expect "with one in the directory" 0 "$central"
expect "the size of the largest" 421992 "$largest"
