"""Answers what `importlib.metadata` of this Python finds of pip in directories.

Reads a JSON list of directories. Writes a JSON list: for each directory, a list of the names of the
metadata with the version in it, null if it states none or cannot be read.
"""

import json
import os
import sys
from importlib import metadata


def found(directory):
    distributions = metadata.Distribution.discover(name="pip", path=[directory])
    return sorted([os.path.basename(str(one._path)), version(one)] for one in distributions)


def version(distribution):
    try:
        stated = distribution.version
    # No metadata, or none with a version: Python 3.14 began to raise errors for these.
    except (UnicodeDecodeError, LookupError, FileNotFoundError):
        return None
    # What is empty is no version, and pip strips what is around one.
    return (stated or "").strip() or None


json.dump([found(directory) for directory in json.load(sys.stdin)], sys.stdout)
