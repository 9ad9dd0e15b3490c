"""`python -m ensurepip._uninstall`, with which installers of CPython take pip away again."""

import sys

import ensurepip


def _main(argv=None):
    options = ensurepip._parser("ensurepip._uninstall").parse_args(argv)
    return ensurepip._finish(ensurepip._remove, options)


if __name__ == "__main__":
    sys.exit(_main())
