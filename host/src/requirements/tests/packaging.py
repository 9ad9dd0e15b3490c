"""Answers questions about requirements with pip and its `packaging`: JSON in, JSON out.

The first argument is a wheel of pip. Each question is a list whose first item names the function; each
answer is its result, or null where it raises an error.
"""

import json
import os
import sys
import tempfile

sys.path.insert(0, sys.argv[1])

from pip._internal.operations.check import PackageDetails, check_package_set
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_file import parse_requirements
from pip._vendor import tomli
from pip._vendor.packaging import markers, pylock, tags, utils
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.specifiers import SpecifierSet
from pip._vendor.packaging.version import Version


def environment():
    return markers.default_environment()


def canonical(name):
    return utils.canonicalize_name(name)


def specifiers(text, version):
    return SpecifierSet(text).contains(version, prereleases=True)


def marker(text, values, extra):
    return markers.Marker(text).evaluate({**values, "extra": extra})


def requirement(text, values, extra):
    parsed = Requirement(text)
    extras = sorted(map(utils.canonicalize_name, parsed.extras))
    applies = parsed.marker is None or parsed.marker.evaluate({**values, "extra": extra})
    return [parsed.name, extras, parsed.url, len(parsed.specifier), applies]


def pins(text, values):
    """What pip reads in a requirements file: canonical name, version, extras and hashes."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "requirements.txt")
        with open(path, "wb") as file:
            file.write(text.encode("utf-8"))
        found = []
        for line in parse_requirements(path, session=None):
            pin = install_req_from_parsed_requirement(line)
            if pin.markers is not None and not pin.markers.evaluate({**values, "extra": ""}):
                continue
            (specifier,) = pin.req.specifier
            hashes = sorted(hash.lower() for hash in pin.hash_options.get("sha256", []))
            found.append(
                [
                    utils.canonicalize_name(pin.req.name),
                    str(Version(specifier.version)),
                    sorted(map(utils.canonicalize_name, pin.extras)),
                    hashes,
                ]
            )
        return found


def lock(text, values):
    """What `packaging` selects in a lock file: name, version and hash of each wheel."""
    parsed = pylock.Pylock.from_dict(tomli.loads(text))
    wheels = [wheel for package in parsed.packages for wheel in package.wheels or []]
    names = [utils.parse_wheel_filename(wheel.filename)[-1] for wheel in wheels]
    every = [tag for name in names for tag in name]
    selected = parsed.select(environment=values, tags=every)
    found = []
    for package, file in selected:
        # As pip does.
        version = package.version or utils.parse_wheel_filename(file.filename)[1]
        found.append([package.name, str(version), file.hashes["sha256"]])
    return found


def check(members, installed, values):
    """What `pip check` finds: who, which requirement, and the version there is instead or null."""
    packages = {name: PackageDetails(Version(version), []) for name, version in installed}
    for name, version, lines, extras in members:
        requirements = []
        for text in lines:
            parsed = Requirement(text)
            if parsed.marker is None or any(
                parsed.marker.evaluate({**values, "extra": extra}) for extra in ["", *extras]
            ):
                parsed.marker = None
                requirements.append(parsed)
        packages[name] = PackageDetails(Version(version), requirements)
    missing, conflicting = check_package_set(packages)
    found = [[by, one.name, None] for by, them in missing.items() for _, one in them]
    found += [
        [by, one.name, str(version)]
        for by, them in conflicting.items()
        for _, version, one in them
    ]
    return found


def answer(function, *arguments):
    try:
        return globals()[function](*arguments)
    except Exception:
        return None


json.dump([answer(*question) for question in json.load(sys.stdin)], sys.stdout)
