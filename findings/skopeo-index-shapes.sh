#!/usr/bin/env bash
# skopeo looks for the platform only in an index within index.json, one level deep.
#
# Expected: index.json is an image index like any other, so with an amd64 and an arm64 image in it under one
#   tag the right one is taken; an index in an index is followed to the image of the platform.
# Instead: of several images directly under a tag the first is taken, for whatever platform it is and whatever
#   `--override-arch` says; `copy --all` copies that one only. An index under the tag is searched by platform.
#   An index within that is found by `skopeo inspect`, which reports its image, and refused by `skopeo copy`.
# Versions: skopeo 1.9.3 (Debian 12).
# Matters: layouts of the first shape exist and are valid; a tool that adds a platform there makes an image
#   that others cannot see. One index under each tag is the shape that works.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

debian_packages 'skopeo=1.9.3*' libgpgme11 libassuan0 libgpg-error0 libdevmapper1.02.1 libselinux1 libudev1
cat >make.py <<'END'
from layout import finish, image, index
for root, shape in (
    ("direct", lambda images: images),
    ("inner", lambda images: [index("inner", images)]),
    ("nested", lambda images: [index("nested", [index("nested", images)])]),
):
    finish(root, shape([image(root, "arm64"), image(root, "amd64")]))
END
PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 python3 make.py

# The architecture that skopeo takes, by inspecting and by copying for amd64.
inspected() { skopeo --override-arch amd64 --override-os linux inspect "oci:$1:tag" | sed -n 's/.*"Architecture": "\(.*\)".*/\1/p'; }
copied() { # ROOT [OPTION]
    rm -rf copy
    if skopeo --insecure-policy --override-arch amd64 --override-os linux copy -q "${@:2}" "oci:$1:tag" oci:copy:tag 2>errors; then
        grep -ho '"architecture": *"[^"]*", "os": "linux", "config"' copy/blobs/sha256/* | cut -d'"' -f4 | LC_ALL=C sort | paste -sd' '
    else
        grep -o 'received a manifest list instead of a manifest' errors || cat errors
    fi
}
expect "directly in index.json: inspect" arm64 "$(inspected direct)"
expect "directly in index.json: copy" arm64 "$(copied direct)"
expect "directly in index.json: copy --all" arm64 "$(copied direct --all)"
expect "in an index: inspect" amd64 "$(inspected inner)"
expect "in an index: copy" amd64 "$(copied inner)"
expect "in an index: copy --all" "amd64 arm64" "$(copied inner --all)"
expect "in an index in an index: inspect" amd64 "$(inspected nested)"
expect "in an index in an index: copy" "received a manifest list instead of a manifest" "$(copied nested)"
