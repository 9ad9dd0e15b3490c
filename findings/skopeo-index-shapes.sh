#!/usr/bin/env bash
# skopeo selects the platform only in an index below index.json, and only one level deep.
#
# Expected: index.json is itself an image index, so skopeo selects the right platform among several images
#   under one tag, and follows nested indexes.
# Instead: of several images directly under one tag, the first is used, whatever its platform and whatever
#   `--override-arch` says, and `copy --all` copies only that one. An index nested in another is resolved
#   by `skopeo inspect`, but rejected by `skopeo copy`.
# Versions: skopeo 1.9.3 of Debian 12.
# Matters: a tool that adds a platform directly to index.json produces a valid image that other tools
#   cannot select. One index per tag works.
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
for_amd64=(--override-arch amd64 --override-os linux)
inspected() {
    skopeo "${for_amd64[@]}" inspect "oci:$1:tag" | sed -n 's/.*"Architecture": "\(.*\)".*/\1/p'
}
copied() { # ROOT [OPTION]
    rm -rf copy
    if skopeo --insecure-policy "${for_amd64[@]}" copy -q "${@:2}" "oci:$1:tag" oci:copy:tag 2>errors; then
        grep -ho '"architecture": *"[^"]*", "os": "linux", "config"' copy/blobs/sha256/* |
            cut -d'"' -f4 | LC_ALL=C sort | paste -sd' '
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
