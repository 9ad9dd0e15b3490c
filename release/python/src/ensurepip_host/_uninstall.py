"""`python -m ensurepip_host._uninstall` uninstalls pip, as installers of CPython do."""

from __future__ import annotations

import sys
from typing import Sequence

from . import _finish, _parser, _remove


def _main(argv: Sequence[str] | None = None) -> int:
    return _finish(_remove, _parser(f"{__package__}._uninstall"), argv)


if __name__ == "__main__":
    sys.exit(_main())
