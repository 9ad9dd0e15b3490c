"""Answers, as one JSON object, what the tests must know about the Python that runs this.

`wheel_directory` is where its ensurepip takes the pip wheel from, or null where ensurepip is not
usable: some distributions remove the package, its wheels, or the modules that it needs. `pip_version`
is what that ensurepip would install.
"""

import glob
import importlib.util
import json
import os
import sys
import sysconfig


def wheel_directory():
    if any(importlib.util.find_spec(name) is None for name in ("venv", "zlib", "ensurepip")):
        return None
    candidates = [
        # A distributor's choice at configure time comes first, as it does in ensurepip.
        sysconfig.get_config_var("WHEEL_PKG_DIR"),
        os.path.join(os.path.dirname(importlib.util.find_spec("ensurepip").origin), "_bundled"),
        # Debian's PyPy has no such choice: its patch names the directory.
        "/usr/share/python-wheels",
    ]
    for candidate in candidates:
        if candidate and glob.glob(os.path.join(glob.escape(candidate), "pip-*.whl")):
            return candidate
    return None


def pip_version():
    if wheel_directory() is None:
        return None
    import ensurepip

    return ensurepip.version()


json.dump(
    {
        "executable": sys.executable,
        "implementation": sys.implementation.name,
        "major": sys.version_info.major,
        "minor": sys.version_info.minor,
        "wheel_directory": wheel_directory(),
        "pip_version": pip_version(),
    },
    sys.stdout,
)
