#!/usr/bin/env bash
# The `tar` crate unpacks GNU tar's sparse files from a PAX archive under another name, without an error.
#
# Expected: the crate supports sparse files, so what GNU tar packs with `--sparse` comes out as it was.
# Instead: it does so for GNU's own format only. In the PAX format, which GNU tar takes with
#   `--format=posix`, it unpacks a *regular* file `GNUSparseFile.PID/NAME`, which has the map of holes in
#   front of the data, and `unpack` returns `Ok`. Python's tarfile, Go's archive/tar and libarchive know both.
# Versions: tar 0.4.46 (crates.io); GNU tar of the system.
# Matters: an image layer that was made from such an archive lacks the file and has another instead, and
#   whoever looks for the file's name does not find it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

rust_program tar@=0.4.46 <<'END'
fn main() {
    let archive = std::env::args().nth(1).unwrap();
    let mut archive = tar::Archive::new(std::fs::File::open(archive).unwrap());
    println!("{:?}", archive.unpack(std::env::args().nth(2).unwrap()).map_err(|error| error.to_string()));
}
END
tar --version | head -1
truncate -s 1M holes
printf data | dd of=holes bs=1 seek=500000 conv=notrunc status=none
for format in gnu posix; do
    tar --sparse --format="$format" -cf "$format.tar" holes
    mkdir "by-crate-$format" "by-python-$format"
    ./program "$format.tar" "by-crate-$format" >"said-$format"
    python3 -W ignore -c "import tarfile; tarfile.open('$format.tar').extractall('by-python-$format')"
done

seen() { # DIRECTORY: files there, and whether they are what was packed
    (cd "$1" && find . -type f | while read -r file; do
        if cmp -s "$file" "$scratch/holes"; then same=same; else same=other; fi
        echo "${file#./} $same" | sed 's/File\.[0-9]*/File.PID/'
    done)
}
expect "Python, GNU format" "holes same" "$(seen by-python-gnu)"
expect "Python, PAX format" "holes same" "$(seen by-python-posix)"
expect "the crate, GNU format" "Ok(()) holes same" "$(cat said-gnu) $(seen by-crate-gnu)"
expect "the crate, PAX format" "Ok(()) GNUSparseFile.PID/holes other" "$(cat said-posix) $(seen by-crate-posix)"
