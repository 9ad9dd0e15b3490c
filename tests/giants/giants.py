"""Wheels at the limits: made, and held against what was installed of them.

    giants.py make KIND WHEEL          writes a wheel of pip: `many` files, or `large` ones
    giants.py run PROGRAM ARGUMENT…    runs a program, and prints its peak memory in KiB
    giants.py check WHEEL DIRECTORY    compares each file of the wheel with the one in the directory
"""

import os
import pathlib
import random
import resource
import subprocess
import sys
import zipfile

sys.path.append(str(pathlib.Path(__file__).parents[1] / "support"))

from made_wheel import PIP_ENTRIES, write_pip

VERSION = "99.0"
ENTRIES = 50_000
CONTENTS = 2 << 30


def many(noise):
    """As many files as there may be, those that each pip has among them."""
    for number in range(ENTRIES - PIP_ENTRIES):
        yield f"pip/{number // 500}/{number}.txt", noise.randbytes(40)


def large(noise):
    """As much as there may be, in files of very different sizes."""
    left = CONTENTS - (4 << 20)
    for number, size in enumerate([300 << 20] * 2 + [48 << 20] * 20 + [6 << 20] * 100):
        size = min(size, left)
        left -= size
        # What repeats is packed to about a tenth.
        parts = (noise.randbytes(3_000) * 10 for _ in range(size // 30_000 + 1))
        yield f"pip/{number}.bin", b"".join(parts)[:size]


def make(kind, wheel):
    """Writes a wheel."""
    files = {"many": many, "large": large}[kind](random.Random(1))
    write_pip(wheel, VERSION, files, level=1)


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
            if entry.filename == f"pip-{VERSION}.dist-info/RECORD":
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
