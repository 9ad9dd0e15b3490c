"""The order of calls: resolve, open what that names, plan, make what is missing, apply."""

import os
import site
import sys

from wasmtime.component import Variant

from . import BootstrapError, _python
from ._component import Installer, record
from ._directories import Directories, remove_stage
from ._scripts import Scripts


def install(component, wheel, root, scripts, upgrade, user, verbosity):
    """Puts the wheel into this Python, or below a root. Returns the report, or the plan if pip is
    there and stays."""
    if os.name != "posix":
        raise OSError("this example writes no launchers for Windows")
    if user and not site.ENABLE_USER_SITE:
        raise OSError("the user site is not looked into by this Python")
    if not root and _python.is_externally_managed():
        raise OSError("the distributor of this Python manages what is installed in it (PEP 668)")
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    request = record(
        scripts=scripts,
        upgrade=upgrade,
        compile=True,
        source_date_epoch=int(epoch) if epoch else None,
    )
    with open(wheel, "rb") as file:
        contents = file.read()

    def say(step, files, done):
        if verbosity > 0 and done == 0:
            print("%s: %d files" % (step, files))
        return "proceed"

    installer = Installer(component, say)
    # It is trusted, as part of the Python: nobody else decides which files `_bundled` has.
    given = installer.call("[constructor]wheel", os.path.basename(wheel), contents, True)
    python = _python.facts(user)
    with Directories(root) as directories:

        def call(name, *arguments):
            answer = installer.call(name, given, python, *arguments)
            if isinstance(answer, Variant):
                raise BootstrapError(answer.tag, answer.payload)
            return answer

        resolution = call("resolve")
        scheme = vars(resolution.scheme)

        def find(make):
            found = {role: directories.find(scheme[role], make) for role in resolution.grants}
            found = {role: directory for role, directory in found.items() if directory is not None}
            return found, Scripts(directories.find(scheme["scripts"], make), sys.executable)

        granted, _ = find(make=False)
        installer.grant(granted, None, writable=False)
        plan = call("plan", request)
        if plan.action.tag == "keep":
            return plan

        granted, published = find(make=True)
        directories.lock(granted.values())
        installer.grant(granted, published, writable=True)
        try:
            report = call("apply", request)
        except BaseException:
            published.undo()
            raise
        published.finish()
        for descriptor in granted.values():
            remove_stage(descriptor)
        return report
