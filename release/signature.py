"""Checks that a program for macOS is signed, ad hoc, and has not changed since: `signature.py FILE`.

macOS kills one for aarch64 otherwise, and here is no macOS to find out; one for x86-64 needs none.
Reads the Mach-O load commands and the code directory (`cs_blobs.h` of XNU), and compares the digest of
each page.
"""

import hashlib
import struct
import sys

MH_MAGIC_64 = 0xFEEDFACF
CPU_TYPE_X86_64 = 0x01000007
LC_CODE_SIGNATURE = 0x1D
CSMAGIC_EMBEDDED_SIGNATURE = 0xFADE0CC0
CSMAGIC_CODEDIRECTORY = 0xFADE0C02
CSSLOT_CODEDIRECTORY = 0
CS_ADHOC = 0x2
SHA256 = 2


def code_signature(program):
    """The bytes of the signature, and where it begins; none if none is needed."""
    magic, cpu, _, _, commands = struct.unpack_from("<5I", program)
    if magic != MH_MAGIC_64:
        raise ValueError("it is no Mach-O program of 64 bits")
    at = 32
    for _ in range(commands):
        command, size, offset, length = struct.unpack_from("<4I", program, at)
        if command == LC_CODE_SIGNATURE:
            return program[offset : offset + length], offset
        at += size
    if cpu != CPU_TYPE_X86_64:
        raise ValueError("it is not signed")
    return None, 0


def code_directory(signature):
    magic, _, count = struct.unpack_from(">3I", signature)
    if magic != CSMAGIC_EMBEDDED_SIGNATURE:
        raise ValueError("its signature is none")
    for index in range(count):
        slot, offset = struct.unpack_from(">2I", signature, 12 + 8 * index)
        if slot == CSSLOT_CODEDIRECTORY:
            return signature[offset:]
    raise ValueError("its signature has no code directory")


def check(program):
    signature, end = code_signature(program)
    if signature is None:
        return
    directory = code_directory(signature)
    magic, _, _, flags, digests, _, _, count, limit = struct.unpack_from(">9I", directory)
    size, kind, _, shift = struct.unpack_from("4B", directory, 36)
    if magic != CSMAGIC_CODEDIRECTORY or kind != SHA256 or not flags & CS_ADHOC:
        raise ValueError("its signature is of another kind")
    if limit != end:
        raise ValueError("its signature covers %d of %d bytes" % (limit, end))
    pages = [program[at : min(at + (1 << shift), limit)] for at in range(0, limit, 1 << shift)]
    if len(pages) != count:
        raise ValueError("its signature has %d pages for %d" % (count, len(pages)))
    for number, page in enumerate(pages):
        at = digests + size * number
        if hashlib.sha256(page).digest()[:size] != directory[at : at + size]:
            raise ValueError("page %d has changed since it was signed" % number)


path = sys.argv[1]
try:
    with open(path, "rb") as file:
        check(file.read())
except (OSError, ValueError, struct.error) as error:
    sys.exit("error: `%s`: %s" % (path, error))
