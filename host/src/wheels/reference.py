"""Answers as the `packaging` of a bundled pip does, which is the reference for wheels, their names and tags.

Reads a JSON document with the path of pip's wheel and a list of questions, and writes the list of
answers. A question is what a Python would be (`tags`), or names of wheel files (`names`).
"""

import json
import sys
from types import SimpleNamespace

document = json.load(sys.stdin)
sys.path.insert(0, document["wheel"])

from pip._vendor.packaging import _manylinux, _musllinux, tags, utils


def supported(python):
    """The tags that a Python with these properties supports."""
    version = tuple(python["version"])
    tags.sys = SimpleNamespace(
        version_info=version,
        implementation=SimpleNamespace(name=python["implementation"]),
        executable="/usr/bin/python3",
    )
    variables = dict(python["variables"], py_version_nodot="".join(map(str, version[:2])))
    tags.sysconfig = SimpleNamespace(
        get_config_var=variables.get, get_platform=lambda: python["platform"]
    )
    tags.platform = SimpleNamespace(
        system=lambda: python["system"],
        mac_ver=lambda: (python["macos"][0], ("", "", ""), python["macos"][1]),
    )
    tags.EXTENSION_SUFFIXES = []
    tags._linux_platforms.__defaults__ = (python["is_32"],)
    tags._mac_arch.__defaults__ = (python["is_32"],)
    glibc, musl = python["glibc"], python["musl"]
    _manylinux._get_glibc_version = lambda: _manylinux._GLibCVersion(*(glibc or (-1, -1)))
    _manylinux._is_linux_armhf = lambda executable: python["is_hard_float"]
    _manylinux._is_linux_i686 = lambda executable: True
    _musllinux._get_musl_version = lambda executable: musl and _musllinux._MuslVersion(*musl)
    return [str(tag) for tag in tags.sys_tags()]


def parsed(name):
    """The parts of a file name; None if it is not that of a wheel."""
    try:
        project, version, build, found = utils.parse_wheel_filename(name)
    except utils.InvalidWheelFilename:
        return None
    return [project, str(version), list(build), sorted(map(str, found))]


answers = []
for question in document["questions"]:
    if "names" in question:
        answers.append([parsed(name) for name in question["names"]])
    else:
        answers.append(supported(question["tags"]))
json.dump(answers, sys.stdout)
