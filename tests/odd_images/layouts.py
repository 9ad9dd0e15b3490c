"""Writes OCI layouts by hand, after the image specification, with anything odd in them."""

import functools
import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import sysconfig
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from made_layer import LAYER, TIME, entry, tar

GZIP = LAYER + "+gzip"
OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker."
MANIFEST = OCI + "manifest.v1+json"
CONFIG = OCI + "config.v1+json"
INDEX = OCI + "index.v1+json"
REFERENCE = "org.opencontainers.image.ref.name"


def gzipped(plain, *members):
    """A layer with gzip; of several members, if pieces are given."""
    return b"".join(gzip.compress(piece, 1, mtime=0) for piece in members or [plain]), plain, GZIP


@functools.cache
def python_layer(prefix="usr", extra=(), without=()):
    """A layer with the files of this Python that identify it. The others of its library are empty."""
    name = "python%d.%d" % sys.version_info[:2]
    entries = [entry(path, "d") for path in (prefix, prefix + "/bin", prefix + "/lib", f"{prefix}/lib/{name}")]
    executable = pathlib.Path(sys.executable).resolve().read_bytes()
    entries.append(entry(f"{prefix}/bin/{name}", "f", executable, mode=0o755))
    entries.append(entry(f"{prefix}/bin/python3", "l", name))
    library = pathlib.Path(sysconfig.get_path("stdlib"))
    for path in sorted(library.iterdir()):
        named = f"{prefix}/lib/{name}/{path.name}"
        if path.name in ("site-packages", "dist-packages", "EXTERNALLY-MANAGED", "__pycache__") or path.name in without:
            continue
        if path.is_dir():
            entries += [entry(named, "d"), entry(named + "/__init__.py", "f")]
        elif path.name in ("os.py", "site.py", "sysconfig.py") or path.name.startswith("_sysconfigdata"):
            entries.append(entry(named, "f", path.read_bytes()))
        else:
            entries.append(entry(named, "f"))
    header = "\n".join(f"#define PY_{part.upper()}_VERSION {getattr(sys.version_info, part)}" for part in ("major", "minor", "micro"))
    entries.append(entry(f"{prefix}/include/{name}/patchlevel.h", "f", header.encode()))
    entries += [entry(*arguments) for arguments in extra]
    return gzipped(tar(*entries))


class Layout:
    """A layout in a directory. Documents are values or bytes."""

    def __init__(self, directory):
        self.directory = directory
        self.blobs = os.path.join(directory, "blobs", "sha256")
        os.makedirs(self.blobs)
        self.write("oci-layout", {"imageLayoutVersion": "1.0.0"})

    def write(self, name, value):
        with open(os.path.join(self.directory, name), "wb") as file:
            file.write(value if isinstance(value, bytes) else json.dumps(value).encode())

    def blob(self, data, media_type, **members):
        digest = hashlib.sha256(data).hexdigest()
        self.write(os.path.join("blobs", "sha256", digest), data)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data), **members}

    def document(self, value, media_type, **members):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.blob(data, media_type, **members)

    def path(self, descriptor):
        return os.path.join(self.directory, "blobs", *descriptor["digest"].split(":"))

    def image(self, layers, config=None, manifest=None, types=(MANIFEST, CONFIG), **members):
        """Adds an image, and returns the descriptor of its manifest. The functions change documents."""
        descriptors, diff_ids = [], []
        for layer in layers:
            stored, plain, media_type = layer if isinstance(layer, tuple) else (layer, layer, LAYER)
            descriptors.append(self.blob(stored, media_type))
            diff_ids.append("sha256:" + hashlib.sha256(plain).hexdigest())
        document = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diff_ids}}
        document = config(document) if config else document
        descriptor = self.document(document, types[1])
        document = {"schemaVersion": 2, "mediaType": types[0], "config": descriptor, "layers": descriptors}
        document = manifest(document) if manifest else document
        return self.document(document, types[0], **members)

    def index(self, *manifests, **members):
        document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(manifests)}
        return self.document(document, INDEX, **members)

    def list(self, *manifests, name="tag"):
        """Writes `index.json`; each manifest that has no annotations gets the reference."""
        for manifest in manifests:
            manifest.setdefault("annotations", {REFERENCE: name})
        self.write("index.json", {"schemaVersion": 2, "manifests": list(manifests)})


def program(*command):
    """Compresses by a program."""
    return lambda data: subprocess.run(command, input=data, check=True, stdout=subprocess.PIPE).stdout
