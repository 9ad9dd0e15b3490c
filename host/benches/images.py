#!/usr/bin/env python3
"""Compares `ensurepip-host --image` with what else puts pip into an OCI image, as whole flows.

The base is Debian 12 with Python, as of mmdebstrap, in one gzip layer of an OCI layout: 150 MB of files.
Each flow ends with an image with pip in a layout:

* ours with layers that it reads for the first time, and with layers that are known;
* `umoci unpack`, ours with `--root`, `umoci repack`;
* `buildah from oci:`, ours with `--root` in what it mounts, `buildah commit oci:`; with its import, and
  without it.

The image with three platforms has three layers with different digests under one index. The large image
has one more layer, of random files. `measure.py` describes how all of it is measured.

Needs root, Python 3.9 and a Unix, `umoci`, `buildah`, `mmdebstrap` or `--base`, and 4 GiB, for the large
image 7 GiB. Exit status: 0, 1 if anything is missing or fails, or 2 if the command line is wrong.
"""

import hashlib
import io
import json
import os
import platform
import random
import shutil
import subprocess
import tarfile

import report
from command_line import end_by, make_parser, parse
from measure import (
    Case, Failure, Sample, measure, output_of, result_of, scratch_below, touch_memory, unchanged, write_json
)
from pythons import find_program

PLATFORMS = ("amd64", "arm64", "s390x")

# Of the files in the large layer: as in images that have a gigabyte.
FILE_SIZE = 48 << 10

UMOCI = """
umoci unpack --image "$2" bundle && "$1" -q --break-system-packages --root bundle/rootfs &&
umoci repack --image "$2" bundle
"""

BUILDAH = """
set -e
b() { buildah --root "$PWD/storage" --runroot "$PWD/run" --storage-driver "$driver" "$@"; }
driver=$3
b from --pull-never --name work "$4" 2>/dev/null || b from --name work "$2"
"$1" -q --break-system-packages --root "$(b mount work)"
b commit -q work oci:out:app
"""


def main():
    parser = make_parser("Compares ensurepip-host with what else puts pip into an OCI image.", 5)
    add = parser.add_argument
    add("--base", metavar="TAR", type=os.path.abspath,
        help="the files of the base, not those of mmdebstrap")
    add("--suite", default="bookworm", help="the suite for mmdebstrap (bookworm)")
    add("--driver", default="overlay", help="buildah's storage driver (overlay)")
    add("--large", metavar="GIB", type=float, default=3, help="the size of the large image; 0: none (3)")
    end_by(compare, parse(parser))


def compare(options):
    """Prepares, runs and prints everything."""
    binary = find_program(options.binary)
    versions = {name: output_of([name, "--version"]).split("\n")[0] for name in ("umoci", "buildah")}
    if os.geteuid() != 0:
        raise Failure("umoci and buildah need root for files of other users")
    with scratch_below(options.directory, "/usr/bin") as scratch, unchanged(binary):
        made = Made(scratch, options)
        cases = plan(binary, made, options)
        facts = {
            "program": binary,
            "base": f"{made.size >> 20} MiB of files, {made.blob >> 20} MiB in the layer",
            "others": ", ".join(versions.values()),
            "machine": f"{platform.platform()}, {os.cpu_count()} CPUs",
            "runs": f"{options.runs} after {options.warmup} that fill caches",
            "place": scratch.base,
        }
        print(report.facts(facts), flush=True)
        samples = run_rounds(cases, options, scratch)
    result = result_of(facts, [], cases, samples)
    print(report.imaging(result, report.plain))
    write_json(options.json, result)


class Made:
    """The layouts that the flows begin with."""

    def __init__(self, scratch, options):
        self.scratch, self.base = scratch, os.path.join(scratch.base, "layouts")
        os.mkdir(self.base)
        self.known = os.path.join(scratch.base, "cache")
        os.makedirs(os.path.join(self.known, "ensurepip-host"))
        files = options.base
        if files is None:
            files = os.path.join(self.base, "files.tar")
            self.run("mmdebstrap", "--quiet", "--variant=minbase", "--include=python3", options.suite, files)
        self.size = os.path.getsize(files)
        for name in PLATFORMS:
            # The layers differ, or they would be one blob.
            own = os.path.join(self.base, f"{name}.tar")
            shutil.copy(files, own)
            with tarfile.open(own, "a") as tar:
                member = tarfile.TarInfo("./etc/platform")
                member.size = len(name)
                tar.addfile(member, io.BytesIO(name.encode()))
            self.add(name, own, new=True)
            os.remove(own)
        blobs = os.path.join(self.base, "one", "blobs", "sha256")
        self.blob = max(os.path.getsize(os.path.join(blobs, blob)) for blob in os.listdir(blobs))
        self.index()
        if options.large:
            self.enlarge(options.large)

    def run(self, *command):
        done = subprocess.run(command, cwd=self.base, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"`{' '.join(command)}` ended with status {done.returncode}:\n{done.stderr}")

    def add(self, name, layer, new=False):
        if not os.path.isdir(os.path.join(self.base, "one")):
            self.run("umoci", "init", "--layout", "one")
        if new:
            self.run("umoci", "new", "--image", f"one:{name}")
        self.run("umoci", "raw", "add-layer", "--image", f"one:{name}", layer)
        self.run("umoci", "config", "--image", f"one:{name}", "--os", "linux", "--architecture", name)

    def index(self):
        """The index of the three platforms, under one name in the same layout."""
        storage = ["--root", f"{self.base}/storage", "--runroot", f"{self.base}/run", "--storage-driver", "vfs"]
        buildah = ["buildah", *storage, "manifest"]
        self.run(*buildah, "create", "all")
        for name in PLATFORMS:
            self.run(*buildah, "add", "--os", "linux", "--arch", name, "all", f"oci:one:{name}")
        self.run(*buildah, "push", "--all", "all", "oci:one:all")
        shutil.rmtree(f"{self.base}/storage")
        self.run("umoci", "gc", "--layout", "one")

    def enlarge(self, gibibytes):
        """Adds a layer without compression to a copy: with random files, gzip would take minutes."""
        shutil.copytree(os.path.join(self.base, "one"), os.path.join(self.base, "large"))
        directory = os.path.join(self.base, "large", "blobs", "sha256")
        layer = os.path.join(directory, "layer")
        noise = random.Random(0)
        with open(layer, "wb") as file, tarfile.open(fileobj=file, mode="w|") as tar:
            for number in range(int(gibibytes * (1 << 30) / FILE_SIZE)):
                member = tarfile.TarInfo(f"srv/data/{number // 200}/{number}.bin")
                member.size = FILE_SIZE
                tar.addfile(member, io.BytesIO(noise.randbytes(FILE_SIZE)))
        digest = hashlib.sha256()
        with open(layer, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        digest, size = digest.hexdigest(), os.path.getsize(layer)
        os.rename(layer, os.path.join(directory, digest))
        path = os.path.join(self.base, "large", "index.json")
        index = read(path)
        for root in index["manifests"]:
            if root["annotations"]["org.opencontainers.image.ref.name"] != PLATFORMS[0]:
                continue
            manifest = read(os.path.join(directory, root["digest"][7:]))
            config = read(os.path.join(directory, manifest["config"]["digest"][7:]))
            config["rootfs"]["diff_ids"].append(f"sha256:{digest}")
            manifest["config"].update(write(directory, config))
            layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": f"sha256:{digest}", "size": size}
            manifest["layers"].append(layer)
            root.update(write(directory, manifest))
        with open(path, "w", encoding="utf-8") as file:
            json.dump(index, file)

    def copy(self, name):
        """Makes a function that copies a layout: blobs are shared, as nothing changes them."""
        def copied(target):
            subprocess.run(["cp", "-al", os.path.join(self.base, name), os.path.join(target, name)], check=True)
            # All of them replace it, but a tool may write into it.
            index = os.path.join(target, name, "index.json")
            shutil.copy(index, f"{index}.new")
            os.replace(f"{index}.new", index)
        return copied


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def write(directory, document):
    """Adds a document as a blob, and returns what a descriptor says of it."""
    text = json.dumps(document).encode()
    digest = hashlib.sha256(text).hexdigest()
    with open(os.path.join(directory, digest), "wb") as file:
        file.write(text)
    return {"digest": f"sha256:{digest}", "size": len(text)}


def plan(binary, made, options):
    """Each flow: from a directory with a copy of the layout to the command."""
    ours = [binary, "-q", "--break-system-packages"]
    known = {"XDG_CACHE_HOME": made.known}
    one, cases = made.copy("one"), []

    def add(name, command, letter=None, against=None, layout=one, **more):
        cases.append(Case(name, "images", command, against, letter, layout, **more))

    def image(name, layout="one"):
        return lambda r: [*ours, "--image", os.path.join(r, f"{layout}:{name}")]

    def shell(script, *arguments):
        return lambda r: ["sh", "-c", f'cd "$0" && {script.strip()}', r, binary, *arguments]

    add("ensurepip-host --image", image("amd64"), "a")
    add("ensurepip-host --image, known layers", image("amd64"), "b", environment=known)
    add("ensurepip-host --image, three platforms", image("all"), "c")
    add("ensurepip-host --image, three platforms, known layers", image("all"), "d", environment=known)
    add("umoci unpack, --root, repack", shell(UMOCI, "one:amd64"), against="a")
    driver = options.driver
    add("buildah from, --root, commit", shell(BUILDAH, "oci:one:amd64", driver, "none"), against="a")
    imported = buildah_import(made, driver)
    add("the same, imported before", shell(BUILDAH, "oci:one:amd64", driver, "base"), against="a",
        layout=imported)
    if options.large:
        add(f"ensurepip-host --image, with {options.large:g} GiB more", image("amd64", "large"), "e",
            layout=made.copy("large"))
    return cases


def buildah_import(made, driver):
    """Makes a function that imports the image into buildah's storage, before the flow."""
    def prepared(target):
        made.copy("one")(target)
        storage = ["--root", f"{target}/storage", "--runroot", f"{target}/run", "--storage-driver", driver]
        subprocess.run(["buildah", *storage, "pull", "-q", "oci:one:amd64"], cwd=target, check=True,
                       stdout=subprocess.PIPE)
        found = output_of(["buildah", *storage, "images", "-q"]).split()
        subprocess.run(["buildah", *storage, "tag", found[0], "base"], check=True)
    return prepared


def run_rounds(cases, options, scratch):
    """Samples by name of case. A flow works in a new directory, which goes away before the next one."""
    touch_memory()
    samples = {case.name: [] for case in cases}
    for number in range(options.warmup + options.runs):
        for case in random.Random(number).sample(cases, len(cases)):
            target = scratch.new_target()
            case.prepare(target)
            os.sync()
            taken = measure(case.command(target), scratch, case.environment)
            expect_new_layer(case, target)
            if number >= options.warmup:
                samples[case.name].append(Sample(*taken, 0, 0, ""))
            end_storage(target, options.driver)
            scratch.remove_targets()
    return samples


def expect_new_layer(case, target):
    """Each flow has to have changed what its reference names."""
    names = [name for name in ("out", "large", "one") if os.path.isdir(os.path.join(target, name))]
    layout = os.path.join(target, names[0])
    manifests = read(os.path.join(layout, "index.json"))["manifests"]
    reference = "all" if "three" in case.name else "app" if names[0] == "out" else "amd64"
    (root,) = [it for it in manifests if it["annotations"]["org.opencontainers.image.ref.name"] == reference]
    document = read(os.path.join(layout, "blobs", "sha256", root["digest"][7:]))
    for inner in document.get("manifests", ()):
        document = read(os.path.join(layout, "blobs", "sha256", inner["digest"][7:]))
    expected = 3 if names[0] == "large" else 2
    if len(document["layers"]) != expected:
        raise Failure(f"`{case.name}` ended well, but without a new layer")


def end_storage(target, driver):
    """Unmounts what buildah has mounted."""
    if os.path.isdir(f"{target}/storage"):
        storage = ["--root", f"{target}/storage", "--runroot", f"{target}/run", "--storage-driver", driver]
        subprocess.run(["buildah", *storage, "umount", "--all"], check=True, stdout=subprocess.PIPE)
        subprocess.run(["umount", f"{target}/storage/overlay"], stderr=subprocess.PIPE)


if __name__ == "__main__":
    main()
