"""What is compared: the commands, in groups of those that do the same.

Each of ours has a letter; of the others, each names the one of ours that is to be compared with it:
what asks a Python with what asks one, what is not to be beaten with what asks none.
"""

import json
import os
import shutil
import zipfile

from measure import Case, Failure, measure, output_of
from pythons import copy_of, make_environment, make_image

# The groups, as reports call them.
START, PLAIN, COMPILED = "nothing to install", "no bytecode", "with bytecode"

# The versions of what an environment has, as far as it has it.
VERSIONS = """
import importlib.metadata, json, sys
versions = {"python": sys.version.split()[0]}
for name in ("pip", "installer", "uv", "virtualenv"):
    try:
        versions[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(versions))
"""


class Plan:
    """Collects the cases, and what cannot be run here."""

    def __init__(self, program, arguments, python, scratch):
        self.program, self.arguments = program, arguments
        self.python, self.scratch = python, scratch
        self.cases, self.skipped = [], []
        self.environment = os.path.join(scratch.base, "environment")
        self.environment_python = make_environment(python, self.environment, scratch)
        self.image = os.path.join(scratch.base, "image")
        make_image(python, self.image, scratch)

    def add(self, name, group, command, **more):
        """Adds a case; what installs nothing leaves no pip in its target."""
        copies = 0 if group == START else 1
        self.cases.append(Case(name, group, command, copies=copies, **more))

    def skip(self, name, reason):
        """Tells why a row is missing."""
        self.skipped.append(f"{name}: {reason}")

    def install(self, *more):
        """Our command line."""
        return [self.program, *more, *self.arguments]

    def path(self, name):
        """A new directory in the scratch space."""
        path = os.path.join(self.scratch.base, name)
        os.mkdir(path)
        return path

    def ours(self):
        """The rows of ours."""
        self.nothing_to_do()
        image, environment = copy_of(self.image), copy_of(self.environment)
        root, own = ("--root IMAGE", image), ("--python VENV/bin/python", environment)
        self.install_row("A", PLAIN, *root, "--no-compile")
        self.install_row("B", PLAIN, *own, "--no-compile")
        # Bytecode of an image is compiled when it is asked for, by a Python of this machine.
        rows = [("C", root, ["--compile"]), ("D", own, [])]
        if "--no-cache" not in output_of([self.program, "--help"]):
            for letter, target, more in rows:
                self.install_row(letter, COMPILED, *target, *more)
            self.skip("bytecode that is kept", "this program keeps none")
            return
        for letter, target, more in rows:
            self.install_row(letter, COMPILED, *target, *more, "--no-cache")
        # It keeps bytecode below this directory, if that is there.
        kept = {"XDG_CACHE_HOME": self.path("cache")}
        for letter, (_, target, more) in zip("EF", rows):
            self.install_row(letter, COMPILED, *target, *more, note="bytecode kept", keep=kept)

    def nothing_to_do(self):
        """The rows that install nothing: what a start takes, and finding pip in its place."""
        self.add("ensurepip-host --version", START, lambda _: [self.program, "--version"])
        for tree, place, name in [
            (self.image, "--root", "--root IMAGE"),
            (self.environment, "--python", "--python VENV/bin/python"),
        ]:
            full = self.path(f"{os.path.basename(tree)}-with-pip")
            copy_of(tree)(full)
            target = full if place == "--root" else os.path.join(full, "bin", "python")
            command = self.install(place, target, "--no-compile")
            measure(command, self.scratch)
            title = f"ensurepip-host {name}, pip is there"
            self.add(title, START, lambda _, command=command: command)
        python = [self.environment_python, "-I", "-c", "pass"]
        self.add("python -I -c pass", START, lambda _: python)

    def install_row(self, letter, group, place, prepare, *more, note=None, keep=None):
        """A row of ours that installs pip into a copy of the image or of the environment."""
        def command(target):
            if place.startswith("--root"):
                return self.install("--root", target, *more)
            return self.install("--python", os.path.join(target, "bin", "python"), *more)

        name = " ".join(["ensurepip-host", place, *more]) + (f", {note}" if note else "")
        self.add(name, group, command, letter=letter, prepare=prepare, environment=keep or {})

    def others(self, wheel, peers, versions):
        """The rows of what others have, with this wheel where they take one."""
        python = os.path.join(peers, "bin", "python")
        if self.python.pip is None:
            self.skip("python -m ensurepip", "this Python has none")
        else:
            ensurepip = [self.environment_python, "-m", "ensurepip", "--root"]
            self.add("python -m ensurepip --root R", COMPILED, lambda r: [*ensurepip, r],
                     against="D")
        if "pip" in versions:
            self.pip([python, "-m", "pip", "install"], wheel)
        if "installer" in versions:
            self.installer([python, "-m", "installer"], wheel)
        if "virtualenv" in versions:
            self.virtualenv([python, "-m", "virtualenv"])
        for name in ("pip", "installer", "virtualenv"):
            if name not in versions:
                self.skip(name, "it is not in the environment of the peers")
        uv = shutil.which("uv", path=os.path.join(peers, "bin")) or shutil.which("uv")
        if uv is None:
            self.skip("uv", "it is neither in the environment of the peers nor on PATH")
        else:
            self.uv([uv, "pip", "install"], wheel)

    def pip(self, start, wheel):
        """pip installs itself, from a wheel."""
        local = "--no-index --no-deps --ignore-installed --disable-pip-version-check".split()
        for group, against, more in [(PLAIN, "B", ["--no-compile"]), (COMPILED, "D", [])]:
            name = " ".join(["pip install --root R", *more, "WHEEL"])
            self.add(name, group, lambda r, more=more: [*start, *local, *more, "--root", r, wheel],
                     against=against)

    def installer(self, start, wheel):
        """The library of the packaging authority, as a program."""
        levels = [(PLAIN, "B", "--no-compile-bytecode"), (COMPILED, "D", "--compile-bytecode=0")]
        for group, against, level in levels:
            self.add(f"python -m installer --destdir R {level} WHEEL", group,
                     lambda r, level=level: [*start, "--destdir", r, level, wheel],
                     against=against)

    def virtualenv(self, start):
        """It makes a whole environment, and has pip in a cache, unless that is a new one."""
        local = "--no-download --no-periodic-update --no-setuptools".split()
        kept = self.path("virtualenv")

        def command(target, cache):
            return [*start, *local, "--app-data", cache, os.path.join(target, "venv")]

        name = "virtualenv R/venv, a whole environment"
        # A new cache lies beside its target: to empty one again would remove files.
        self.add(f"{name}, empty cache", PLAIN, lambda r: command(r, f"{r}-cache"), against="B")
        self.add(f"{name}, warm cache", PLAIN, lambda r: command(r, kept), against="B")

    def uv(self, start, wheel):
        """uv asks the Python as well, and with a cache not even that."""
        local = ["--no-config", "--no-index", "--offline", "--python", self.environment_python]
        cold, warm = ["--no-cache"], ["--cache-dir", self.path("uv")]
        compiled = "--compile-bytecode"
        letters = {case.letter for case in self.cases}
        for group, against, cache, more, name in [
            (PLAIN, "B", cold, [], "--no-cache"),
            (PLAIN, "B", warm, ["--link-mode=copy"], "--link-mode=copy, warm cache"),
            (PLAIN, "B", warm, ["--link-mode=hardlink"], "--link-mode=hardlink, warm cache"),
            (COMPILED, "D", cold, [compiled], f"--no-cache {compiled}"),
            (COMPILED, "F" if "F" in letters else "D", warm, [compiled], f"{compiled}, warm cache"),
        ]:
            self.add(
                f"uv pip install --target R WHEEL {name}", group,
                lambda r, options=(*cache, *more): [*start, *local, *options, "--target", r, wheel],
                against=against,
            )

    def limits(self, wheel):
        """What is not to be beaten: whoever installs these files has them to write."""
        unpacked, compiled = self.path("unpacked"), self.path("compiled")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(unpacked)
        python = ["--python", self.environment_python]
        measure(self.install(*python, "--root", compiled), self.scratch)
        letters = {case.letter for case in self.cases}
        if shutil.which("unzip"):
            self.add("unzip -q WHEEL -d R", PLAIN, lambda r: ["unzip", "-q", wheel, "-d", r],
                     against="A")
        else:
            self.skip("unzip", "it is not on PATH")
        for tree, group, against, name in [
            (unpacked, PLAIN, "A", "UNPACKED"),
            (compiled, COMPILED, "E" if "E" in letters else "C", "COMPILED"),
        ]:
            source = os.path.join(tree, ".")
            self.add(f"cp -r {name}/. R", group, lambda r, source=source: ["cp", "-r", source, r],
                     against=against)


def versions_of(peers, python):
    """What an environment has for this Python; nothing if it is not there."""
    own = os.path.join(peers, "bin", "python")
    if not os.path.exists(own):
        return {}
    versions = json.loads(output_of([own, "-I", "-c", VERSIONS]))
    if versions.pop("python") != python.version:
        raise Failure(f"{peers} is an environment of another Python than {python.version}")
    return versions
