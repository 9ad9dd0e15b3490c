"""`ensurepip`, in the place of CPython's: what it does is done by `ensurepip_component`.

`_bundled` beside this file has a wheel of pip, the component, and its two scripts.
"""

import os
import sys
import sysconfig

__all__ = ["bootstrap", "version"]

_BUNDLED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_bundled")


def version():
    """Return the version of the bundled pip."""
    return _wheel().split("-")[1]


def bootstrap(
    *, root=None, upgrade=False, user=False, altinstall=False, default_pip=False, verbosity=0
):
    """Install the bundled pip into this Python, or below `root`."""
    if altinstall and default_pip:
        raise ValueError("Cannot use altinstall and default_pip together")
    sys.audit("ensurepip.bootstrap", root)
    marker = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
    if not root and sys.prefix == sys.base_prefix and os.path.isfile(marker):
        raise OSError("the distributor of this Python manages what is installed in it (PEP 668)")
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    kept = _host().install(
        os.path.join(_BUNDLED, _wheel()),
        component=os.path.join(_BUNDLED, "ensurepip.wasm"),
        root=root or "/",
        user=user,
        scripts="alternate" if altinstall else "default-pip" if default_pip else "versioned",
        upgrade=upgrade,
        source_date_epoch=int(epoch) if epoch else None,
    )
    if kept:
        print("Requirement already satisfied: pip (%s)" % kept)
    else:
        print("Processing %s\nInstalling collected packages: pip" % _wheel())
        print("Successfully installed pip-%s" % version())


def _wheel():
    """The file name of the bundled wheel."""
    [name] = [name for name in os.listdir(_BUNDLED) if name.endswith(".whl")]
    return name


def _host():
    """The package that does the work.

    In a new virtual environment `venv` runs this without PYTHONPATH, so the package is looked for
    where the Python that made the environment has it as well.
    """
    try:
        import ensurepip_component
    except ImportError:
        import site

        sys.path += site.getsitepackages([sys.base_prefix])
        import ensurepip_component
    return ensurepip_component


def _main(argv=None):
    import argparse

    parser = argparse.ArgumentParser(prog="python -m ensurepip")
    add = parser.add_argument
    add("--version", action="store_true", help="print the version of pip")
    add("-v", "--verbose", action="count", default=0, dest="verbosity", help="say more")
    add("-U", "--upgrade", action="store_true", help="replace an older pip")
    add("--user", action="store_true", help="install into the user site")
    add("--root", help="install below this directory")
    add("--altinstall", action="store_true", help="install the script pipX.Y alone")
    add("--default-pip", action="store_true", help="install the script pip as well")
    options = vars(parser.parse_args(argv))
    if options.pop("version"):
        print("pip", version())
    else:
        bootstrap(**options)
