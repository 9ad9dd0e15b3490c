"""Tells what a Python is, as one line of JSON; the question that `ensurepip-host` asks.

Runs as `python -I -B -c`, on any version: it must be valid in Python 2 as well, so that an old
interpreter can say that it is one. Distributions patch their paths, so it asks for them and does
not compute them.
"""

import json
import os
import sys
import sysconfig


def facts():
    import site

    variables = sysconfig.get_config_vars()
    if hasattr(sysconfig, "get_preferred_scheme"):
        paths = sysconfig.get_paths(sysconfig.get_preferred_scheme("prefix"))
    else:
        paths = sysconfig.get_paths()
    # Scripts of an uninstalled build name the interpreter that will be installed.
    if sysconfig.is_python_build():
        name = "python" + variables["VERSION"] + variables["EXE"]
        shebang = os.path.join(variables["BINDIR"], name)
    else:
        shebang = sys.executable
    return {
        "version": list(sys.version_info[:3]),
        "implementation": sys.implementation.name,
        "cache_tag": sys.implementation.cache_tag,
        "os": os.name,
        "platform": sysconfig.get_platform(),
        "executable": sys.executable,
        "shebang": shebang,
        "prefix": os.path.normpath(sys.prefix),
        "exec_prefix": os.path.normpath(sys.exec_prefix),
        "base_prefix": os.path.normpath(sys.base_prefix),
        "base_exec_prefix": os.path.normpath(sys.base_exec_prefix),
        "platlibdir": getattr(sys, "platlibdir", "lib"),
        "abiflags": getattr(sys, "abiflags", ""),
        "free_threaded": bool(variables.get("Py_GIL_DISABLED")),
        "winver": getattr(sys, "winver", None),
        "user_base": site.getuserbase(),
        "stdlib": sysconfig.get_path("stdlib"),
        "paths": dict((key, paths[key]) for key in ("purelib", "platlib", "include", "scripts", "data")),
    }


if sys.version_info < (3, 6):
    answer = {"result": "too-old", "version": list(sys.version_info[:3])}
else:
    answer = {"result": "python", "facts": facts()}
# Whatever start-up files print comes before this line, and stays out of it.
sys.stdout.write("\n" + json.dumps(answer) + "\n")
