"""A wheel of as many small files as are wanted, which the program takes for one of pip.

The same number of files gives the same bytes.
"""

import base64
import hashlib
import random
import zipfile

TIME = (2026, 1, 2, 3, 4, 6)
# As many as are in the larger directories of pip.
IN_A_DIRECTORY = 100


def make_wheel(path, version, count):
    """Writes a wheel with this many entries, RECORD among them."""
    metadata = f"pip-{version}.dist-info"
    fixed = {
        f"{metadata}/METADATA": f"Metadata-Version: 2.1\nName: pip\nVersion: {version}\n",
        f"{metadata}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{metadata}/entry_points.txt": "[console_scripts]\npip = pip:main\n",
        "pip/__init__.py": "",
    }
    noise, rows = random.Random(count), []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        def add(name, text):
            contents = text.encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(contents).digest())
            rows.append(f"{name},sha256={digest.decode().rstrip('=')},{len(contents)}\n")
            archive.writestr(entry(name), contents)

        for name, text in fixed.items():
            add(name, text)
        for number in range(count - len(fixed) - 1):
            # About a kibibyte, of which a part is the same all over.
            value = noise.getrandbits(1600)
            text = f'"""Module {number}."""\n\nVALUE = {value:#x}\n' + "# Nothing.\n" * 50
            add(f"pip/package_{number // IN_A_DIRECTORY}/module_{number}.py", text)
        record = f"{metadata}/RECORD"
        archive.writestr(entry(record), "".join(rows) + f"{record},,\n")


def entry(name):
    """What an archive tells of a file: neither when nor where it was made."""
    info = zipfile.ZipInfo(name, TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
