"""`python -m ensurepip_host`, with the command line of `python -m ensurepip`."""

import sys

from . import _main

if __name__ == "__main__":
    sys.exit(_main())
