"""Writes wheels. The same files give the same bytes."""

import base64
import hashlib
import itertools
import zipfile

TIME = (2026, 1, 2, 3, 4, 6)

# The entries that `write_pip` adds: an empty package, a command, METADATA, WHEEL and RECORD.
PIP_ENTRIES = 5


def write_wheel(path, project, version, files, level=None):
    """Writes a wheel of these files, as pairs of a name and bytes; `level` is zlib's."""
    directory = f"{project}-{version}.dist-info"
    metadata = [
        (f"{directory}/METADATA",
         f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n".encode()),
        (f"{directory}/WHEEL", b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
    ]
    record = f"{directory}/RECORD"
    rows = []
    with zipfile.ZipFile(path, "w") as archive:
        def add(name, contents):
            entry = zipfile.ZipInfo(name, TIME)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, contents, zipfile.ZIP_DEFLATED, level)

        for part in files, metadata:
            for name, contents in part:
                digest = base64.urlsafe_b64encode(hashlib.sha256(contents).digest())
                rows.append(f"{name},sha256={digest.decode().rstrip('=')},{len(contents)}\n")
                add(name, contents)
        add(record, "".join(rows) + f"{record},,\n")


def write_pip(path, version, files, level=None):
    """Writes a wheel of pip, with one command and these files more."""
    entry_points = f"pip-{version}.dist-info/entry_points.txt"
    own = [("pip/__init__.py", b""), (entry_points, b"[console_scripts]\npip = pip:main\n")]
    write_wheel(path, "pip", version, itertools.chain(own, files), level)
