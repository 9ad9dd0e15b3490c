"""Wheels at the limits: made, and held against what was installed of them.

    giants.py make KIND WHEEL          writes a wheel of pip: `many` files, or `large` ones
    giants.py run PROGRAM ARGUMENT…    runs a program, and prints its peak memory in KiB
    giants.py make-set DIRECTORY       writes 20 wheels of 1,000 files each, and `set.txt`, which pins them
    giants.py check WHEEL NAME DIRECTORY
                                       compares each file of the wheel, whose metadata has this NAME, with
                                       the one in the directory
"""

import os
import pathlib
import random
import resource
import subprocess
import sys
import zipfile

sys.path.append(str(pathlib.Path(__file__).parents[1] / "support"))

from made_wheel import PIP_ENTRIES, write_pip, write_wheel

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


def make_set(directory):
    """Writes a set of wheels."""
    noise = random.Random(1)
    directory = pathlib.Path(directory)
    directory.mkdir()
    names = [f"big{number:02}" for number in range(20)]
    for name in names:
        # What is written in hexadecimal is packed to about a half.
        files = [
            (f"{name}/d{number // 100}/{number}.txt", noise.randbytes(4_800).hex().encode())
            for number in range(1_000)
        ]
        write_wheel(directory / f"{name}-1.0-py3-none-any.whl", name, "1.0", files, level=1)
    (directory / "set.txt").write_text("".join(f"{name}==1.0\n" for name in names))


def run(*command):
    """Runs a program. Its peak memory is the last line of what is printed."""
    status = subprocess.run(command).returncode
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, flush=True)
    return status


def check(wheel, name, directory):
    """Tells every file that is not as it is in the wheel."""
    status, count = 0, 0
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            if entry.filename == f"{name}.dist-info/RECORD":
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
    sys.exit({"make": make, "make-set": make_set, "run": run, "check": check}[what](*arguments))
