#!/usr/bin/env bash
# `skopeo copy` between two OCI layouts changes the image if a layer is uncompressed.
#
# Expected: source and destination have the same format, so the copy has the same digest.
# Instead: skopeo compresses uncompressed layers and rewrites the manifest. Layer annotations and
#   `artifactType` are lost, and the digest changes. An image with compressed layers is copied unchanged,
#   and `--preserve-digests` keeps the first one unchanged too.
# Versions: skopeo 1.9.3 of Debian 12.
# Matters: signatures and attestations refer to an image by its digest, so they do not apply to the copy.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

debian_packages 'skopeo=1.9.3*' libgpgme11 libassuan0 libgpg-error0 libdevmapper1.02.1 libselinux1 libudev1
cat >make.py <<'END'
import layout
kept = {"annotations": {"org.example.manifest": "kept?"}, "artifactType": "application/vnd.example"}
layout.finish("image", [layout.image("image", "amd64", **kept)])
END
PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 python3 make.py
copy() { skopeo --insecure-policy copy -q "${@:3}" "oci:$1:tag" "oci:$2:tag"; }
copy image once
copy once twice
copy image preserved --preserve-digests

cat >about.py <<'END'
import json, sys
def blob(descriptor):
    with open(sys.argv[1] + "/blobs/sha256/" + descriptor["digest"].partition(":")[2], "rb") as file:
        return json.load(file)
manifest = blob(json.load(open(sys.argv[1] + "/index.json"))["manifests"][0])
[layer] = manifest["layers"]
print(layer["mediaType"].rpartition(".")[2], *sorted(layer.get("annotations", {})),
      *sorted(manifest.get("annotations", {})), *(key for key in manifest if key == "artifactType"))
END
digest() { grep -o 'sha256:[0-9a-f]*' "$1/index.json"; }
same() { if [ "$(digest "$1")" = "$(digest "$2")" ]; then echo same; else echo other; fi; }
expect "the image" "tar org.example.layer org.example.manifest artifactType" "$(python3 about.py image)"
expect "its copy" "tar+gzip org.example.manifest" "$(python3 about.py once)"
expect "digest of the copy" other "$(same image once)"
expect "digest of the copy's copy" same "$(same once twice)"
expect "digest with --preserve-digests" same "$(same image preserved)"
