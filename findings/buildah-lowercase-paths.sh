#!/usr/bin/env bash
# buildah starts from an OCI layout only if the path of the layout has no capital letters.
#
# Expected: the path in `oci:PATH:REF` is a path. skopeo and umoci take the same layout.
# Instead: `buildah from` names the image that it imports after the path, and names of repositories are in
#   lower case. So `oci:Image:tag` and `oci:dir/Image:tag` are refused; a capital letter above a relative
#   path does not count.
# Versions: buildah 1.28.2, skopeo 1.9.3 and umoci 0.4.7 of Debian 12.
# Matters: a layout in a directory such as `Build/` or one that `mktemp` has named fails in one tool only,
#   with an error about a repository.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

debian_packages 'buildah=1.28.2*' 'skopeo=1.9.3*' 'umoci=0.4.7*' \
    libgpgme11 libassuan0 libgpg-error0 libdevmapper1.02.1 libselinux1 libudev1
mkdir -p small Above
for layout in small/image small/Image Above/image; do
    umoci init --layout "$layout"
    umoci new --image "$layout:tag"
done
by_skopeo() { skopeo inspect --format '{{.Os}}' "oci:$1:tag"; }
by_buildah() { # DIRECTORY PATH
    (
        cd "$1"
        if buildah --root "$scratch/storage" --runroot "$scratch/run" --storage-driver vfs \
            from -q --name "work-$RANDOM" "oci:$2:tag" >"$scratch/name" 2>"$scratch/errors"; then
            echo starts
        else
            sed 's/.*: \(repository name .*\)/\1/' "$scratch/errors"
        fi
    )
}
refused="repository name must be lowercase"
expect "skopeo, small letters" linux "$(by_skopeo small/image)"
expect "skopeo, a capital letter" linux "$(by_skopeo small/Image)"
expect "buildah, small letters" starts "$(by_buildah . small/image)"
expect "buildah, a capital letter in the name" "$refused" "$(by_buildah . small/Image)"
expect "buildah, in a directory above" "$refused" "$(by_buildah . Above/image)"
expect "buildah, above the current directory" starts "$(by_buildah Above image)"
