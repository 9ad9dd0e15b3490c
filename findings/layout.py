"""Makes small OCI image layouts by hand for the findings: blobs, images, indexes, tags."""

import hashlib
import io
import json
import os
import tarfile

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def blob(root, media_type, data):
    """Stores bytes, or a value as JSON, and returns the descriptor."""
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    digest = hashlib.sha256(data).hexdigest()
    os.makedirs(root + "/blobs/sha256", exist_ok=True)
    with open(root + "/blobs/sha256/" + digest, "wb") as file:
        file.write(data)
    return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data)}


def image(root, architecture, **manifest):
    """Stores an image of one uncompressed layer, and returns the descriptor of its manifest."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as layer:
        layer.addfile(tarfile.TarInfo("for-" + architecture))
    layer = blob(root, "application/vnd.oci.image.layer.v1.tar", archive.getvalue())
    layer["annotations"] = {"org.example.layer": "kept?"}
    platform = {"architecture": architecture, "os": "linux"}
    configuration = blob(
        root,
        "application/vnd.oci.image.config.v1+json",
        {**platform, "config": {}, "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}},
    )
    contents = {"schemaVersion": 2, "mediaType": MANIFEST, "config": configuration, "layers": [layer]}
    return {**blob(root, MANIFEST, {**contents, **manifest}), "platform": platform}


def index(root, manifests):
    """Stores an index of these descriptors, and returns its own descriptor."""
    return blob(root, INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})


def finish(root, manifests):
    """Writes `oci-layout` and `index.json`, where each of these descriptors is tagged `tag`."""
    tag = {"annotations": {"org.opencontainers.image.ref.name": "tag"}}
    with open(root + "/oci-layout", "w") as file:
        json.dump({"imageLayoutVersion": "1.0.0"}, file)
    with open(root + "/index.json", "w") as file:
        json.dump({"schemaVersion": 2, "manifests": [{**it, **tag} for it in manifests]}, file)
