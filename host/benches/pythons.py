"""The program, and the Pythons that it installs pip for: one to be run, and one of an image.

An image is a directory with what a Python is told from without running it: the interpreter, and of
its standard library the few files that are read for that. It is a copy, so that nothing of this
machine's own Python can change.
"""

import collections
import glob
import json
import os
import shutil
import struct

from measure import Failure, measure, output_of

# What is asked of the Python. A distributor's wheel directory comes first, as it does in ensurepip,
# which a distributor may have left out.
QUESTION = """
import json, os, sys, sysconfig
try:
    import ensurepip
    pip = ensurepip.version()
    bundled = os.path.join(os.path.dirname(ensurepip.__file__), "_bundled")
except ImportError:
    pip, bundled = None, None
variable = sysconfig.get_config_var
shared = variable("Py_ENABLE_SHARED") and variable("LIBDIR") and variable("INSTSONAME")
print(json.dumps({
    "executable": sys.executable,
    "version": sys.version.split()[0],
    "pip": pip,
    "wheels": [path for path in (variable("WHEEL_PKG_DIR"), bundled) if path],
    "interpreter": os.path.realpath(sys.executable),
    "library": os.path.dirname(os.__file__),
    "platlibdir": getattr(sys, "platlibdir", "lib"),
    "headers": variable("INCLUDEPY"),
    "shared": os.path.join(variable("LIBDIR"), variable("INSTSONAME")) if shared else None,
}))
"""

# Of the standard library, what is read of an image.
READ = (
    "os.py", "site.py", "sysconfig.py", "sysconfig/__init__.py", "distutils/command/install.py",
    "_sysconfigdata_*.py", "build-details.json",
)
COMPILE = "import py_compile, sys; py_compile.compile(sys.argv[1], doraise=True)"

Python = collections.namedtuple(
    "Python", "executable version pip wheels interpreter library platlibdir headers shared"
)


def find_program(path):
    """The program that is measured."""
    binary = shutil.which(path)
    if binary is None:
        raise Failure(f"no program {path}: build it, or name one by --binary")
    return binary


def find_python(name):
    """What there is to know of a Python."""
    # In the caller's own environment: the name may be that of a shim, which decides by it.
    return Python(**json.loads(output_of([name, "-I", "-c", QUESTION]).splitlines()[-1]))


def make_environment(python, directory, scratch):
    """A virtual environment without pip: where there is one, ensurepip has nothing to do."""
    measure([python.executable, "-m", "venv", "--without-pip", directory], scratch)
    return os.path.join(directory, "bin", "python")


def make_image(python, directory, scratch):
    """An image with this Python below `usr`."""
    programs = os.path.join(directory, "usr", "bin")
    libraries = os.path.join(directory, "usr", python.platlibdir)
    # As 3.13t, what is built without the GIL has a letter in the name of its library.
    name = os.path.basename(python.library)
    library = os.path.join(libraries, name)
    for made in (programs, os.path.join(library, "lib-dynload")):
        os.makedirs(made)
    shutil.copy(python.interpreter, os.path.join(programs, name))
    os.symlink(name, os.path.join(programs, "python3"))
    if python.shared:
        shutil.copy(python.shared, libraries)
    for pattern in READ:
        for path in glob.glob(os.path.join(glob.escape(python.library), pattern)):
            copy = os.path.join(library, os.path.relpath(path, python.library))
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copy(path, copy)
    # Before 3.11, it may be the headers alone that tell the release.
    header = os.path.join(python.headers or "", "patchlevel.h")
    if os.path.isfile(header):
        include = os.path.join(directory, "usr", "include", os.path.basename(python.headers))
        os.makedirs(include)
        shutil.copy(header, include)
    # Some bytecode of the library tells which bytecode this Python reads.
    measure([python.executable, "-I", "-c", COMPILE, os.path.join(library, "os.py")], scratch)


def copy_of(tree):
    """Fills a target with a tree. Its files are links: they are read, and the same for all."""
    def prepare(target):
        shutil.copytree(tree, target, symlinks=True, copy_function=link, dirs_exist_ok=True)

    return prepare


def link(source, target):
    """Another name for a file; a link stays a link."""
    os.link(source, target, follow_symlinks=False)


def describe_symbols(program):
    """Whether an ELF file (64 bits, little endian) is without a symbol table."""
    with open(program, "rb") as file:
        head = file.read(64)
        if head[:6] != b"\x7fELF\x02\x01":
            return "and of a format of which this cannot tell whether it is stripped"
        (table,) = struct.unpack_from("<Q", head, 0x28)
        size, count = struct.unpack_from("<HH", head, 0x3A)
        file.seek(table)
        kinds = [struct.unpack_from("<I", file.read(size), 4)[0] for _ in range(count)]
    symbol_table = 2
    return "not stripped" if symbol_table in kinds else "stripped"
