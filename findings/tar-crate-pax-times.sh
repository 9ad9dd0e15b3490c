#!/usr/bin/env bash
# The `tar` crate takes the path, size and owner of a PAX header, and not the time, nor a global header.
#
# Expected: a PAX record overrides the field of the header, for every field that the crate reads; a
#   global header holds for all entries after it and is none itself.
# Instead: `path` and `uid` are overridden, `mtime` is not, in what `header()` says and in what `unpack` sets. A
#   global header changes nothing, and is among the entries, with a path of its own. GNU tar and Python's
#   tarfile take all of them.
# Versions: tar 0.4.46 (crates.io); GNU tar of the system.
# Matters: times before 1970 exist only as PAX records, whoever counts or maps the entries of a layer counts
#   a global header as a file, and two readers give one layer two results.
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
