"""Directories of the target, opened once: what is found is a file descriptor.

Below a root, a path is followed as a chroot would follow it, name by name from one open directory to
the next, so that no link leads out. POSIX only.
"""

import fcntl
import os
import shutil
import stat

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_LINKS_LIMIT = 40
_STAGE = ".ensurepip-host-stage"


class Directories:
    """The directories of a run. Closes them at its end, and removes those it made if it failed."""

    def __init__(self, root):
        self._root = os.path.abspath(root) if root else "/"
        self._open = []
        self._made = []
        self._exists = {}

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind is not None:
            self.undo()
        for descriptor in self._open:
            os.close(descriptor)

    def find(self, path, make):
        """The descriptor of a directory. None if there is none and it is not to be made."""
        root = self._step("/", self._root.split("/"), make, is_trusted=True)
        return None if root is None else self._step(root, path.split("/"), make)

    def lock(self, descriptors):
        """Waits until no other run works on these."""
        for descriptor in descriptors:
            fcntl.flock(descriptor, fcntl.LOCK_EX)

    def undo(self):
        """Removes the directories that were made, as far as they are empty."""
        for parent, name in reversed(self._made):
            try:
                os.rmdir(name, dir_fd=parent)
            except OSError:
                pass
        self._made.clear()

    def _keep(self, descriptor):
        self._open.append(descriptor)
        return descriptor

    def _step(self, start, names, make, is_trusted=False):
        """Follows names from a directory, which is the root to all links. The way to the root itself
        is the caller's own, with whatever links it has."""
        first = self._keep(os.open(start, _OPEN)) if is_trusted else start
        above, names, links = [], list(names), 0
        current = first
        while names:
            name = names.pop(0)
            if name in ("", "."):
                continue
            if name == "..":
                current = above.pop() if above else first
                continue
            try:
                found = os.stat(name, dir_fd=current, follow_symlinks=is_trusted)
            except FileNotFoundError:
                if not make:
                    return None
                self._make(name, current)
                found = os.stat(name, dir_fd=current, follow_symlinks=False)
            if stat.S_ISLNK(found.st_mode):
                links += 1
                if links > _LINKS_LIMIT:
                    raise OSError("`%s` leads through too many links" % name)
                target = os.readlink(name, dir_fd=current)
                if target.startswith("/"):
                    current, above = first, []
                names[:0] = target.split("/")
                continue
            flags = _OPEN if is_trusted else _OPEN | os.O_NOFOLLOW
            above.append(current)
            current = self._keep(os.open(name, flags, dir_fd=current))
        return current

    def _make(self, name, parent):
        try:
            os.mkdir(name, 0o755, dir_fd=parent)
        except FileExistsError:
            # Someone else was faster; what they made will do.
            return
        self._made.append((parent, name))
        descriptor = os.open(name, _OPEN | os.O_NOFOLLOW, dir_fd=parent)
        try:
            os.fchmod(descriptor, 0o755)
        finally:
            os.close(descriptor)


def path_of(descriptor):
    """A path by which another part of this process gets to an open directory."""
    path = "/proc/self/fd/%d" % descriptor
    if os.path.isdir(path):
        return path
    # macOS, which has no such file system, tells where the directory is now.
    return fcntl.fcntl(descriptor, fcntl.F_GETPATH, b"\0" * 1024).rstrip(b"\0").decode()


def remove_stage(descriptor):
    """Removes what the component has taken out and could not remove: names that are not UTF-8."""
    shutil.rmtree(os.path.join(path_of(descriptor), _STAGE), ignore_errors=True)


def normalize(descriptor, path, executables):
    """Gives all below a path its mode, by handle: 0755 for directories and these files, else 0644."""
    opened = []
    try:
        for name in filter(None, path.split("/")):
            descriptor = os.open(name, _OPEN | os.O_NOFOLLOW, dir_fd=descriptor)
            opened.append(descriptor)
        _normalize(descriptor, set(executables))
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _normalize(descriptor, executables):
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    for where, _, files, directory in os.fwalk(".", dir_fd=descriptor):
        if where != ".":
            os.fchmod(directory, 0o755)
        for name in files:
            inside = os.path.normpath(os.path.join(where, name))
            opened = os.open(name, flags, dir_fd=directory)
            try:
                os.fchmod(opened, 0o755 if inside in executables else 0o644)
            finally:
                os.close(opened)
