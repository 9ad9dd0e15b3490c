#!/usr/bin/env bash
# The `tar` crate unpacks sparse files in PAX archives under a wrong name and with wrong contents.
#
# Expected: the crate supports sparse files, so an archive made by `tar --sparse` is unpacked as it was
#   packed.
# Instead: it supports only GNU's own format. From a PAX archive (`tar --sparse --format=posix`) it
#   creates a regular file `GNUSparseFile.PID/NAME`, in which the map of holes precedes the data, and
#   returns `Ok`. Python's tarfile supports both formats.
# Versions: tar 0.4.46 from crates.io, GNU tar of the system.
# Matters: a layer made from such an archive silently lacks the file and contains another one.
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
