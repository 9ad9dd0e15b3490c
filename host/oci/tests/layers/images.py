"""Makes odd images for `reading.rs`: each an OCI layout in a directory of its own.

    images.py DIRECTORY
    images.py DIRECTORY LAYER...    one image there of these gzip layers

The name of a directory says what the test expects: `same-` images that umoci unpacks, and of which
we make the same tree; `refused-` images that both refuse; `ours-` images that umoci refuses, though
other tools or the specification accept them. Beside the layout, `layers` has a line for each layer:
digest, size and diff ID.
"""

import gzip
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../../tests/support"))

from made_layer import LAYER, TIME, entry, tar


def header(name, kind=b"0", size=0, *, magic=b"ustar\x0000", mode=b"0000644\0", linkname=b"", prefix=b"",
           owner=b"0000000\0", time=b"%011o\0" % TIME, length=None, rest=b""):
    """One header with any fields, valid or not, as bytes."""
    length = b"%011o\0" % size if length is None else length
    block = name.ljust(100, b"\0") + mode + owner + owner + length + time + b" " * 8 + kind
    block += linkname.ljust(100, b"\0") + magic.ljust(8, b"\0") + bytes(80) + prefix.ljust(155, b"\0") + rest
    block = block.ljust(512, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def body(data):
    return data + bytes(-len(data) % 512)


def raw(*parts):
    """An archive of headers and bodies, with the two blocks that end it."""
    return b"".join(parts) + bytes(1024)


def gnu_tar(script, *options):
    """An archive by GNU tar of what a shell script makes."""
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(["sh", "-ec", script], cwd=directory, check=True)
        command = ["tar", "--numeric-owner", "--sort=name", "--mtime=@%d" % TIME, *options, "-c", "."]
        return subprocess.run(command, cwd=directory, check=True, stdout=subprocess.PIPE).stdout


def program(*command):
    """Compresses by a program."""
    return lambda data: subprocess.run(command, input=data, check=True, stdout=subprocess.PIPE).stdout


def gzipped(*parts, behind=b""):
    """A layer of gzip members, and what follows them."""
    blob = b"".join(gzip.compress(part, mtime=0) for part in parts)
    return blob + behind, b"".join(parts), LAYER + "+gzip"


def image(directory, layers):
    os.makedirs(directory + "/layout/blobs/sha256")

    def blob(data, media_type):
        digest = hashlib.sha256(data).hexdigest()
        with open(directory + "/layout/blobs/sha256/" + digest, "wb") as file:
            file.write(data)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data)}

    descriptors, diff_ids = [], []
    for layer in layers:
        stored, plain, media_type = layer if isinstance(layer, tuple) else (layer, layer, LAYER)
        descriptors.append(blob(stored, media_type))
        diff_ids.append("sha256:" + hashlib.sha256(plain).hexdigest())
    config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    manifest_type = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": manifest_type, "layers": descriptors,
                "config": blob(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json")}
    manifest = blob(json.dumps(manifest).encode(), manifest_type)
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "tag"}
    with open(directory + "/layout/oci-layout", "w") as file:
        file.write('{"imageLayoutVersion": "1.0.0"}')
    with open(directory + "/layout/index.json", "w") as file:
        json.dump({"schemaVersion": 2, "manifests": [manifest]}, file)
    with open(directory + "/layers", "w") as file:
        for descriptor, diff_id in zip(descriptors, diff_ids):
            print(descriptor["digest"], descriptor["size"], diff_id, file=file)


ROOT = entry(".", "d")
LONG = "/".join(["directory-%02d" % number for number in range(20)])
SPARSE = """
truncate -s 1M holes
for place in $(seq 30); do printf data$place | dd of=holes bs=1 seek=${place}0000 conv=notrunc status=none; done
"""
LINKED = tar(ROOT, entry("usr", "d"), entry("usr/lib", "d"), entry("usr/lib/old", "f"), entry("lib", "l", "usr/lib"))
LOWER = tar(ROOT, entry("a", "d", mode=0o2775), entry("a/x", "f", b"x"), entry("a/c", "d", mode=0o700),
            entry("a/c/y", "f", b"y"), entry("a/c/d", "d"), entry("a/c/d/z", "f", b"z"))


def images():
    # Formats of archives and compression.
    every = [ROOT, entry("a", "d", mode=0o1777), entry("a/f", "f", b"f" * 700, mode=0o4755), entry("a/l", "l", "f"),
             entry("a/h", "h", "a/f"), entry("p", tarfile.FIFOTYPE), entry("dev", tarfile.CHRTYPE), entry("é", "f", b"e"), entry("ü", "l", "é")]
    for name, format in ("ustar", tarfile.USTAR_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT):
        yield "same-format-" + name, [tar(*every, format=format)]
    for format in "gnu", "oldgnu", "posix", "ustar", "v7":
        made = "mkdir d; echo f > d/f; ln d/f d/g; ln -s f d/l; chmod 2750 d"
        yield "same-gnu-tar-" + format, [gnu_tar(made, "--format=" + format)]
    for name, format in ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT):
        link = entry(LONG + "/link", "l", LONG + "/file")
        long = [ROOT, entry(LONG + "/" + "n" * 120, "f", b"1"), link, entry("hard", "h", LONG + "/" + "n" * 120)]
        yield "same-long-names-" + name, [tar(*long, format=format)]
    yield "same-prefix", [tar(ROOT, entry(LONG[:150] + "/" + "n" * 99, "f", b"1"), format=tarfile.USTAR_FORMAT)]
    yield "same-v7-directory", [raw(header(b"d/", b"\0", magic=b""), header(b"d/f", b"\0", 1, magic=b""), body(b"f"))]
    yield "same-slash-behind-file", [raw(header(b"f/", b"0", 1), body(b"f"))]
    yield "same-blank-fields", [raw(header(b"d", b"5", mode=b"755\0\0\0\0\0", owner=bytes(8), length=b" " * 12))]
    yield "same-spaces-before-numbers", [raw(header(b"d", b"5", mode=b"   755 \0", owner=b"     0 \0", time=b"          7 "))]
    yield "same-binary-time", [raw(header(b"f", time=b"\x80" + (TIME + 5).to_bytes(11, "big")))]
    yield "same-time-before-1970", [raw(header(b"f", time=(-5 + (1 << 96)).to_bytes(12, "big")))]
    yield "same-pax-time", [tar(ROOT, entry("f", "f", mtime=1500000000.75), entry("g", "f", mtime=-1.5))]
    yield "same-type-bits-in-mode", [raw(header(b"d", b"5", mode=b"0040755\0"), header(b"d/f", mode=b"0104711\0"))]
    yield "same-link-name-on-file", [raw(header(b"f", size=1, linkname=b"stray"), body(b"f"))]
    yield "same-size-on-directory", [raw(header(b"d", b"5", 10), header(b"l", b"2", 10, linkname=b"d"), header(b"f"))]
    yield "same-star-trailer", [raw(header(b"f", prefix=b"d".ljust(131, b"\0") + b"1" * 24, rest=bytes(8) + b"tar\0"))]
    yield "same-gnu-has-no-prefix", [raw(header(b"f", magic=b"ustar  \0", prefix=b"%011o\0%011o\0" % (TIME, TIME)))]
    yield "same-signed-checksum", [raw(signed(header("é".encode())))]
    yield "same-pax-attributes", [tar(ROOT, entry("d", "d", pax_headers={"SCHILY.xattr.user.a": "1", "comment": "x"}))]
    yield "same-pax-size", [raw(*pax(b"size=3"), header(b"f", size=0), body(b"abc"), header(b"g"))]
    yield "same-pax-empty-value", [raw(*pax(b"path=", b"mtime="), header(b"f"))]
    for version in "0.0", "0.1", "1.0":
        yield "same-sparse-" + version, [gnu_tar(SPARSE, "--sparse", "--format=posix", "--sparse-version=" + version)]
    yield "same-names-in-other-forms", [tar(entry("./a//b/./c", "f", b"1"), entry("/d", "f", b"2"), entry("a/", "d", mode=0o700))]
    yield "same-without-end", [tar(ROOT, entry("f", "f", b"1"))[:1536]]
    yield "same-without-padding", [header(b"f", size=3) + b"abc", header(b"f", size=3) + b"abc" + bytes(200)]
    yield "same-one-block-at-end", [tar(ROOT, entry("f", "f", b"1"))[:1536] + bytes(512)]
    yield "same-data-behind-end", [raw(header(b"f")) + b"what nobody reads" + header(b"g")]
    yield "same-empty-blob", [b""]
    yield "same-empty-archive", [tar(), gzipped(tar())]
    plain = tar(*every)
    yield "same-gzip-members", [gzipped(plain[:700], b"", plain[700:])]
    yield "same-gzip-program", [(program("gzip", "-9")(plain), plain, LAYER + "+gzip")]
    yield "ours-zstd", [(program("zstd", "-q")(plain), plain, LAYER + "+zstd")]
    parts = program("zstd", "-q", "-19")(plain[:1000]) + b"\x53\x2a\x4d\x18\3\0\0\0abc" + program("zstd", "-q", "--no-check")(plain[1000:])
    yield "ours-zstd-frames", [(b"\x50\x2a\x4d\x18\0\0\0\0" + parts, plain, LAYER + "+zstd")]
    yield "ours-media-type-lies", [(plain, plain, LAYER + "+gzip")]
    yield "ours-global-header", [tar(*every, pax_headers={"comment": "of git archive"})]
    yield "ours-contiguous-file", [tar(ROOT, entry("f", b"7", b"1"))]
    yield "ours-sparse-gnu", [gnu_tar(SPARSE, "--sparse", "--format=gnu")]

    # One layer over another.
    yield "same-root-attributes", [tar(entry("./", "d", mode=0o700)), tar(entry("f", "f")), tar(entry("/", "d", mode=0o711))]
    yield "same-parents-missing", [tar(entry("a/b/c", "f", b"1"))]
    yield "same-parents-kept", [LOWER, tar(entry("a/c/new", "f"))]
    yield "same-directory-over-directory", [LOWER, tar(entry("a", "d", mode=0o700, mtime=TIME + 9))]
    yield "same-file-over-directory", [LOWER, tar(entry("a", "f", b"1")), tar(entry("a", "d"), entry("a/n", "f"))]
    yield "same-link-over-directory", [LOWER, tar(entry("a", "l", "b"))]
    yield "same-directory-over-file", [LOWER, tar(entry("a/x", "d"), entry("a/x/y", "f"))]
    yield "same-directory-over-link", [LINKED, tar(entry("lib", "d"), entry("lib/new", "f"))]
    yield "same-below-link", [LINKED, tar(entry("lib/new", "f", b"1"), entry("lib/old", "f", b"replaced"))]
    absolute = tar(ROOT, entry("usr", "d"), entry("usr/lib", "d"), entry("lib", "l", "/usr/../../usr/./lib//"))
    yield "same-below-absolute-link", [absolute, tar(entry("lib/new", "f", b"1"))]
    yield "same-below-link-that-climbs", [tar(ROOT, entry("a", "l", "../../../b"), entry("b", "d"), entry("a/f", "f"))]
    yield "same-below-dangling-link", [tar(ROOT, entry("lib", "l", "no/where"), entry("lib/f", "f"))]
    yield "same-below-dangling-link-that-climbs", [tar(ROOT, entry("lib", "l", "no/where/../there"), entry("lib/f", "f"))]
    chain = [entry("l%d" % number, "l", "l%d" % (number + 1)) for number in range(30)]
    yield "same-below-chain-of-links", [tar(ROOT, *chain, entry("l30", "d"), entry("l0/f", "f"))]
    yield "same-duplicate-entries", [tar(entry("f", "f", b"1"), entry("f", "l", "x"), entry("f", "f", b"22", mode=0o600))]
    yield "same-hard-link-to-lower", [LOWER, tar(entry("h", "h", "a/x"), entry("a/x", "f", b"new"))]
    yield "same-hard-link-to-link", [tar(ROOT, entry("l", "l", "x"), entry("h", "h", "l"))]
    yield "same-hard-link-behind-link", [LINKED, tar(entry("h", "h", "/lib/old"))]
    yield "same-hard-link-over-file", [LOWER, tar(entry("a/c/y", "h", "./a/x"))]

    # Whiteouts.
    yield "same-whiteout", [LOWER, tar(entry("a/.wh.x", "f"))]
    yield "same-whiteout-directory", [LOWER, tar(entry("a/.wh.c", "f")), tar(entry("a/c", "d"))]
    yield "same-whiteout-of-nothing", [LOWER, tar(entry("a/.wh.no", "f"), entry("no/.wh.no", "f"), entry("a/x/.wh.x", "f"))]
    yield "same-whiteout-below-link", [LINKED, tar(entry("lib/.wh.old", "f"))]
    yield "same-whiteout-of-link", [LINKED, tar(entry(".wh.lib", "f"))]
    yield "same-whiteout-as-link", [LOWER, tar(entry("a/.wh.x", "l", "y"), entry("a/.wh.c", "d"))]
    yield "same-whiteout-with-contents", [LOWER, tar(entry("a/.wh.x", "f", b"1" * 600), entry("g", "f"))]
    yield "same-whiteout-before-entry", [LOWER, tar(entry("a/.wh.c", "f"), entry("a/c", "d"), entry("a/c/n", "f"))]
    yield "same-whiteout-behind-entry", [LOWER, tar(entry("a/c", "d"), entry("a/c/n", "f"), entry("a/.wh.c", "f"))]
    yield "same-whiteout-behind-file", [LOWER, tar(entry("a/x", "f", b"new"), entry("a/.wh.x", "f"))]
    yield "same-whiteout-behind-child", [LOWER, tar(entry("a/c/d/n", "f"), entry("a/.wh.c", "f"))]
    yield "same-whiteout-behind-hard-link", [LOWER, tar(entry("h", "h", "a/x"), entry("a/.wh.x", "f"))]
    yield "same-whiteout-twice", [LOWER, tar(entry("a/c/n", "f"), entry("a/.wh.c", "f"), entry("a/.wh.c", "f"))]
    yield "same-opaque", [LOWER, tar(entry("a", "d"), entry("a/.wh..wh..opq", "f"), entry("a/n", "f"))]
    yield "same-opaque-behind-entries", [LOWER, tar(entry("a/c/n", "f"), entry("a/n", "f"), entry("a/.wh..wh..opq", "f"))]
    yield "same-opaque-root", [LOWER, tar(entry("b", "f"), entry(".wh..wh..opq", "f"))]
    yield "same-opaque-below-link", [LINKED, tar(entry("lib/.wh..wh..opq", "f"), entry("lib/n", "f"))]
    yield "same-opaque-of-nothing", [LOWER, tar(entry("no/.wh..wh..opq", "f"), entry("a/x/.wh..wh..opq", "f"))]
    yield "same-opaque-in-three-layers", [LOWER, tar(entry("a/.wh..wh..opq", "f")), tar(entry("a/c/n", "f")), tar(entry("a/.wh.c", "f"))]
    yield "same-storage-driver-files", [tar(ROOT, entry(".wh..wh.aufs", "f"), entry(".wh..wh.orph", "d"), entry("f", "f"))]
    yield "same-storage-driver-links", [tar(entry(".wh..wh.plnk", "d"), entry(".wh..wh.plnk/1.2", "f", b"1"), entry("f", "h", ".wh..wh.plnk/1.2"))]

    # What no tool unpacks.
    yield "refused-root-is-file", [tar(entry(".", "f"))]
    yield "refused-loop-of-links", [tar(entry("a", "l", "b"), entry("b", "l", "a"), entry("a/f", "f"))]
    yield "refused-whiteout-below-loop", [tar(entry("a", "l", "a")), tar(entry("a/.wh.f", "f"))]
    yield "refused-below-file", [tar(entry("a", "f")), tar(entry("a/b", "f"))]
    yield "refused-hard-link-to-nothing", [tar(entry("h", "h", "no"))]
    yield "refused-hard-link-to-itself", [tar(entry("f", "f"), entry("f", "h", "f"))]
    yield "refused-hard-link-to-directory", [tar(entry("d", "d"), entry("h", "h", "d"))]
    yield "refused-hard-link-before-file", [tar(entry("h", "h", "f"), entry("f", "f"))]
    yield "refused-whiteout-of-no-name", [LOWER, tar(entry("a/.wh.", "f"))]
    yield "refused-whiteout-of-itself", [LOWER, tar(entry("a/.wh..", "f"))]
    yield "refused-empty-link", [raw(header(b"l", b"2"))]
    yield "refused-unknown-type", [tar(entry("f", b"V"))]
    yield "refused-checksum", [raw(header(b"f").replace(b"f\0", b"g\0", 1))]
    yield "refused-not-tar", [b"neither tar nor compressed" * 100]
    yield "refused-truncated-header", [raw(header(b"f"))[:300]]
    yield "refused-without-contents", [header(b"f", size=3)]
    yield "refused-truncated-contents", [raw(header(b"f", size=5000), body(b"1"))]
    yield "refused-negative-size", [raw(header(b"f", length=b"\xff" * 12))]
    yield "refused-huge-size", [raw(header(b"f", length=b"\x80" + b"\xff" * 11))]
    yield "refused-letters-in-number", [raw(header(b"f", length=b"abc".ljust(12, b"\0")))]
    yield "refused-pax-length", [raw(header(b"x", b"x", 9), body(b"99 path=f\n"), header(b"f"))]
    yield "refused-pax-path-with-nul", [raw(*pax(b"path=a\0b"), header(b"f"))]
    yield "refused-pax-number", [raw(*pax(b"size=1e3"), header(b"f"))]
    yield "refused-large-pax-header", [raw(header(b"x", b"x", 2 << 20), bytes(2 << 20), header(b"f"))]
    yield "refused-single-block-of-zeros", [header(b"f") + bytes(512) + header(b"g") + bytes(1024)]
    yield "refused-truncated-gzip", [(gzip.compress(plain)[:-30], plain, LAYER + "+gzip")]
    yield "refused-gzip-checksum", [(gzip.compress(plain)[:-8] + b"12345678", plain, LAYER + "+gzip")]
    yield "refused-behind-gzip", [gzipped(plain, behind=b"what is this")]
    yield "refused-zeros-behind-gzip", [gzipped(plain, behind=bytes(100))]
    yield "refused-diff-id", [(plain, plain + b"1", LAYER)]


def pax(*records):
    """A header of these records, and its body."""
    data = b""
    for record in records:
        length = len(record) + 3
        length += len(str(length)) - 1
        data += b"%d %s\n" % (length, record)
    return header(b"PaxHeaders", b"x", len(data)), body(data)


def signed(block):
    """The same header with the sum of signed bytes."""
    total = sum(byte - 256 if byte > 127 else byte for byte in block[:148] + b" " * 8 + block[156:])
    return block[:148] + b"%06o\0 " % total + block[156:]


def stored(path):
    """A gzip layer in a file."""
    with open(path, "rb") as file:
        data = file.read()
    return data, gzip.decompress(data), LAYER + "+gzip"


if len(sys.argv) > 2:
    image(sys.argv[1], [stored(path) for path in sys.argv[2:]])
else:
    for name, layers in images():
        image(os.path.join(sys.argv[1], name), layers)
