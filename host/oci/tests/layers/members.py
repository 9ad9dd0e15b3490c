"""Prints a line for each member of a tar archive, as Python's tarfile reads it.

Name (with a slash behind a directory), type flag, mode, user ID, group ID, time, size, target of a link
and PAX records, between tabs.
"""

import sys
import tarfile

for member in tarfile.open(sys.argv[1]):
    name = member.name + "/" if member.isdir() else member.name
    records = dict(sorted(member.pax_headers.items()))
    print(name, member.type.decode(), "%o" % member.mode, member.uid, member.gid, int(member.mtime), member.size,
          member.linkname, records, sep="\t")
