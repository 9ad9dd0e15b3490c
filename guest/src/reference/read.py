"""Reads the formats of a wheel, and layers of images, as Python's own modules do, for a program at the other end of a pipe.

A question is a letter for the format, a length of eight bytes and the contents; an answer is a
letter, a length and fields, each with a length of its own. `Y` has what was read, `N` the reason why
nothing was. The argument is a wheel of pip, for the `packaging` in it.
"""

import ast
import calendar
import csv
import datetime
import decimal
import email.parser
import hashlib
import importlib.metadata
import io
import re
import struct
import sys
import tarfile
import warnings
import zipfile

FIELDS = [
    "Metadata-Version",
    "Name",
    "Version",
    "Requires-Python",
    "Wheel-Version",
    "Root-Is-Purelib",
]


class Refused(Exception):
    """What is asked about breaks a rule that no module of Python looks after."""


class EntryPoints(importlib.metadata.Distribution):
    """A distribution of which nothing is there but its entry points."""

    def __init__(self, text):
        self.text = text

    def read_text(self, filename):
        return self.text if filename == "entry_points.txt" else None

    def locate_file(self, path):
        raise Refused(path)


def seconds(moment):
    """Takes the archive's clock for UTC; what is no time is the beginning."""
    try:
        return calendar.timegm(datetime.datetime(*moment).timetuple())
    except ValueError:
        return 0


def files(contents):
    """Opens an archive and yields its files: what is said of them, and what they hold."""
    with zipfile.ZipFile(io.BytesIO(contents)) as archive:
        for entry in archive.infolist():
            # Directories are read as well: one that holds something would be a surprise.
            bytes_of_entry = archive.read(entry)
            if entry.is_dir():
                if bytes_of_entry:
                    raise Refused(f"{entry.filename} is a directory and holds something")
                continue
            yield entry, bytes_of_entry


def archive(contents):
    """Name, contents by digest, size, whether it is executable, and time of each file."""
    for entry, contents in files(contents):
        mode = entry.external_attr >> 16
        yield entry.filename
        yield hashlib.sha256(contents).hexdigest()
        yield str(len(contents))
        yield str(mode & 0o170000 == 0o100000 and mode & 0o111 != 0).lower()
        yield str(seconds(entry.date_time))


def wheel(contents):
    """The same of a wheel, after its RECORD was compared with what is there."""
    found = {entry.filename: contents for entry, contents in files(contents)}
    (path,) = [name for name in found if re.fullmatch(r"[^/]+\.dist-info/RECORD", name)]
    rows = list(csv.reader(io.StringIO(found[path].decode(), newline="")))
    stated = {row[0]: row[1:] for row in rows if row}
    unsigned = {path, path + ".jws", path + ".p7s"}
    for name in found.keys() - unsigned:
        digest, size = stated.pop(name)
        algorithm, _, digest = digest.partition("=")
        if algorithm not in ("sha256", "sha384", "sha512"):
            raise Refused(f"{name} has the digest {algorithm}")
        computed = hashlib.new(algorithm, found[name]).digest()
        if digest != base64(computed) or size not in ("", str(len(found[name]))):
            raise Refused(f"{name} is not what RECORD states")
    if stated.keys() - unsigned:
        raise Refused(f"RECORD lists {stated}")
    return archive(contents)


def base64(digest):
    """In the alphabet for URLs, and without padding."""
    import base64 as encodings

    return encodings.urlsafe_b64encode(digest).rstrip(b"=").decode()


def record(contents):
    """The columns of all rows, three each."""
    for row in csv.reader(io.StringIO(contents.decode(), newline=""), strict=False):
        if row and len(row) != 3:
            raise Refused(f"a row has {len(row)} columns")
        yield from row


def headers(contents):
    """The fields that an installer looks at, blanks in a row as one; `-` for one that is not there."""
    message = email.parser.HeaderParser().parsestr(contents.decode())
    for name in FIELDS:
        value = message.get(name)
        yield "-" if value is None else "+" + re.sub("[ \t\r\n]+", " ", str(value)).strip(" ")


def entry_points(contents):
    """Name, module, attribute and group of each command."""
    for group in ["console_scripts", "gui_scripts"]:
        for point in EntryPoints(contents.decode()).entry_points:
            if point.group == group:
                yield from [point.name, point.module, point.attr, group]


def variables(contents):
    """Names and values of `build_time_vars`, sorted."""
    for statement in ast.parse(contents).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets) == "build_time_vars":
            read = ast.literal_eval(statement.value)
            if not all(type(name) is str and type(read[name]) in (str, int) for name in read):
                raise Refused("something else than strings and numbers")
            for name in sorted(read):
                yield from [name, str(read[name])]
            return
    raise Refused("no variables")


def version(contents):
    """How two versions compare: the one, a line feed, the other."""
    from pip._vendor.packaging.version import Version

    left, right = map(Version, contents.decode().split("\n"))
    yield "less" if left < right else "equal" if left == right else "greater"


def specifier(contents):
    """Whether a version is among those that specifiers name, as pip asks for Requires-Python."""
    from pip._vendor.packaging.specifiers import SpecifierSet

    specifiers, found = contents.decode().split("\n")
    yield str(SpecifierSet(specifiers).contains(found, prereleases=True)).lower()


class Member(tarfile.TarInfo):
    """A member with a header that tarfile reads like the programs that unpack layers.

    Those read a prefix only behind `ustar`, digits behind NUL characters, and the name of another
    header before they decide whether it is a directory; and they ignore global headers.
    """

    @classmethod
    def frombuf(cls, buf, encoding, errors):
        numbers = [buf[100:108], buf[108:116], buf[116:124], buf[124:136], buf[136:148]]
        is_blank = any(number[:1] == b"\0" and number.strip(b"\0 ") for number in numbers)
        if buf.count(b"\0") != 512 and (buf[257:263] != b"ustar\0" or buf[508:] == b"tar\0"):
            raise Refused("another format")
        if is_blank or buf[156:157] in (b"\0", b"g"):
            raise Refused("another reading")
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.InvalidHeaderError as error:
            # tarfile takes it for the end of the archive.
            raise Refused(error) from None


def layer(contents):
    """Name, kind, mode, owner, group, time, size and target of each member; the name of a whiteout."""
    with tarfile.open(fileobj=io.BytesIO(contents), tarinfo=Member) as archive:
        members = archive.getmembers()
    for member in members:
        records = member.pax_headers
        if "" in records.values() or any(key.startswith("GNU.sparse.") for key in records):
            raise Refused("another reading")
        names = [name for name in member.name.split("/") if name not in ("", ".")]
        path = "/".join(names).encode(errors="surrogateescape").hex()
        base = names[-1] if names else ""
        if base.startswith(".wh..wh.") and base != ".wh..wh..opq":
            continue
        if base.startswith(".wh."):
            yield from (path, "whiteout", "", "", "", "", "", "")
            continue
        kinds = {b"0": "file", b"7": "file", b"1": "hard link", b"2": "link", b"5": "directory"}
        target = member.linkname if member.islnk() or member.issym() else ""
        if member.islnk():
            target = "/".join(name for name in target.split("/") if name not in ("", "."))
        time = decimal.Decimal(records.get("mtime", member.mtime)).to_integral_value(decimal.ROUND_FLOOR)
        yield path
        yield kinds.get(member.type, "other")
        yield str(member.mode & 0o7777)
        yield str(member.uid)
        yield str(member.gid)
        yield str(int(time))
        yield str(member.size if member.isreg() else 0)
        yield target.encode(errors="surrogateescape").hex()


READERS = {
    b"A": archive,
    b"W": wheel,
    b"R": record,
    b"H": headers,
    b"E": entry_points,
    b"V": variables,
    b"C": version,
    b"S": specifier,
    b"L": layer,
}


def main():
    sys.path.insert(0, sys.argv[1])
    warnings.simplefilter("ignore")
    csv.field_size_limit(1 << 30)
    while True:
        letter = sys.stdin.buffer.read(1)
        if not letter:
            return
        (length,) = struct.unpack("<Q", sys.stdin.buffer.read(8))
        contents = sys.stdin.buffer.read(length)
        try:
            letter, fields = b"Y", list(READERS[letter](contents))
        except Exception as error:
            letter, fields = b"N", [f"{type(error).__name__}: {error}"]
        fields = [field.encode(errors="backslashreplace") for field in fields]
        answer = b"".join(struct.pack("<Q", len(field)) + field for field in fields)
        sys.stdout.buffer.write(letter + struct.pack("<Q", len(answer)) + answer)
        sys.stdout.buffer.flush()


main()
