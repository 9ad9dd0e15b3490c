#!/usr/bin/env bash
# The `tar` crate ignores modification times in PAX headers and all global PAX headers.
#
# Expected: a PAX record overrides the header field, and a global header applies to all later entries and
#   is not an entry itself.
# Instead: `path` and `uid` are overridden, but `mtime` is not. A global header has no effect, and is
#   returned as an entry with its own path. GNU tar and Python's tarfile apply both.
# Versions: tar 0.4.46 from crates.io, GNU tar of the system.
# Matters: a reader that lists the entries of a layer counts a global header as one, and gets other times
#   and owners than other tools.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

rust_program tar@=0.4.46 <<'END'
fn main() {
    let archive = std::env::args().nth(1).unwrap();
    let mut archive = tar::Archive::new(std::fs::File::open(archive).unwrap());
    for entry in archive.entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        let kind = if header.entry_type().is_file() { "file" } else { "other" };
        let path = entry.path().unwrap();
        println!("{kind} {} {} {}", path.display(), header.uid().unwrap(), header.mtime().unwrap());
    }
}
END
tar --version | head -1
python3 - <<'END'
import tarfile
for name, own, of_all in (
    ("own", {"path": "named", "uid": "77", "mtime": "1500000000"}, {}),
    ("all", {}, {"uid": "77", "mtime": "1500000000"}),
):
    with tarfile.open(name + ".tar", "w", format=tarfile.PAX_FORMAT, pax_headers=of_all) as archive:
        entry = tarfile.TarInfo("file")
        entry.uid, entry.mtime, entry.pax_headers = 5, 1700000000, own
        archive.addfile(entry)
END
by_crate() { ./program "$1.tar" | paste -sd, ; }
by_python() {
    python3 -c "
import tarfile
print(*('file %s %d %d' % (entry.name, entry.uid, entry.mtime) for entry in tarfile.open('$1.tar')), sep=',')"
}
by_tar() {
    tar --numeric-owner --utc --full-time -tvf "$1.tar" | awk '{ sub("/.*", "", $2); print "file", $6, $2, $4, $5 }'
}
expect "Python, header of the entry" "file named 77 1500000000" "$(by_python own)"
expect "GNU tar, header of the entry" "file named 77 2017-07-14 02:40:00" "$(by_tar own)"
expect "the crate, header of the entry" "file named 77 1700000000" "$(by_crate own)"
expect "Python, global header" "file file 77 1500000000" "$(by_python all)"
expect "GNU tar, global header" "file file 77 2017-07-14 02:40:00" "$(by_tar all)"
expect "the crate, global header" "other ././@PaxHeader 0 0,file file 5 1700000000" "$(by_crate all)"
