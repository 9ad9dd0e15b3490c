#!/usr/bin/env bash
# umoci cannot unpack a layer that `git archive` has made.
#
# Expected: `git archive` writes an ordinary tar archive, so it can be the layer of an image.
# Instead: it begins with a global PAX header, which has the commit as a comment. umoci calls that an
#   unknown type of entry and fails. GNU tar, Python's tarfile and buildah unpack the archive.
# Versions: umoci 0.4.7 of Debian 12, git of the system.
# Matters: whether an image is valid depends on the tool, and a reader of layers has to decide what global
#   records mean: the tools for images ignore them, tar and tarfile apply them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

debian_packages 'umoci=0.4.7*'
git --version
git init -q source
echo text >source/file
git -C source add file
git -C source -c user.name=name -c user.email=name@example.org commit -qm subject
git -C source archive --format=tar -o "$scratch/commit.tar" HEAD
umoci init --layout image
umoci new --image image:tag
umoci raw add-layer --image image:tag commit.tar
unpacked() { umoci unpack --rootless --image image:tag bundle 2>&1 | sed -n "s/.*unpack entry: [^:]*: //p"; }
expect "GNU tar" "file" "$(tar -tf commit.tar)"
expect "Python" "file" "$(python3 -c "import tarfile; print(*tarfile.open('commit.tar').getnames())")"
expect "umoci" "unknown typeflag '\\x67'" "$(unpacked)"
