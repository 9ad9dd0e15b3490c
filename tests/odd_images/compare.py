"""Prints what umoci, buildah and the program make of odd images, as the rows of a table.

    compare.py PROGRAM DIRECTORY STEP

Of the images, only each STEP-th is tried.
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys

PROGRAM, DIRECTORY, STEP = sys.argv[1:]
STORE = os.path.join(DIRECTORY, "store")
BUILDAH = ["buildah", "--storage-driver", "overlay", "--root", STORE, "--runroot", STORE + ".run"]
FAULTS = []


def run(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, **options)


def listing(root, path):
    """What a directory contains, with modes where they are not the usual ones."""
    top = os.path.join(root, path)
    if not os.path.lexists(top):
        return "nothing"
    found = []
    for directory, names, files in os.walk(top):
        for name in [*names, *files]:
            found.append(os.path.relpath(os.path.join(directory, name), top))
    here = os.lstat(top)
    mode = stat.S_IMODE(here.st_mode)
    kind = "link" if stat.S_ISLNK(here.st_mode) else "file" if stat.S_ISREG(here.st_mode) else "directory"
    words = [kind] if kind != "directory" else []
    if stat.S_ISDIR(here.st_mode) and mode != 0o755 or stat.S_ISREG(here.st_mode) and mode != 0o644:
        words.append("%04o" % mode)
    if here.st_uid or here.st_gid:
        words.append("owner %d:%d" % (here.st_uid, here.st_gid))
    if kind == "file" or int(here.st_mtime) < 1600000000:
        words.append("time %d" % here.st_mtime)
    words += [ascii(name).strip("'").replace("|", "\\|") for name in sorted(found)]
    return " ".join(f"`{word}`" for word in words) or "empty"


def everything(root):
    """All paths with kind, mode, owner, time, and the contents of files."""
    root = os.fsencode(root)
    found = {}
    for directory, names, files in os.walk(root):
        for name in [*names, *files]:
            path = os.path.join(directory, name)
            here = os.lstat(path)
            value = os.readlink(path) if stat.S_ISLNK(here.st_mode) else b""
            if stat.S_ISREG(here.st_mode):
                value = pathlib.Path(os.fsdecode(path)).read_bytes()
            time = 0 if stat.S_ISDIR(here.st_mode) else int(here.st_mtime)
            found[os.path.relpath(path, root)] = (here.st_mode, here.st_uid, here.st_gid, time, value)
    return found


def umoci(layout, bundle):
    """Unpacks; returns the directory, or nothing if umoci refuses it."""
    done = run("umoci", "unpack", "--image", layout + ":tag", bundle)
    return os.path.join(bundle, "rootfs") if done.returncode == 0 else None


def buildah(layout, look):
    """What `look` returns for the root that buildah mounts, or nothing if buildah refuses the image."""
    made = run(*BUILDAH, "from", "--pull-always", "oci:" + os.path.basename(layout) + ":tag", cwd=DIRECTORY)
    if made.returncode:
        return None
    container = made.stdout.decode().split()[-1]
    root = run(*BUILDAH, "mount", container, check=True).stdout.decode().strip()
    try:
        return look(root)
    finally:
        run(*BUILDAH, "rm", container, check=True)


def is_pip(path):
    name = os.path.basename(path)
    return b"/pip" in b"/" + path or name.startswith(b"pip") or b"site-packages" in path or b"opt/packages" in path


def changes(before, after):
    """What differs without being pip's, or a device in pip's place: nothing should."""
    plain = stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK
    is_kept = lambda path: path in before and stat.S_IFMT(before[path][0]) in plain
    paths = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    missing = [path for path in paths if is_kept(path) or not is_pip(path)]
    return [(path, before.get(path, ())[:4], after.get(path, ())[:4]) for path in missing]


def ours(case, theirs):
    """Runs the program, and compares what umoci or buildah unpacks of the result."""
    source, target = os.path.join(DIRECTORY, case["name"]), os.path.join(DIRECTORY, case["name"] + "-new")
    shutil.rmtree(target, ignore_errors=True)
    home = {**os.environ, "HOME": DIRECTORY, "XDG_CACHE_HOME": DIRECTORY}
    done = run(PROGRAM, "--no-compile", "--image", source + ":tag", "--output", target + ":tag", env=home)
    if done.returncode:
        FAULTS.append(f"{case['name']}: {done.stderr.decode()}")
        return "refuses"
    if theirs is not None:
        shutil.rmtree(target + ".bundle", ignore_errors=True)
        root = umoci(target, target + ".bundle")
        after = root and everything(root)
    else:
        theirs, after = buildah(source, everything), buildah(target, everything)
    if after is None and theirs is None:
        # Neither reads the image itself.
        return "adds pip"
    if after is None:
        FAULTS.append(f"{case['name']}: the result is not unpacked")
        return "adds pip"
    found = changes(theirs, after) if theirs else []
    if found:
        FAULTS.append(f"{case['name']}: {found}")
    if not any(path.endswith(b"/pip/__init__.py") for path in after):
        FAULTS.append(f"{case['name']}: no pip")
    return "adds pip"


def main():
    with open(os.path.join(DIRECTORY, "cases.json")) as file:
        cases = json.load(file)[:: int(STEP)]
    def row(case):
        layout = os.path.join(DIRECTORY, case["name"])
        root = umoci(layout, layout + ".bundle")
        cell = lambda root: "reads" if case["path"] == "-" else listing(root, case["path"])
        by_umoci = "refuses" if root is None else cell(root)
        by_buildah = buildah(layout, cell) or "refuses"
        by_us = ours(case, None if root is None else everything(root))
        shutil.rmtree(layout + ".bundle", ignore_errors=True)
        return " | ".join([case["words"], by_umoci, by_buildah, by_us])

    # Each takes most of its time in other programs.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for line in pool.map(row, cases):
            print(f"| {line} |")
    print(*FAULTS, sep="\n", file=sys.stderr)
    sys.exit(bool(FAULTS))


main()
