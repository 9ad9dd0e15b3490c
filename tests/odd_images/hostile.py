"""Runs the program on hostile layouts, each of which it has to refuse.

    hostile.py PROGRAM DIRECTORY

Prints the name and the error of each. Fails if a layout is not refused with the expected words, if
anything of it changes, or if that takes too much memory or time.
"""

import shutil
import time

from layouts import *
from odd import LOWER, PROGRAM, SITE, layers, wrapped

# Bytes and seconds; the program is one for debugging, perhaps on a machine with other work.
MOST_MEMORY = 100 << 20
MOST_TIME = 300
DEEP = b'{"x":' * 100_000 + b"1" + b"}" * 100_000


def over(*entries, **options):
    """An image with a layer of these entries over one with a Python."""
    return layers(tar(*entries, **options))


def replaced(name, change):
    """An image of which a document is changed after its digest was computed: `blob` is its last layer."""

    def write(layout):
        layout.list(layout.image([python_layer(), tar(entry("f", "f", b"x" * 100))]))
        with open(os.path.join(layout.directory, "index.json")) as file:
            descriptor = json.load(file)["manifests"][0]
        if name != "manifest":
            with open(layout.path(descriptor)) as file:
                manifest = json.load(file)
            descriptor = manifest["config"] if name == "config" else manifest["layers"][-1]
        path = layout.path(descriptor)
        with open(path, "rb") as file:
            data = file.read()
        os.remove(path)
        changed = change(data, path)
        if changed is not None:
            with open(path, "wb") as file:
                file.write(changed)

    return write


def with_manifest(change, **options):
    return layers(manifest=lambda document: change(document) or document, **options)


def with_index(data):
    return lambda layout: layout.write("index.json", data)


def listed(**members):
    """`index.json` has one manifest, with these members changed."""
    return lambda layout: layout.list({**layout.image([python_layer()]), **members})


def twins(layout):
    platform = {"os": "linux", "architecture": "amd64"}
    images = [{**layout.image([python_layer()], config=lambda it, n=n: {**it, "author": n}), "platform": platform} for n in "ab"]
    layout.list(*images)


def nest(layout):
    descriptor = layout.image([python_layer()])
    for _ in range(20):
        descriptor = layout.index(descriptor)
    layout.list(descriptor)


def wide(layout):
    image = layout.image([python_layer()])
    layout.list(layout.index(*[{**image, "platform": {"os": "linux", "architecture": "a%d" % number}} for number in range(2000)]))


def bomb_of_entries():
    block = tar(entry("f", "f"))[:512]
    return gzipped(block * ((1 << 20) + 2))


def bomb_of_contents():
    size = 200 << 20
    names = [f"usr/bin/python3.{number}" for number in (97, 98, 99)]
    heads = [entry(name, "f", mode=0o755)[0] for name in names]
    for head in heads:
        head.size = size
    return gzipped(b"".join(head.tobuf() + bytes(size) for head in heads) + bytes(1024))


def big_pax(size):
    head = tarfile.TarInfo("x")
    head.type, head.size = b"x", size
    return head.tobuf() + bytes(size) + tar(entry("f", "f"))


def loop(count):
    return [entry(f"l{number}", "l", f"l{(number + 1) % count}") for number in range(count)]


CASES = [
    # Name, words that the error has to contain, how to make it.
    ("name-climbs", ["layer sha256:", "`../../etc/x`", "`..`"], over(entry("../../etc/x", "f"))),
    ("name-climbs-inside", ["`a/../../x`"], over(entry("a/../../x", "f"))),
    ("name-with-nul", ["NUL"], over(entry("f", "f", pax_headers={"path": "a\0b"}))),
    ("hard-link-climbs", ["`h`", "hard link"], over(entry("h", "h", "../../../etc/shadow"))),
    ("hard-link-to-nothing", ["`h`", "`no`", "does not exist"], over(entry("h", "h", "no"))),
    ("hard-link-to-directory", ["`h`", "directory"], over(entry("h", "h", "usr"))),
    ("below-file", ["`f/x`", "not a directory"], over(entry("f", "f"), entry("f/x", "f"))),
    ("below-loop", ["`l0/x`", "symbolic links"], over(*loop(3), entry("l0/x", "f"))),
    ("below-long-chain", ["`l0/x`", "symbolic links"], over(*loop(100)[:-1], entry("l0/x", "f"))),
    ("python-below-two-links", [PROGRAM, "does not show that it is needed"], over(entry("p", "l", "usr"), entry("usr/r", "l", "bin"), wrapped("p/r/" + PROGRAM[8:]))),
    ("fifo-as-package", ["/pip`", "is in the way of pip"], over(entry(SITE + "/pip", tarfile.FIFOTYPE))),
    ("whiteout-of-no-name", ["`a/.wh.`", "whiteout"], layers(LOWER, tar(entry("a/.wh.", "f")))),
    ("whiteout-of-parent", ["`a/.wh...`", "whiteout"], layers(LOWER, tar(entry("a/.wh...", "f")))),
    ("root-is-file", ["root"], over(entry(".", "f"))),
    ("name-too-long", ["longer than 4096 bytes"], over(entry("a/" * 3000 + "f", "f"))),
    ("path-too-long-by-links", ["4096 bytes"], over(entry("l", "l", "/".join(["n" * 200] * 20)), entry("l/" + "m" * 200, "f"))),
    ("pax-bomb", ["layer sha256:"], lambda layout: layers(gzipped(big_pax(2 << 20)))(layout)),
    ("not-a-tar", ["layer sha256:", "not a tar archive"], layers(b"this is no archive " * 100)),
    ("truncated-tar", ["layer sha256:", "end of file"], layers(tar(entry("f", "f", b"x" * 5000))[:2000])),
    ("truncated-gzip", ["layer sha256:"], layers((gzipped(LOWER)[0][:-20], LOWER, GZIP))),
    ("damaged-gzip", ["layer sha256:"], layers((gzipped(LOWER)[0][:-8] + b"12345678", LOWER, GZIP))),
    ("other-diff-id", ["layer sha256:", "diff ID"], layers((LOWER, LOWER + b"x", LAYER))),
    ("fewer-diff-ids", ["manifest sha256:", "2 layers", "1 diff IDs"], layers(LOWER, config=lambda it: {**it, "rootfs": {"type": "layers", "diff_ids": it["rootfs"]["diff_ids"][:1]}})),
    ("blob-damaged", ["blob sha256:", "digest"], replaced("blob", lambda data, path: b"X" + data[1:])),
    ("blob-longer", ["blob sha256:", "bytes instead of"], replaced("blob", lambda data, path: data + b"X")),
    ("blob-missing", ["blob sha256:", "missing"], replaced("blob", lambda data, path: None)),
    ("blob-is-link", ["blob sha256:", "symbolic link"], replaced("blob", lambda data, path: os.symlink("/etc/passwd", path))),
    ("blob-is-fifo", ["blob sha256:", "regular file"], replaced("blob", lambda data, path: os.mkfifo(path))),
    ("blob-is-directory", ["blob sha256:", "regular file"], replaced("blob", lambda data, path: os.mkdir(path))),
    ("config-damaged", ["blob sha256:", "digest"], replaced("config", lambda data, path: data.replace(b"amd64", b"arm64"))),
    ("manifest-damaged", ["blob sha256:", "digest"], replaced("manifest", lambda data, path: data.replace(b"layers", b"Layers"))),
    ("manifest-missing", ["blob sha256:", "missing"], replaced("manifest", lambda data, path: None)),
    ("urls-and-no-blob", ["blob sha256:", "URLs"], lambda layout: with_manifest(lambda it: it["layers"][0].update(digest="sha256:" + "0" * 64, urls=["https://example.invalid/"]))(layout)),
    ("layer-of-negative-size", ["manifest sha256:"], with_manifest(lambda it: it["layers"][0].update(size=-1))),
    ("layer-of-huge-size", ["blob sha256:", "bytes instead of"], with_manifest(lambda it: it["layers"][0].update(size=1 << 62))),
    ("digest-climbs", ["manifest sha256:", "digest"], with_manifest(lambda it: it["layers"][0].update(digest="sha256:../../../../etc/passwd"))),
    ("digest-of-other-algorithm", ["`md5:"], with_manifest(lambda it: it["layers"][0].update(digest="md5:" + "0" * 32))),
    ("layers-that-are-no-list", ["manifest sha256:", "layers"], with_manifest(lambda it: it.update(layers={"a": 1}))),
    ("deep-manifest", ["manifest sha256:"], lambda layout: layout.list(layout.document(DEEP, MANIFEST))),
    ("deep-config", ["config sha256:"], layers(config=lambda it: DEEP)),
    ("huge-config", ["blob sha256:", "larger than"], layers(config=lambda it: {**it, "x": "x" * (5 << 20)})),
    ("manifest-named-twice", ["manifest sha256:"], lambda layout: layout.list(layout.document(b'{"schemaVersion":2,"layers":[],"layers":[]}', MANIFEST))),
    ("index-deep", ["index.json"], with_index(DEEP)),
    ("index-huge", ["index.json", "larger than"], with_index(b'{"manifests":[]' + b" " * (5 << 20) + b"}")),
    ("index-no-json", ["index.json"], with_index(b"<html>")),
    ("index-empty", ["index.json"], with_index(b"")),
    ("index-of-nothing", ["no image"], with_index(b'{"schemaVersion":2,"manifests":[]}')),
    ("index-nested", ["nested"], nest),
    ("index-wide", ["index sha256:"], wide),
    ("two-manifests", ["linux/amd64", "both"], twins),
    ("size-lies", ["blob sha256:", "bytes instead of"], listed(size=7)),
    ("type-lies", [], listed(mediaType=INDEX)),
]


if os.environ.get("ENSUREPIP_HOST_TEST_IMAGE_BOMBS") == "1":
    CASES += [
        ("million-entries", ["too many entries"], lambda layout: layers(bomb_of_entries())(layout)),
        ("contents-bomb", ["`usr/bin/python3.99`", "too many contents"], lambda layout: layers(bomb_of_contents())(layout)),
    ]


def snapshot(directory):
    found = {}
    for above, names, files in os.walk(directory):
        for name in [*names, *files]:
            path = os.path.join(above, name)
            here = os.lstat(path)
            data = pathlib.Path(path).read_bytes() if tarfile.stat.S_ISREG(here.st_mode) else None
            found[path] = here.st_mode, here.st_size, here.st_mtime_ns, data
    return found


def main():
    program, directory = sys.argv[1:]
    faults = []
    environment = {**os.environ, "HOME": directory, "XDG_CACHE_HOME": directory, "TMPDIR": directory}
    for name, words, make in CASES:
        path = os.path.join(directory, name)
        made = os.fork()
        if made == 0:
            # The peak of a program's memory includes what its parent had when it was started.
            make(Layout(path))
            os._exit(0)
        assert os.waitpid(made, 0)[1] == 0, name
        before, began = snapshot(path), time.monotonic()
        with open(path + ".err", "w+b") as errors:
            child = subprocess.Popen([program, "--image", path], stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=environment)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            error = errors.read().decode()
        seconds, memory = time.monotonic() - began, usage.ru_maxrss << 10
        print(f"{name}: {memory >> 20} MiB: {error.strip()}")
        if child.returncode != 1 or not error.startswith("error: "):
            faults.append(f"{name}: exit code {child.returncode}: {error}")
        faults += [f"{name}: `{word}` is not in {error}" for word in words if word not in error]
        if snapshot(path) != before:
            faults.append(f"{name}: the layout has changed")
        if memory > MOST_MEMORY or seconds > MOST_TIME:
            faults.append(f"{name}: {memory} bytes, {seconds} s")
        shutil.rmtree(path)
    left = [name for name in os.listdir(directory) if name.startswith("ensurepip-host-")]
    faults += [f"left behind: {name}" for name in left]
    print(*faults, sep="\n", file=sys.stderr)
    sys.exit(bool(faults))


main()
