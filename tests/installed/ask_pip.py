"""Answers which version of itself pip finds in directories: the pip that is the first argument.

Reads a JSON list of directories. Writes a JSON list of versions, null where pip finds none, and the
name of the exception where it fails.
"""

import json
import logging
import sys

sys.path.insert(0, sys.argv[1])
logging.disable()

from pip._internal.metadata import get_environment


def version(directory):
    try:
        found = get_environment([directory]).get_distribution("pip")
        return found and str(found.version)
    except Exception as error:
        return type(error).__name__


json.dump([version(directory) for directory in json.load(sys.stdin)], sys.stdout)
