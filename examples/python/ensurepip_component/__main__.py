"""The command line: `python -m ensurepip_component --help`, or `ensurepip-component --help`."""

import argparse
import os
import subprocess
import sys

from . import BootstrapError, install


def main() -> int:
    """Installs as the command line says. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="ensurepip-component", description="Puts pip into a Python.")
    add = parser.add_argument
    add("--root", metavar="DIR", required=True, help="install below DIR")
    add("--wheel", metavar="FILE", help="the wheel of pip (default: that of this package)")
    add("--python", metavar="PATH", default=sys.executable, help="for this Python, not the one that runs this")
    add("-U", "--upgrade", action="store_true", help="replace an older pip")
    scripts = parser.add_mutually_exclusive_group()
    for option, value, meaning in (
        ("--altinstall", "alternate", "install only the script pipX.Y"),
        ("--default-pip", "default-pip", "install the script pip as well as pipX and pipX.Y"),
    ):
        scripts.add_argument(option, dest="scripts", action="store_const", const=value, help=meaning)
    add("--no-compile", dest="compile", action="store_false", help="compile no bytecode")
    parser.set_defaults(scripts="versioned")
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        kept = install(source_date_epoch=int(epoch) if epoch else None, **vars(parser.parse_args()))
    except BootstrapError as error:
        print("error:", *error.args, file=sys.stderr)
        return 1
    except (OSError, subprocess.CalledProcessError) as error:
        print("error: %s" % error, file=sys.stderr)
        return 1
    print("kept %s" % kept if kept else "installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
