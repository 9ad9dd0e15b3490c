"""Odd images that are valid, as layouts in directories of their own: `odd.py DIRECTORY` writes them all, `odd.py DIRECTORY NAME…`
some.

`cases.json` beside them lists, for each, what is odd and a path to look at.
"""

from layouts import *

ROOT = entry(".", "d")
LIB = "usr/lib/python%d.%d" % sys.version_info[:2]
SITE = LIB + "/site-packages"
PROGRAM = "usr/bin/python%d.%d" % sys.version_info[:2]
DOCKER_TYPES = DOCKER + "distribution.manifest.v2+json", DOCKER + "container.image.v1+json"
LOWER = tar(entry("a", "d", mode=0o2775), entry("a/x", "f", b"x"), entry("a/c", "d"), entry("a/c/y", "f", b"y"))
LINKED = tar(entry("real", "d"), entry("real/old", "f"), entry("link", "l", "real"))
NEW = tar(entry("a", "d"), entry("a/new", "f"))


def raw(name, kind=b"0", mode=b"0000644\0", link=b"", magic=b"ustar\x0000", time=b"%011o\0" % TIME):
    """A header by hand, and the end of an archive."""
    block = name.ljust(100, b"\0") + mode + b"0000000\0" * 2 + b"00000000000\0" + time + b" " * 8 + kind
    block = (block + link.ljust(100, b"\0") + magic.ljust(8, b"\0")).ljust(512, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:] + bytes(1024)


def layers(*more, base=None, **options):
    """The function that writes an image of these layers over one with a Python."""
    return lambda layout: layout.list(layout.image([base or python_layer(), *more], **options))


def compressed(media_type, *commands):
    plain = tar(entry("a", "d"), entry("a/new", "f"))
    return b"".join(program(*command)(plain) for command in commands), plain * len(commands), media_type


def without_diff_ids(document):
    return {**document, "history": [{"created_by": "x", "empty_layer": True}] * 5}


def with_urls(document):
    document["layers"][-1]["urls"] = ["https://example.invalid/layer"]
    return document


def platforms(layout, nested=False, listed=False):
    images = []
    for architecture in "amd64", "arm64":
        config = lambda document, architecture=architecture: {**document, "architecture": architecture}
        image = layout.image([python_layer()], config=config)
        images.append({**image, "platform": {"os": "linux", "architecture": architecture}})
    if listed:
        layout.list(*images)
    else:
        index = layout.index(*images)
        layout.list(layout.index(index) if nested else index)


def attested(layout):
    image = {**layout.image([python_layer()]), "platform": {"os": "linux", "architecture": "amd64"}}
    statement = layout.image([(b"{}", b"{}", "application/vnd.in-toto+json")])
    statement["platform"] = {"os": "unknown", "architecture": "unknown"}
    statement["annotations"] = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": image["digest"]}
    layout.list(layout.index(image, statement))


def inline_reference(layout):
    image = layout.image([python_layer()])
    layout.list({**image, "data": "bm90IHdoYXQgaXMgdGhlcmU=", "artifactType": "application/x", "unknown": [1.50, {"é": None}]})


def wrapped(prefix):
    """The Python's executable as another file, and its name as a link or hard link to that."""
    return entry(prefix, "f", pathlib.Path(sys.executable).resolve().read_bytes(), mode=0o755)


CASES = [
    # Name, what is odd, a path that shows what a tool makes of it (`-`: only whether it is read), how to make it.
    ("no-directory-entries", "a layer has no entries for the directories above its files", "a", layers(LOWER, tar(entry("a/new", "f")))),
    ("below-link", "an entry below a name that is a link in a lower layer", "real", layers(LINKED, tar(entry("link/new", "f")))),
    ("link-directory", "a directory where a lower layer has a link", "link", layers(LINKED, tar(entry("link", "d"), entry("link/new", "f")))),
    ("below-absolute-link", "the same with a link that begins with a slash", "real", layers(tar(entry("real", "d"), entry("link", "l", "/real")), tar(entry("link/new", "f")))),
    ("below-climbing-link", "the same with a link that climbs above the root", "real", layers(tar(entry("real", "d"), entry("link", "l", "../../../real")), tar(entry("link/new", "f")))),
    ("whiteout", "a whiteout", "a", layers(LOWER, tar(entry("a/.wh.x", "f")))),
    ("whiteout-then-directory", "a whiteout before a directory of the same name, in one layer", "a/c", layers(LOWER, tar(entry("a/.wh.c", "f"), entry("a/c", "d"), entry("a/c/new", "f")))),
    ("directory-then-whiteout", "the same with the whiteout last", "a/c", layers(LOWER, tar(entry("a/c", "d"), entry("a/c/new", "f"), entry("a/.wh.c", "f")))),
    ("opaque", "an opaque whiteout before the new entries", "a", layers(LOWER, tar(entry("a", "d"), entry("a/.wh..wh..opq", "f"), entry("a/new", "f")))),
    ("opaque-last", "an opaque whiteout behind the new entries", "a", layers(LOWER, tar(entry("a", "d"), entry("a/new", "f"), entry("a/.wh..wh..opq", "f")))),
    ("whiteout-below-link", "a whiteout below a link of a lower layer", "real", layers(LINKED, tar(entry("link/.wh.old", "f")))),
    ("whiteout-of-nothing", "a whiteout of what no lower layer has", "a", layers(LOWER, tar(entry("a/.wh.none", "f")))),
    ("whiteout-link-name", "a whiteout with the target of a link", "a", layers(LOWER, raw(b"a/.wh.x", link=b"stray"))),
    ("hard-link-lower", "a hard link to a file of a lower layer", "a", layers(LOWER, tar(entry("a/h", "h", "a/x")))),
    ("hard-link-order", "a hard link, and the file replaced later in the layer", "a", layers(LOWER, tar(entry("a/h", "h", "a/x"), entry("a/x", "f", b"longer")))),
    ("type-bits", "file type bits in the field for the mode", "f", layers(raw(b"f", mode=b"0100755\0"))),
    ("v7", "an archive in the format of Unix V7", "d", layers(raw(b"d/", kind=b"\0", magic=b""))),
    ("gnu", "an archive in the format of GNU tar, with a long name", "n" * 150, layers(tar(entry("n" * 150, "f"), format=tarfile.GNU_FORMAT))),
    ("pax-time", "a time with a fraction of a second", "f", layers(tar(entry("f", "f", mtime=TIME + 0.75)))),
    ("old-time", "a time before 1970", "f", layers(tar(entry("f", "f", mtime=-86400)))),
    ("binary-time", "a time as a binary number", "f", layers(raw(b"f", time=b"\x80" + (TIME + 5).to_bytes(11, "big")))),
    ("dot-names", "names with `./`, doubled slashes and a slash in front", "a", layers(tar(entry("./a//b", "f"), entry("/a/./c", "f")))),
    ("global-header", "a global PAX header, as of `git archive`", "a", layers(tar(entry("a", "d"), pax_headers={"comment": "x"}))),
    ("no-end", "an archive without the blocks that end it", "a", layers(tar(entry("a", "d"))[:512])),
    ("empty-layer", "a layer of no bytes", "-", layers(b"")),
    ("same-layer-twice", "one layer twice", "a", layers(NEW, NEW)),
    ("device", "a device and a FIFO", "-", layers(tar(entry("p", tarfile.FIFOTYPE), entry("c", tarfile.CHRTYPE, devmajor=1, devminor=3)))),
    ("device-as-script", "devices in place of pip's scripts", "-", layers(tar(entry("usr/bin/pip", tarfile.FIFOTYPE), entry("usr/bin/pip3", tarfile.CHRTYPE, devmajor=1, devminor=3)))),
    ("gzip-members", "a gzip layer of several members", "a", layers(gzipped(NEW, NEW[:700], NEW[700:]))),
    ("zstd", "a Zstandard layer", "a", layers(compressed(LAYER + "+zstd", ["zstd", "-q"]))),
    ("uncompressed", "an uncompressed layer", "a", layers(NEW)),
    ("type-lies", "an uncompressed layer that its media type calls gzip", "a", layers((NEW, NEW, GZIP))),
    ("odd-bytes", "names that are no UTF-8", "a", layers(tar(entry("a", "d"), entry("a/é\udcff\udcfe", "f"), entry("日本語x", "f")))),
    ("escapes", "names with a line feed, a backslash and an escape sequence", "a", layers(tar(entry("a", "d"), entry("a/\n", "f"), entry("a/\\", "f"), entry("a/\x1b[31m", "f")))),
    ("docker-types", "Docker's media types", "-", layers((gzipped(NEW)[0], NEW, DOCKER + "image.rootfs.diff.tar.gzip"), base=(*python_layer()[:2], DOCKER + "image.rootfs.diff.tar.gzip"), types=DOCKER_TYPES)),
    ("history-shorter", "fewer history entries than layers", "-", layers(NEW, config=lambda it: {**it, "history": [{"created_by": "x"}]})),
    ("history-empty", "history entries for no layer", "-", layers(NEW, config=without_diff_ids)),
    ("created-year-1", "`created` is 0001-01-01", "-", layers(config=lambda it: {**it, "created": "0001-01-01T00:00:00Z"})),
    ("created-null", "`created`, `history` and `config` are `null`", "-", layers(config=lambda it: {**it, "created": None, "history": None, "config": None})),
    ("config-bare", "a config without platform", "-", layers(config=lambda it: {"rootfs": it["rootfs"]})),
    ("unknown-members", "unknown members and `data` in a descriptor", "-", inline_reference),
    ("no-media-type", "a manifest without `mediaType`", "-", layers(manifest=lambda it: {key: it[key] for key in it if key != "mediaType"})),
    ("urls", "a layer with `urls` that is in the layout", "-", layers(NEW, manifest=with_urls)),
    ("layer-annotations", "annotations on a layer", "-", layers(NEW, manifest=lambda it: {**it, "layers": [{**layer, "annotations": {"a": "b"}} for layer in it["layers"]]})),
    ("index", "an index of two platforms", "-", platforms),
    ("nested-index", "an index inside an index", "-", lambda layout: platforms(layout, nested=True)),
    ("listed-platforms", "two platforms under one tag in `index.json`", "-", lambda layout: platforms(layout, listed=True)),
    ("attestation", "an index with an attestation", "-", attested),
    ("python-weird-name", "the Python is a link to a file with another name", "-", layers(tar(wrapped("usr/data/file"), entry(PROGRAM, "l", "/usr/data/file")))),
    ("python-hard-link", "the Python is a hard link to a file with another name", "-", layers(tar(wrapped("store/abc"), entry(PROGRAM, "h", "store/abc")))),
    ("python-below-link", "a layer has the Python below a link to its directory", "-", layers(tar(entry("x", "l", "usr/bin")), tar(wrapped("x/" + PROGRAM[8:])))),
    ("library-link", "the directory `site-packages` is a link", SITE, layers(tar(entry(SITE, "l", "/opt/packages"), entry("opt/packages", "d", mode=0o2775)))),
    ("library-private", "the directory `site-packages` has mode 0700 and an owner", SITE, layers(tar(entry(SITE, "d", mode=0o700, uid=7, gid=8)))),
    ("deep", "directories nested 100 deep in a library", "-", layers(tar(entry(SITE + "/d" * 100 + "/f", "f")))),
]

if __name__ == "__main__":
    target = sys.argv[1]
    listed = []
    for name, words, path, make in CASES:
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        make(Layout(os.path.join(target, name)))
        listed.append({"name": name, "words": words, "path": path})
    with open(os.path.join(target, "cases.json"), "w") as file:
        json.dump(listed, file)
