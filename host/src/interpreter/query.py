"""Tells what a Python is, as one line of JSON; the question that `ensurepip-host` asks.

Runs as `python -I -B -c`, on any version: it must be valid in Python 2 as well, so that an old
interpreter can say that it is one. Distributions patch their paths, so it asks for them and does
not compute them.
"""

import io
import os
import sys
import sysconfig

# What `json` itself takes in CPython; other implementations have something else.
try:
    from _json import encode_basestring_ascii as quoted
except ImportError:
    from json.encoder import encode_basestring_ascii as quoted

# The line of `pyvenv.cfg` that opens an environment to what is installed outside it.
SHARED = "include-system-site-packages"


def paths(key):
    """The install paths for `prefix` or `user`.

    Before 3.10 pip asks distutils, and there alone some distributions said where their paths are.
    """
    if hasattr(sysconfig, "get_preferred_scheme"):
        found = sysconfig.get_paths(sysconfig.get_preferred_scheme(key))
    else:
        try:
            return distutils_paths(key == "user")
        except ImportError:
            # Left out by a distribution, whose pip could not ask it either.
            framework = sys.platform == "darwin" and getattr(sys, "_framework", "")
            user = "osx_framework_user" if framework else os.name + "_user"
            found = sysconfig.get_paths(user) if key == "user" else sysconfig.get_paths()
    return chosen(found)


def chosen(found):
    return dict((key, found[key]) for key in ("purelib", "platlib", "include", "scripts", "data"))


def distutils_paths(user, layout=None):
    """The install paths as distutils has them, without any configuration file. Debian's has layouts."""
    from distutils.command.install import install
    from distutils.dist import Distribution

    command = install(Distribution({"name": "x"}))
    command.user = user
    if layout and hasattr(command, "install_layout"):
        command.install_layout = layout
    if user:
        command.prefix = ""
    # It would make the user site, and we only ask.
    command.create_home_path = lambda: None
    command.finalize_options()
    return {
        "purelib": command.install_purelib,
        "platlib": command.install_platlib,
        # Headers have a directory of their own for each distribution.
        "include": os.path.dirname(command.install_headers),
        "scripts": command.install_scripts,
        "data": command.install_data,
    }


def shared():
    """Whether what is installed outside is visible: not in an environment that is closed to it.

    Reads `pyvenv.cfg` as `site` does: the one beside the interpreter, else the one above; the last line
    counts, and without any it is open.
    """
    directory = os.path.dirname(os.path.abspath(sys.executable))
    for place in (directory, os.path.dirname(directory)):
        path = os.path.join(place, "pyvenv.cfg")
        if os.path.isfile(path):
            with io.open(path, encoding="utf-8") as lines:
                settings = [line.partition("=") for line in lines if "=" in line]
            values = [value for name, _, value in settings if name.strip().lower() == SHARED]
            return not values or values[-1].strip().lower() == "true"
    return True


def user_site():
    """Whether the user site is looked into: `on`, `off`, or `invisible` from an environment.

    `site` would say, but not to an isolated Python, for which it is always off.
    """
    if not shared():
        return "invisible"
    if os.environ.get("PYTHONNOUSERSITE"):
        return "off"
    if hasattr(os, "geteuid") and (os.geteuid(), os.getegid()) != (os.getuid(), os.getgid()):
        return "off"
    return "on"


def package_paths():
    """The install paths of the distributor's own packages; None where no distribution has any.

    Debian and Fedora, with their relatives, keep pip out of these, and have them as another scheme.
    Before 3.10 it was an option or a variable of distutils that asked for it.
    """
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    if not hasattr(sysconfig, "get_scheme_names"):
        return None
    for scheme in ("deb_system", "rpm_prefix"):
        if scheme in sysconfig.get_scheme_names():
            return chosen(sysconfig.get_paths(scheme, vars=base))
    if hasattr(sysconfig, "get_preferred_scheme") or sys.prefix != sys.base_prefix:
        return None
    try:
        usual, os.environ["RPM_BUILD_ROOT"] = distutils_paths(False), "/"
        found = distutils_paths(False, "deb")
    except ImportError:
        return None
    return found if found != usual else None


def facts():
    import importlib.util
    import site

    variables = sysconfig.get_config_vars()
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
        "user_site": user_site(),
        "stdlib": sysconfig.get_path("stdlib"),
        "magic": importlib.util.MAGIC_NUMBER.hex(),
        "paths": paths("prefix"),
        "user_paths": paths("user") if site.getuserbase() else None,
        "package_paths": package_paths(),
        # The `site` of an old virtualenv lacks this function.
        "site_packages": getattr(site, "getsitepackages", list)(),
    }


def as_json(value):
    """What `json.dumps` makes of it. To import that, for the sake of what it reads, takes longer than
    all the rest.
    """
    if isinstance(value, dict):
        return "{%s}" % ", ".join(quoted(key) + ": " + as_json(value[key]) for key in value)
    if isinstance(value, list):
        return "[%s]" % ", ".join(as_json(each) for each in value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value) if isinstance(value, int) else quoted(value)


if sys.version_info < (3, 6):
    answer = {"result": "too-old", "version": list(sys.version_info[:3])}
else:
    answer = {"result": "python", "facts": facts()}
# Whatever start-up files print comes before this line, and stays out of it.
sys.stdout.write("\n" + as_json(answer) + "\n")
sys.stdout.flush()
# To take the interpreter down in good order takes longer than to answer, and there is nobody to see it.
os._exit(0)
