#!/usr/bin/env bash
# `umoci insert` writes a tar archive that ends in the middle of a block.
#
# Expected: the last file of a tar archive is padded to 512 bytes and followed by two blocks of zeros.
# Instead: the layer ends with the last byte of the last file. umoci itself unpacks it. GNU tar reports an
#   unexpected end and exits with 2, and Python's tarfile raises ReadError. Layers by `umoci repack` are
#   complete.
# Versions: umoci 0.4.7 of Debian 12.
# Matters: a strict layer reader rejects images made by umoci, and a lenient one needs the digest to
#   detect a truncated layer.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

debian_packages 'umoci=0.4.7*'
mkdir source
printf 'x = 1\n' >source/module.py
umoci init --layout image
umoci new --image image:tag
umoci insert --rootless --image image:tag source /inserted
umoci unpack --rootless --image image:tag bundle 2>/dev/null
echo text >bundle/rootfs/added
umoci repack --image image:tag bundle
expect "the file after umoci unpack" "x = 1" "$(cat bundle/rootfs/inserted/module.py)"

cat >layers.py <<'END'
import gzip, json, tarfile
def blob(descriptor):
    return open("image/blobs/sha256/" + descriptor["digest"].partition(":")[2], "rb").read()
manifest = json.loads(blob(json.load(open("image/index.json"))["manifests"][0]))
for name, layer in zip(("insert", "repack"), manifest["layers"]):
    data = gzip.decompress(blob(layer))
    open(name + ".tar", "wb").write(data)
    ending = data[-6:] if len(data) % 512 else "zeros" if not any(data[-1024:]) else "data"
    try:
        seen = "%d entries" % len(tarfile.open(name + ".tar").getnames())
    except tarfile.ReadError:
        seen = "ReadError"
    print(name, len(data) % 512, ending, seen)
END
python3 layers.py >seen
by_tar() { LC_ALL=C tar -tf "$1.tar" 2>&1 >/dev/null | sed -n '1s/^tar: //p'; }
expect "insert: length modulo 512, end, tarfile" "6 b'x = 1\\n' ReadError" "$(sed -n 's/^insert //p' seen)"
expect "insert: GNU tar" "Unexpected EOF in archive" "$(by_tar insert || true)"
expect "repack: length modulo 512, end, tarfile" "0 zeros 2 entries" "$(sed -n 's/^repack //p' seen)"
expect "repack: GNU tar" "" "$(by_tar repack)"
