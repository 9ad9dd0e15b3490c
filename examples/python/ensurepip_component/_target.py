"""The host's own work in the target: directories, modes and scripts. POSIX only.

Every change is entered into a stack, `undo`, which takes it back.
"""

import fcntl
import os
import re
import sys
from hashlib import sha256
from pathlib import Path

_NEW, _OLD = ".ensurepip-host-new-", ".ensurepip-host-old-"
_NAME = re.compile(r"(?!pythonw?[0-9.]*(\.exe)?$)[\w+-][\w.+-]*(?<!\.)", re.IGNORECASE)


def find(root, path, locks, undo):
    """The real path of a directory below a root, made if it is missing, once no other run has it."""
    root, path = Path(root).resolve(), Path(root, path.lstrip("/")).resolve()
    if root not in (path, *path.parents):
        raise OSError("`%s` is not below `%s`" % (path, root))
    for directory in reversed([path, *path.parents]):
        if not directory.exists():
            directory.mkdir()
            undo.callback(directory.rmdir)
            directory.chmod(0o755)
    descriptor = os.open(path, os.O_RDONLY)
    locks.callback(os.close, descriptor)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return path


def set_modes(top, executables):
    """Sets the modes of all below a path: 0755 for directories and executables, else 0644."""
    for path in [top, *top.rglob("*")]:
        is_executable = path.is_dir() or str(path.relative_to(top)) in executables
        path.chmod(0o755 if is_executable else 0o644)


def write_scripts(directory, details, interpreter, undo):
    """Writes scripts beside their final names. Returns number, name, digest and size of each."""
    sweep(directory)
    undo.callback(sweep, directory)
    written = []
    for number, script in enumerate(details.scripts):
        if not _NAME.fullmatch(script.name):
            raise ValueError("%r is no name for a script" % script.name)
        kind, contents = script.content.tag, script.content.payload
        contents = contents.source.encode() if kind == "launcher" else contents
        contents = contents if kind == "verbatim" else first_lines(interpreter) + contents
        path = directory / (_NEW + script.name)
        with path.open("xb") as file:
            file.write(contents)
        path.chmod(0o755)
        os.utime(path, (details.modified, details.modified))
        digest = sha256(contents).digest()
        written.append(dict(script=number, name=script.name, sha256=digest, size=len(contents)))
    return written


def publish_scripts(directory, details, undo):
    """Gives the scripts their names. What they replace, and what is obsolete, gets another one."""
    names = [script.name for script in details.scripts]
    moves = [(name, _OLD + name) for name in names + vars(details)["obsolete-scripts"]]
    for former, name in moves + [(_NEW + name, name) for name in names]:
        former, name = directory / former, directory / name
        if former.is_file() or former.is_symlink():
            former.rename(name)
            undo.callback(name.rename, former)


def sweep(directory):
    """Removes what has another name: of this run, or of one that was killed."""
    for path in [*directory.glob(_NEW + "*"), *directory.glob(_OLD + "*")]:
        path.unlink()


def first_lines(path):
    """The bytes before a script's source that start an interpreter, as pip writes them."""
    limit, breaks = (512, r"[ \t#]") if sys.platform == "darwin" else (127, r"[ \t]")
    # Python takes a comment with `coding:` for the file's encoding.
    if len(os.fsencode("#!%s\n" % path)) <= limit and not re.search(breaks + "|coding[:=]", path):
        return os.fsencode("#!%s\n" % path)
    # /bin/sh hands the script over; to Python, the same is a string that does nothing.
    word = path
    if " " in path and not re.search(r"[$`\"\\]|'''", path):
        word = '"%s"' % path
    elif not re.fullmatch(r"[\w/.+,:@%=~-]*", path):
        word = "'%s'" % path.replace("'", "'\"'\"'").replace("\\", "'\"\\\\\"'")
    return os.fsencode("#!/bin/sh\n'''exec' %s \"$0\" \"$@\"\n' '''\n" % word)
