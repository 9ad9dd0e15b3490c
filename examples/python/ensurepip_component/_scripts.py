"""The scripts directory, which the component never sees: it says what it wants there.

Scripts are written beside their final names, then renamed; what they replace is kept until all is
done. POSIX only: a script is a first line and Python source.
"""

import hashlib
import os
import re
import stat
import sys

_PREFIX = ".ensurepip-host-"
_NAME = re.compile(r"[\w+-][\w.+-]*(?<!\.)")
_INTERPRETER = re.compile(r"pythonw?[0-9.]*(\.exe)?", re.IGNORECASE)
_PLAIN = re.compile(r"[\w/.+,:@%=~-]*")


class Scripts:
    """What is under way in a scripts directory; None stands for one that does not exist."""

    def __init__(self, directory, executable):
        self._directory = directory
        self._first_lines = first_lines(executable)
        self._new, self._obsolete, self._undo = [], [], []

    def stage(self, scripts, modified, obsolete):
        """Writes scripts beside their final names. Returns their names and contents."""
        for name in [script.name for script in scripts] + obsolete:
            check_name(name)
        written = [(script.name, self._contents(script.content)) for script in scripts]
        for name, contents in written:
            self._write(name, contents, modified)
        self._obsolete = obsolete
        return written

    def publish(self):
        """Gives the scripts their names, and takes the obsolete ones away."""
        for name in self._new:
            self._move_away(name)
            self._rename(_PREFIX + "new-" + name, name)
        for name in self._obsolete:
            found = self._look(name)
            if found and not stat.S_ISDIR(found.st_mode):
                self._move_away(name)

    def finish(self):
        """Makes it final: nothing of the former scripts is kept."""
        self._new, self._obsolete, self._undo = [], [], []
        self._sweep()

    def undo(self):
        """Brings the former scripts back, the last first."""
        for former, name in reversed(self._undo):
            self._rename(former, name)
        self.finish()

    def _contents(self, content):
        if content.tag == "launcher":
            return self._first_lines + content.payload.source.encode()
        if content.tag == "python":
            return self._first_lines + content.payload
        return content.payload

    def _write(self, name, contents, modified):
        found = self._look(name)
        if found and stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError("`%s` is a directory" % name)
        temporary = _PREFIX + "new-" + name
        if self._look(temporary):
            os.unlink(temporary, dir_fd=self._directory)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(temporary, flags, 0o600, dir_fd=self._directory), "wb") as script:
            script.write(contents)
            script.flush()
            os.fchmod(script.fileno(), 0o755)
            os.utime(script.fileno(), (modified, modified))
        self._new.append(name)

    def _move_away(self, name):
        if self._look(name):
            self._rename(name, _PREFIX + "old-" + name)

    def _rename(self, former, name):
        os.rename(former, name, src_dir_fd=self._directory, dst_dir_fd=self._directory)
        self._undo.append((name, former))

    def _look(self, name):
        if self._directory is None:
            return None
        try:
            return os.stat(name, dir_fd=self._directory, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def _sweep(self):
        for name in os.listdir(self._directory) if self._directory is not None else ():
            if name.startswith(_PREFIX):
                os.unlink(name, dir_fd=self._directory)


def written(scripts):
    """What the component is told of scripts: name, digest and size of each."""
    return [(name, hashlib.sha256(contents).digest(), len(contents)) for name, contents in scripts]


def check_name(name):
    """Refuses what is a path, hidden, or the name of an interpreter."""
    if not _NAME.fullmatch(name):
        raise ValueError("%r is no name for a script" % name)
    if _INTERPRETER.fullmatch(name):
        raise ValueError("%r would replace a Python interpreter" % name)


def first_lines(executable):
    """The bytes before a script's source that start this interpreter, as pip writes them."""
    if not executable.startswith("/") or set(executable) & set("\r\n\0"):
        raise ValueError("no script can start %r" % executable)
    limit = 512 if sys.platform == "darwin" else 127
    is_read_whole = len(os.fsencode(executable)) + len("#!\n") <= limit
    breaks = " \t#" if sys.platform == "darwin" else " \t"
    # Python takes a comment of the second kind for the file's encoding.
    if is_read_whole and not set(executable) & set(breaks) and not re.search("coding[:=]", executable):
        return b"#!" + os.fsencode(executable) + b"\n"
    # /bin/sh hands the script over; to Python, the same is a string that does nothing.
    word = executable
    if not _PLAIN.fullmatch(executable):
        if set(executable) & set("$`\"\\") or " " not in executable or "'''" in executable:
            raise ValueError("no script of this example can start %r" % executable)
        word = '"' + executable + '"'
    return os.fsencode("#!/bin/sh\n'''exec' %s \"$0\" \"$@\"\n' '''\n" % word)
