#!/usr/bin/env bash
# The `tar` crate takes a time before 1970 for one in the far future.
#
# Expected: GNU tar writes such a time as a negative binary number, and a reader of that form returns a
#   negative one, or an error.
# Instead: `Header::mtime` returns 2^64 minus the seconds, and no error. GNU tar and Python's tarfile read
#   the time.
# Versions: tar 0.4.46 from crates.io, GNU tar of the system.
# Matters: a directory that a layer repeats would get another time than it has in the layers below.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

rust_program tar@=0.4.46 <<'END'
fn main() {
    let archive = std::env::args().nth(1).unwrap();
    let mut archive = tar::Archive::new(std::fs::File::open(archive).unwrap());
    for entry in archive.entries().unwrap() {
        println!("{}", entry.unwrap().header().mtime().unwrap());
    }
}
END
tar --version | head -1
mkdir directory
tar --format=gnu --mtime=@-5 -cf early.tar directory
expect "GNU tar" "1969-12-31 23:59:55" "$(tar --utc --full-time -tvf early.tar | awk '{ print $4, $5 }')"
expect "Python" "-5" "$(python3 -c "import tarfile; print(tarfile.open('early.tar').getmembers()[0].mtime)")"
expect "the crate" "18446744073709551611" "$(./program early.tar)"
