"""Makes a wheel of a few files for the findings; run with a JSON description on standard input.

Keys: `name`, `version`, `files` (name to text), `modes` (name to mode in octal, for those that are not
644), `system` (the "made by" of its ZIP entries, 3 for Unix), `metadata` and `entry_points` (text).
The wheel is written to the current directory.
"""

import base64
import hashlib
import json
import sys
import zipfile

wheel = {"version": "1.0", "files": {}, "modes": {}, "system": 3, "metadata": "", "tag": "py3-none-any"}
wheel.update(json.load(sys.stdin))
name, version, tag = wheel["name"], wheel["version"], wheel["tag"]
info = f"{name}-{version}.dist-info"
files = dict(wheel["files"])
files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{wheel['metadata']}"
files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: finding\nRoot-Is-Purelib: true\nTag: {tag}\n"
if "entry_points" in wheel:
    files[f"{info}/entry_points.txt"] = wheel["entry_points"]
rows = []
for path, text in files.items():
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    rows.append(f"{path},sha256={digest},{len(text.encode())}\n")
files[f"{info}/RECORD"] = "".join(rows) + f"{info}/RECORD,,\n"

with zipfile.ZipFile(f"{name}-{version}-{tag}.whl", "w", zipfile.ZIP_DEFLATED) as archive:
    for path, text in files.items():
        entry = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
        entry.create_system = wheel["system"]
        entry.external_attr = (0o100000 | int(wheel["modes"].get(path, "644"), 8)) << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, text)
