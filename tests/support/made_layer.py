"""Writes layers by Python's tarfile, for scripts that make images for tests."""

import io
import tarfile

TIME = 1600000000
LAYER = "application/vnd.oci.image.layer.v1.tar"


def entry(name, kind, value=None, **fields):
    """One member: `d` directory, `f` file, `l` link, `h` hard link, or a type flag as bytes."""
    info = tarfile.TarInfo(name)
    info.mtime, info.mode = TIME, 0o644
    data = None
    if kind == "d":
        info.type, info.mode = tarfile.DIRTYPE, 0o755
    elif kind == "l":
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, value, 0o777
    elif kind == "h":
        info.type, info.linkname = tarfile.LNKTYPE, value
    else:
        data = value or b""
        info.size = len(data)
        if kind != "f":
            info.type = kind
    for field, content in fields.items():
        setattr(info, field, content)
    return info, data


def tar(*entries, format=tarfile.PAX_FORMAT, **options):
    """An archive of these members by Python's tarfile."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=format, **options) as writer:
        for info, data in entries:
            writer.addfile(info, None if data is None else io.BytesIO(data))
    return archive.getvalue()
