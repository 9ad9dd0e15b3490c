"""`ensurepip`, in the place of CPython's: what it does is done by `ensurepip_component`.

In a new virtual environment `venv` runs this without PYTHONPATH, so the packages it needs are looked
for where the Python that made the environment has them as well.
"""

import sys

try:
    from ensurepip_component import bootstrap, version
except ImportError:
    import site

    sys.path += site.getsitepackages([sys.base_prefix])
    from ensurepip_component import bootstrap, version

__all__ = ["bootstrap", "version"]


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
