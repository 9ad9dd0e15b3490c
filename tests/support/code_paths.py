"""Reads bytecode as its interpreter does, and checks the path in each code object.

    code_paths.py ROOT

Each `.pyc` below ROOT must have the path of its source there, ROOT left out, in every code object.
Prints how many code objects there are; any other path is an error.
"""

import importlib.util
import marshal
import os
import sys
import types

HEADER_SIZE = 16 if sys.version_info >= (3, 7) else 12


def with_nested(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from with_nested(constant)


def main(root):
    count = 0
    for parent, _, names in os.walk(root):
        for name in names:
            if not name.endswith(".pyc"):
                continue
            path = os.path.join(parent, name)
            source = importlib.util.source_from_cache(path)[len(root) :]
            with open(path, "rb") as file:
                code = marshal.loads(file.read()[HEADER_SIZE:])
            for code in with_nested(code):
                count += 1
                # The locale may have no name for a path that is not ASCII.
                if code.co_filename.encode() != os.fsencode(source):
                    sys.exit("%s has %r" % (ascii(source), code.co_filename))
    print(count)


main(sys.argv[1])
