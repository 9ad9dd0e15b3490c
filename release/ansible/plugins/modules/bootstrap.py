"""Runs ensurepip-host on a managed host, and reports what it reports."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bootstrap
short_description: Put pip into a Python, a root or an OCI image
version_added: 0.2.0
description:
  - Installs, upgrades or removes pip with the program C(ensurepip-host), which must be on the managed host.
  - Neither pip nor a Python of a root or an image is run, and the network is not used.
  - A pip that is already there counts as present, as it does for C(python -m ensurepip), even if it lacks a script that
    O(default_pip) or O(altinstall) would install.
author:
  - The ensurepip-host developers
attributes:
  check_mode:
    support: full
    description:
      - Reports what would change, and changes nothing.
      - It also fails where an installation would be refused; with O(state=absent), it does not foresee that.
  diff_mode:
    support: full
    description: Shows the version of pip and the files before and after.
options:
  state:
    description:
      - V(present) installs pip if there is none.
      - V(latest) also replaces a pip that is older than the one of the program or of O(wheel_dir). A newer one stays.
      - V(absent) removes pip if it has the version that V(present) would install. Another version stays, with a warning.
    type: str
    choices: [present, latest, absent]
    default: present
  root:
    description: The directory of a root, which nothing that is changed leaves.
    type: path
  image:
    description:
      - The OCI image layout, a directory or an archive, and the reference of an image in it, as C(LAYOUT:REF).
      - It gets pip as a layer, for each of its platforms.
    type: str
  platforms:
    description: Change only these platforms of O(image), such as V(linux/arm64).
    type: list
    elements: str
    default: []
  python:
    description:
      - The Python, by its path, its name or its version.
      - Without it, the one of an active virtual environment, the one of the root or the image, or the first on C(PATH).
    type: str
  prefix:
    description: The Python at this prefix in O(root) or O(image).
    type: path
  user:
    description: Whether to install into the user site.
    type: bool
    default: false
  break_system_packages:
    description: Whether to change a Python that the system manages (PEP 668).
    type: bool
    default: false
  executable:
    description: The interpreter that the scripts name.
    type: path
  altinstall:
    description: Whether to install only the script C(pipX.Y).
    type: bool
    default: false
  default_pip:
    description: Whether to install the script C(pip) as well.
    type: bool
    default: false
  compile:
    description: Whether to compile bytecode. Without it, bytecode is compiled except in roots and images.
    type: bool
  bytecode_pack:
    description: A file with bytecode, as C(ensurepip-host bytecode-pack) writes it.
    type: path
  wheel_dir:
    description: A directory on the managed host. The newest pip in it is used rather than one of the program.
    type: path
  sha256:
    description: The SHA-256 digest that the wheel must have, in hexadecimal.
    type: str
  program:
    description: The program, by its path on the managed host or its name on C(PATH).
    type: path
    default: ensurepip-host
"""

EXAMPLES = r"""
- name: Copy the program
  ansible.builtin.copy:
    src: ensurepip-host
    dest: /usr/local/bin/ensurepip-host
    mode: "0755"

- name: Put pip into a root
  ensurepip_host.pip.bootstrap:
    root: /srv/roots/web
    break_system_packages: true

- name: Keep the pip of an environment up to date
  ensurepip_host.pip.bootstrap:
    python: /opt/app/venv
    state: latest

- name: Put pip into all platforms of an image
  ensurepip_host.pip.bootstrap:
    image: /srv/images/app:latest
"""

RETURN = r"""
report:
  description:
    - The report that the program prints with C(--json), without the lists of files, which diff mode shows.
    - Its format is described by docs/report.schema.json of the program; for O(image), by docs/image-report.schema.json.
    - In check mode with O(state=absent), it is the report of C(status).
  returned: when the program has run
  type: dict
"""

import json

from ansible.module_utils.basic import AnsibleModule

# Parameters that are options of all commands, and those that only an installation has.
OF_TARGET = ("root", "image", "python", "prefix", "wheel_dir", "sha256")
OF_TARGET_FLAGS = ("user", "break_system_packages")
OF_INSTALL = ("executable", "bytecode_pack")
OF_INSTALL_FLAGS = ("altinstall", "default_pip")


def option(name):
    """The option of the program for a parameter."""
    return "--" + name.replace("_", "-")


def arguments(parameters, check_mode):
    """The arguments of the program."""
    words = {"absent": "status" if check_mode else "uninstall"}
    command = [words.get(parameters["state"], "install"), "--json"]
    installs = parameters["state"] != "absent"
    for name in OF_TARGET + (OF_INSTALL if installs else ()):
        if parameters[name] is not None:
            command += [option(name), parameters[name]]
    for name in OF_TARGET_FLAGS + (OF_INSTALL_FLAGS if installs else ()):
        if parameters[name]:
            command.append(option(name))
    for platform in parameters["platforms"]:
        command += ["--platform", platform]
    if installs:
        if parameters["state"] == "latest":
            command.append("--upgrade")
        if parameters["compile"] is not None:
            command.append("--compile" if parameters["compile"] else "--no-compile")
        if check_mode:
            command.append("--dry-run")
    return command


def would_change(report):
    """Whether the command that a report announces would change something."""
    if report["command"] == "status":
        found = report["found"]
        return found is not None and found["version"] == report["wheel"]["version"]
    return report["result"] == "planned"


def reports_of(report):
    """The reports about targets: one, or one for each platform of an image."""
    if "platforms" in report:
        return [platform["report"] for platform in report["platforms"]]
    return [report]


def listing(version, paths):
    """One side of a difference."""
    lines = ["no pip" if version is None else "pip " + version] + paths
    return "".join(line + "\n" for line in lines)


def difference(report, changed):
    """The version of pip and the files that the command removes and installs."""
    before = after = report["found"]["version"] if report["found"] else None
    if changed:
        after = report["wheel"]["version"] if report["command"] == "install" else None
    library = report["scheme"]["purelib"]
    return {
        "before_header": library,
        "after_header": library,
        "before": listing(before, report["removed_files"] or []),
        "after": listing(after, [file["path"] for file in report["files"] or []]),
    }


def main():
    """Runs the module."""
    flag = {"type": "bool", "default": False}
    module = AnsibleModule(
        argument_spec={
            "state": {"choices": ["present", "latest", "absent"], "default": "present"},
            "root": {"type": "path"},
            "image": {},
            "platforms": {"type": "list", "elements": "str", "default": []},
            "python": {},
            "prefix": {"type": "path"},
            "user": flag,
            "break_system_packages": flag,
            "executable": {"type": "path"},
            "altinstall": flag,
            "default_pip": flag,
            "compile": {"type": "bool"},
            "bytecode_pack": {"type": "path"},
            "wheel_dir": {"type": "path"},
            "sha256": {},
            "program": {"type": "path", "default": "ensurepip-host"},
        },
        mutually_exclusive=[("root", "image"), ("altinstall", "default_pip")],
        supports_check_mode=True,
    )
    program = module.get_bin_path(module.params["program"], required=True)
    status, output, errors = module.run_command(
        [program] + arguments(module.params, module.check_mode)
    )
    try:
        report = json.loads(output)
    except ValueError:
        module.fail_json(msg=errors.strip() or "%s printed no report" % program, rc=status)
    if status != 0:
        error = report.get("error") or {}
        message = error.get("message") or errors.strip()
        hint = error.get("hint")
        module.fail_json(msg=message + ("; " + hint if hint else ""), report=report, rc=status)
    reports = reports_of(report)
    changed = report["changed"]
    if module.check_mode:
        changed = any(would_change(each) for each in reports)
    result = {"changed": changed, "report": report}
    if module._diff:
        result["diff"] = [difference(each, would_change(each) or each["changed"]) for each in reports]
    for each in reports:
        for warning in each["warnings"]:
            module.warn(warning)
        # A controller keeps the results of all hosts in memory.
        del each["files"], each["removed_files"]
    module.exit_json(**result)


if __name__ == "__main__":
    main()
