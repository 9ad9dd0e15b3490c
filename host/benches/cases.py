"""What is compared: the commands, in groups of those that do the same.

Each of ours has a letter; of the others, each names the one of ours that is to be compared with it:
what asks a Python with what asks one, what is not to be beaten with what asks none.
"""

import itertools
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
        # What stands in front of the names of another build's rows.
        self.build = ""
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

    def other_build(self, program):
        """The rows of another build of the program, each compared with the same row of ours."""
        ours = self.program
        self.program, self.build = program, "other build: "
        self.ours()
        self.program, self.build = ours, ""

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
            self.skip(f"{self.build}bytecode that is kept", "this program keeps none")
            return
        for letter, target, more in rows:
            self.install_row(letter, COMPILED, *target, *more, "--no-cache")
        # It keeps bytecode below this directory, if that is there.
        kept = {"XDG_CACHE_HOME": self.path(f"cache{len(self.cases)}")}
        for letter, (_, target, more) in zip("EF", rows):
            self.install_row(letter, COMPILED, *target, *more, note="bytecode kept", keep=kept)
        self.new_path_row("G", kept)

    def nothing_to_do(self):
        """The rows that install nothing: what a start takes, and finding pip in its place."""
        version = [self.program, "--version"]
        self.add(f"{self.build}ensurepip-host --version", START, lambda _: version)
        for tree, place, name in [
            (self.image, "--root", "--root IMAGE"),
            (self.environment, "--python", "--python VENV/bin/python"),
        ]:
            full = self.path(f"{os.path.basename(tree)}-with-pip{len(self.cases)}")
            copy_of(tree)(full)
            target = full if place == "--root" else os.path.join(full, "bin", "python")
            command = self.install(place, target, "--no-compile")
            measure(command, self.scratch)
            title = f"{self.build}ensurepip-host {name}, pip is there"
            self.add(title, START, lambda _, command=command: command)
        if not self.build:
            python = [self.environment_python, "-I", "-c", "pass"]
            self.add("python -I -c pass", START, lambda _: python)

    def install_row(self, letter, group, place, prepare, *more, note=None, keep=None):
        """A row of ours that installs pip into a copy of the image or of the environment."""
        program = self.program

        def command(target):
            if place.startswith("--root"):
                place_of = ["--root", target]
            else:
                place_of = ["--python", os.path.join(target, "bin", "python")]
            return [program, *place_of, *more, *self.arguments]

        name = " ".join(["ensurepip-host", place, *more]) + (f", {note}" if note else "")
        self.add_row(letter, name, group, command, prepare=prepare, environment=keep or {})

    def new_path_row(self, letter, kept):
        """A row of ours that installs into an environment at a path that was never used before."""
        numbers, program = itertools.count(), self.program

        def prepare(target):
            copy_of(self.environment)(os.path.join(target, str(next(numbers))))

        def command(target):
            (name,) = os.listdir(target)
            python = os.path.join(target, name, "bin", "python")
            return [program, "--python", python, *self.arguments]

        name = "ensurepip-host --python VENV/bin/python, a new path, bytecode kept"
        self.add_row(letter, name, COMPILED, command, prepare=prepare, environment=kept)

    def add_row(self, letter, name, *case, **more):
        """Adds a row of ours, or that of another build, which is compared with ours."""
        letters = {"against": letter} if self.build else {"letter": letter}
        self.add(f"{self.build}{name}", *case, **letters, **more)

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
