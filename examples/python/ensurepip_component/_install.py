"""The order of calls: asks a Python what it is, and drives the component step by step."""

import json
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path

from . import _target
from ._component import Installer, record


def install(component, wheel, *, python, root, user, **request):
    """Installs a wheel of pip for a Python. `request` is as in the contract.

    Returns the version that is installed if that stays, else None.
    """
    component, wheel = Path(component), Path(wheel).resolve()
    request = record(**request, dependencies=[])
    query = [python, "-I", "-B", component.with_name("query.py")]
    facts = json.loads(subprocess.check_output(query).splitlines()[-1])["facts"]
    facts["version"] = record(**dict(zip(("major", "minor", "micro"), facts["version"])))
    facts["scheme_source"] = record(**facts["user_paths" if user else "paths"])

    installer = Installer(component)
    installer.grant({"wheels": wheel.parent})
    # Nobody has vouched for the digest of the wheel.
    wheel = installer.call("[static]wheel.open", wheel.name, False)
    given = [wheel], record(**facts), request
    # Nothing is granted yet: this plan names the directories that are needed.
    [plan] = installer.call("plan", *given)
    with ExitStack() as locks, ExitStack() as undo:
        paths = {role: getattr(plan.scheme, role) for role in plan.grants + ["scripts"]}
        found = {role: _target.find(root, paths[role], locks, undo) for role in paths}
        scripts = found.pop("scripts")
        installer.grant(found)
        transaction = installer.call("[static]transaction.begin", *given)

        def call(name, *arguments):
            return installer.call("[method]transaction." + name, transaction, *arguments)

        details = call("details")
        if details.actions[0].tag == "keep":
            return details.actions[0].payload.version
        undo.callback(call, "rollback")
        call("stage")
        if details.sources:
            from ._bytecode import add_bytecode

            add_bytecode(installer, wheel, transaction, python, component)
        written = _target.write_scripts(scripts, details, facts["shebang"], undo)
        for tree in call("add-metadata", [record(**script) for script in written]):
            _target.set_modes(found[tree.role] / tree.path, tree.executables)
        call("displace")
        _target.publish_scripts(scripts, details, undo)
        call("complete")
        undo.pop_all()
        _target.sweep(scripts)
        for directory in found.values():
            # What the component could not remove: files whose names are not UTF-8. Other projects
            # are completed by what a stopped run has left of their metadata.
            stage = directory / ".ensurepip-host-stage"
            if all(it.name.startswith("pip-") for it in stage.glob("*/*/*.dist-info")):
                shutil.rmtree(stage, ignore_errors=True)
