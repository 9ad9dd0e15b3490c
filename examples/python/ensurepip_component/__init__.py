"""Installs pip for a Python of this machine, by the component of `ensurepip-host`.

The package has the component, and the newest pip. In the repository of `ensurepip-host` it has neither: name
a wheel and a component there.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

from ._component import BootstrapError
from ._install import install as _install

__all__ = ["BootstrapError", "install"]

_HERE = Path(__file__).parent


def install(
    wheel: str | os.PathLike[str] | None = None,
    *,
    python: str | os.PathLike[str] = sys.executable,
    root: str | os.PathLike[str] = "/",
    user: bool = False,
    scripts: Literal["versioned", "alternate", "default-pip"] = "versioned",
    upgrade: bool = False,
    compile: bool = True,
    source_date_epoch: int | None = None,
    component: str | os.PathLike[str] = _HERE / "ensurepip.wasm",
) -> str | None:
    """Install pip for a Python, below `root`.

    `wheel` is a wheel of pip, by default that of this package. `scripts` are `pipX` and `pipX.Y`, only
    `pipX.Y` (alternate), or these and `pip` (default-pip). `upgrade` replaces an older pip. `component` has
    `query.py` and `compile.py` beside it.

    Returns the version that is installed if that stays, else None. Any failure leaves the target as it
    was; what the component rejects raises `BootstrapError`.
    """
    return _install(
        component,
        wheel or bundled_wheel(),
        python=python,
        root=root,
        user=user,
        scripts=scripts,
        upgrade=upgrade,
        compile=compile,
        source_date_epoch=source_date_epoch,
    )


def bundled_wheel() -> Path:
    """The wheel of pip in this package."""
    for wheel in _HERE.glob("pip-*.whl"):
        return wheel
    raise FileNotFoundError("no wheel of pip is in `%s`: name one" % _HERE)
