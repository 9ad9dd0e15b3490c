"""Makes the archive of an Ansible collection again: collection.py ARCHIVE EPOCH DIRECTORY.

`ansible-galaxy` lists the files in the order of the file system, and records their times and owners. Here,
the same files make the same archive.
"""

import gzip
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path


def encoded(document):
    return json.dumps(document, indent=1).encode()


def main(archive, epoch, directory):
    with tarfile.open(archive) as before:
        members = {member.name: member for member in before}
        contents = {
            name: before.extractfile(member).read()
            for name, member in members.items()
            if member.isfile()
        }
    # The manifest has the digest of the list.
    listing = json.loads(contents["FILES.json"])
    listing["files"].sort(key=lambda file: file["name"])
    contents["FILES.json"] = encoded(listing)
    manifest = json.loads(contents["MANIFEST.json"])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(contents["FILES.json"]).hexdigest()
    contents["MANIFEST.json"] = encoded(manifest)

    after = io.BytesIO()
    with tarfile.open(fileobj=after, mode="w", format=tarfile.USTAR_FORMAT) as archive_again:
        for name, old in sorted(members.items()):
            member = tarfile.TarInfo(name)
            member.type, member.mtime = old.type, int(epoch)
            member.mode = 0o755 if old.isdir() else 0o644
            member.size = len(contents.get(name, b""))
            archive_again.addfile(member, io.BytesIO(contents.get(name, b"")))
    packed = gzip.compress(after.getvalue(), compresslevel=9, mtime=0)
    (Path(directory) / Path(archive).name).write_bytes(packed)


if __name__ == "__main__":
    main(*sys.argv[1:])
