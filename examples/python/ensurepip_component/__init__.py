"""Puts pip into this Python with the component of `ensurepip-host`, run by `wasmtime`.

`version` and `bootstrap` are those of the standard module `ensurepip`. The component, and a wheel of
pip for it to install, are files of `_bundled` unless the environment names others.
"""

import glob
import os
import sys

__all__ = ["BootstrapError", "bootstrap", "version"]

# The environment variables that name the component, and the directory of the wheels.
COMPONENT_VARIABLE = "ENSUREPIP_COMPONENT"
WHEELS_VARIABLE = "ENSUREPIP_WHEELS"

_BUNDLED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_bundled")


class BootstrapError(Exception):
    """The component's answer, where it is an error: its code, and what comes with that."""

    def __init__(self, code, payload=None):
        super().__init__(code, payload)
        self.code, self.payload = code, payload

    def __str__(self):
        return self.code if self.payload is None else "%s: %s" % (self.code, _shown(self.payload))


def version():
    """Return the version of pip that is at hand for this Python."""
    return os.path.basename(_wheel_file()).split("-")[1]


def bootstrap(
    *,
    root=None,
    upgrade=False,
    user=False,
    altinstall=False,
    default_pip=False,
    verbosity=0
):
    """Put pip into this Python, or below `root`.

    Raises `BootstrapError` if the component refuses, and then leaves the target as it was.
    """
    if altinstall and default_pip:
        raise ValueError("Cannot use altinstall and default_pip together")
    sys.audit("ensurepip.bootstrap", root)
    # Only now, so that what does not need wasmtime works without.
    from . import _install

    scripts = "alternate" if altinstall else "default-pip" if default_pip else "versioned"
    wheel = _wheel_file()
    done = _install.install(
        component=_component_file(),
        wheel=wheel,
        root=os.fspath(root) if root else None,
        scripts=scripts,
        upgrade=upgrade,
        user=user,
        verbosity=verbosity,
    )
    name = os.path.basename(wheel)
    if done.action.tag == "keep":
        print("Requirement already satisfied: pip (%s)" % done.action.payload.version)
    else:
        print("Processing %s\nInstalling collected packages: pip" % name)
        print("Successfully installed pip-%s" % name.split("-")[1])


def _component_file():
    path = os.environ.get(COMPONENT_VARIABLE) or os.path.join(_BUNDLED, "ensurepip.wasm")
    if not os.path.isfile(path):
        raise FileNotFoundError("there is no component at `%s`" % path)
    return path


def _wheel_file():
    """The newest wheel there is."""
    directory = os.environ.get(WHEELS_VARIABLE) or _BUNDLED
    found = glob.glob(os.path.join(glob.escape(directory), "pip-*-py3-none-any.whl"))
    if not found:
        raise FileNotFoundError("there is no wheel of pip in `%s`" % directory)
    return max(found, key=_release)


def _release(path):
    """The numbers of a wheel's version, to be put in order; a pre-release comes before its final."""
    version = os.path.basename(path).split("-")[1]
    numbers = [int(part) if part.isdigit() else -1 for part in version.split(".")]
    return numbers


def _shown(payload):
    """A payload of the contract as text."""
    if isinstance(payload, list):
        return "".join("\n  " + _shown(one) for one in payload)
    if isinstance(payload, tuple):
        return " ".join(map(_shown, payload))
    if hasattr(payload, "__dict__"):
        return ", ".join("%s %s" % (key, _shown(value)) for key, value in vars(payload).items())
    return str(payload)
