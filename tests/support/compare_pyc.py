"""Compares two trees of bytecode, as the interpreter sees them.

    compare_pyc.py REFERENCE OURS FINAL HEADERS

The bytes of two equal code objects may differ: marshal records which constants happened to be
shared in memory. So the objects are compared, attribute by attribute, whatever is nested inside.
The one attribute left out is `co_filename`. Ours must have the path there that the file will be
found under: FINAL joined with its path below OURS. Where the reference has another one, that is
counted.

HEADERS is `identical`, or `own-source` where the header names the time and size of the source:
then each must be those of the source in its own tree, or every import would compile it anew.

Before PEP 552 there was no other way to refer to a source, so that HEADERS has to be `own-source`.

Only files of both trees are looked at. The answer is one JSON object, with the number of files
compared, that of those with another path in the reference, and a list of faults; the exit status
says nothing about them.
"""

import importlib.util
import json
import marshal
import os
import struct
import sys
import types

HAS_FLAGS = sys.version_info >= (3, 7)
HEADER_SIZE = 16 if HAS_FLAGS else 12


def main(reference, ours, final, headers):
    faults = []
    compared = elsewhere = 0
    for path in bytecode_files(ours):
        left, right = os.path.join(reference, path), os.path.join(ours, path)
        if not os.path.isfile(left):
            continue
        compared += 1
        source = importlib.util.source_from_cache(os.path.join(final, path))
        elsewhere += read(left)[1].co_filename != source
        for fault in file_faults(left, right, source, headers):
            faults.append("%s: %s" % (path, fault))
    json.dump({"compared": compared, "elsewhere": elsewhere, "faults": faults}, sys.stdout)


def bytecode_files(directory):
    for parent, _, names in os.walk(directory):
        for name in names:
            if name.endswith(".pyc"):
                yield os.path.relpath(os.path.join(parent, name), directory)


def file_faults(left, right, expected, headers):
    left_header, left_code = read(left)
    right_header, right_code = read(right)
    if headers == "own-source":
        for path, header in ((left, left_header), (right, right_header)):
            yield from stale_header(path, header)
    elif left_header != right_header:
        yield "header %s | %s (reference | ours)" % (left_header.hex(), right_header.hex())
    # One difference is enough: what follows it is often only a consequence.
    for difference in differences(left_code, right_code, "module"):
        yield difference + " (reference | ours)"
        break
    for code in with_nested(right_code):
        if code.co_filename != expected:
            yield "co_filename of %s is %r, not %r" % (code.co_name, code.co_filename, expected)
            break


def read(path):
    with open(path, "rb") as file:
        header = file.read(HEADER_SIZE)
        return header, marshal.load(file)


def stale_header(path, header):
    """The check that the import system makes, in `_validate_timestamp_pyc`."""
    found = struct.unpack("<4sIII" if HAS_FLAGS else "<4sII", header)
    source = os.stat(importlib.util.source_from_cache(path))
    expected = (
        importlib.util.MAGIC_NUMBER,
        *((0,) if HAS_FLAGS else ()),
        int(source.st_mtime) & 0xFFFFFFFF,
        source.st_size & 0xFFFFFFFF,
    )
    if found != expected:
        yield "header of %s says %r, its source %r" % (path, found, expected)


def with_nested(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from with_nested(constant)


def differences(left, right, where):
    """How two constants differ; by type and value, since 1 == True == 1.0."""
    if type(left) is not type(right):
        yield "%s: %s | %s" % (where, type(left).__name__, type(right).__name__)
    elif isinstance(left, types.CodeType):
        for name in code_attributes(left):
            yield from differences(getattr(left, name), getattr(right, name), where + "." + name)
    elif isinstance(left, tuple):
        if len(left) != len(right):
            yield "%s: %d | %d items" % (where, len(left), len(right))
        for index, pair in enumerate(zip(left, right)):
            yield from differences(pair[0], pair[1], "%s[%d]" % (where, index))
    elif isinstance(left, frozenset):
        # Sets of strings have another order in each process.
        if sorted(map(typed, left)) != sorted(map(typed, right)):
            yield "%s: %r | %r" % (where, left, right)
    elif typed(left) != typed(right):
        yield "%s: %r | %r" % (where, left, right)


def code_attributes(code):
    for name in dir(code):
        # co_lnotab is the deprecated view of co_linetable, and warns when it is looked at.
        if not name.startswith("co_") or name in ("co_filename", "co_lnotab"):
            continue
        # Methods (co_lines, co_positions) show nothing that the attributes do not.
        if not callable(getattr(code, name)):
            yield name


def typed(value):
    """A text that two constants share only if they have the same type and value.

    `repr` tells 0.0 from -0.0 and is exact for floats; what nests needs its items typed.
    """
    if isinstance(value, tuple):
        inside = "(%s)" % ", ".join(map(typed, value))
    elif isinstance(value, frozenset):
        inside = "{%s}" % ", ".join(sorted(map(typed, value)))
    else:
        inside = repr(value)
    return "%s %s" % (type(value).__name__, inside)


main(*sys.argv[1:])
