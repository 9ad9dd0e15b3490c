"""What the component has to know of this Python."""

import os
import site
import sys
import sysconfig

from wasmtime.component import Record

from ._component import record


def paths(user):
    """The install paths of this Python, or those of its user."""
    key = "user" if user else "prefix"
    if hasattr(sysconfig, "get_preferred_scheme"):
        scheme = sysconfig.get_preferred_scheme(key)
    elif not user:
        scheme = os.name if os.name == "nt" else "posix_prefix"
    else:
        framework = sys.platform == "darwin" and getattr(sys, "_framework", "")
        scheme = "osx_framework_user" if framework else os.name + "_user"
    found = sysconfig.get_paths(scheme)
    return record(**{key: found[key] for key in ("purelib", "platlib", "include", "scripts", "data")})


def facts(user) -> Record:
    """The record `python` of the contract."""
    major, minor, micro = sys.version_info[:3]
    return record(
        version=record(major=major, minor=minor, micro=micro),
        implementation=sys.implementation.name,
        cache_tag=sys.implementation.cache_tag,
        os=os.name,
        platform=sysconfig.get_platform(),
        prefix=os.path.normpath(sys.prefix),
        exec_prefix=os.path.normpath(sys.exec_prefix),
        base_prefix=os.path.normpath(sys.base_prefix),
        base_exec_prefix=os.path.normpath(sys.base_exec_prefix),
        platlibdir=sys.platlibdir,
        abiflags=getattr(sys, "abiflags", ""),
        free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        winver=getattr(sys, "winver", None),
        user_base=site.getuserbase(),
        scheme_source=paths(user),
    )


def is_externally_managed():
    """Whether the distributor of this Python does not want it changed (PEP 668)."""
    marker = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
    return sys.prefix == sys.base_prefix and os.path.isfile(marker)
