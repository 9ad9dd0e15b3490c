"""Wheels at the limits: made, and held against what was installed of them.

    giants.py make KIND WHEEL          writes a wheel of pip: `many` files, or `large` ones
    giants.py run PROGRAM ARGUMENT…    runs a program, and prints its peak memory in KiB
    giants.py check WHEEL DIRECTORY    compares each file of the wheel with the one in the directory
"""

import base64
import hashlib
import os
import random
import resource
import subprocess
import sys
import zipfile

METADATA = "pip-99.0.dist-info"
ENTRIES = 50_000
CONTENTS = 1 << 30


def fixed():
    """The files that make a wheel of it."""
    yield f"{METADATA}/METADATA", b"Metadata-Version: 2.1\nName: pip\nVersion: 99.0\n"
    yield f"{METADATA}/WHEEL", b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    yield f"{METADATA}/entry_points.txt", b"[console_scripts]\npip = pip:main\n"
    yield "pip/__init__.py", b""


def many(noise):
    """As many files as there may be, RECORD among them."""
    for number in range(ENTRIES - 5):
        yield f"pip/{number // 500}/{number}.txt", noise.randbytes(40)


def large(noise):
    """As much as there may be, in files of very different sizes."""
    left = CONTENTS - (4 << 20)
    for number, size in enumerate([300 << 20] + [24 << 20] * 20 + [3 << 20] * 100):
        size = min(size, left)
        left -= size
        # What repeats is packed to about a fifth.
        parts = (noise.randbytes(6_000) * 5 for _ in range(size // 30_000 + 1))
        yield f"pip/{number}.bin", b"".join(parts)[:size]


def make(kind, wheel):
    """Writes a wheel."""
    rows = []
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        def add(name, contents):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), contents,
                             zipfile.ZIP_DEFLATED, 1)

        for made in fixed(), {"many": many, "large": large}[kind](random.Random(1)):
            for name, contents in made:
                digest = base64.urlsafe_b64encode(hashlib.sha256(contents).digest())
                rows.append(f"{name},sha256={digest.decode().rstrip('=')},{len(contents)}\n")
                add(name, contents)
        add(f"{METADATA}/RECORD", "".join(rows) + f"{METADATA}/RECORD,,\n")


def run(*command):
    """Runs a program. Its peak memory is the last line of what is printed."""
    status = subprocess.run(command).returncode
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, flush=True)
    return status


def check(wheel, directory):
    """Tells every file that is not as it is in the wheel."""
    status, count = 0, 0
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            if entry.filename == f"{METADATA}/RECORD":
                continue
            count += 1
            with archive.open(entry) as packed, \
                    open(os.path.join(directory, entry.filename), "rb") as installed:
                while True:
                    expected, found = packed.read(1 << 20), installed.read(1 << 20)
                    if expected != found:
                        print(entry.filename, "differs")
                        status = 1
                    if not expected:
                        break
    print(count, "files compared")
    return status


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    sys.exit({"make": make, "run": run, "check": check}[what](*arguments))
