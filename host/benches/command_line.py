"""The options that all parts of the benchmark have, and how they end.

Exit status: 0, 1 if anything is missing or fails, or 2 if the command line is wrong.
"""

import argparse
import os
import signal
import sys
import tempfile

from measure import Failure

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def make_parser(description, runs):
    """A parser of the common options; a part may add its own."""
    parser = argparse.ArgumentParser(description=description, allow_abbrev=False)
    target = os.path.join(REPOSITORY, "target")
    add = parser.add_argument
    # The commands run in another directory: paths are absolute. What --python has may be a name.
    path = os.path.abspath
    add("--binary", metavar="PATH", type=path,
        default=os.path.join(target, "release", "ensurepip-host"),
        help="the program (this repository's release build)")
    add("--other", metavar="PATH", type=path,
        help="another build of the program, whose rows are measured in the same rounds")
    add("--python", metavar="PATH", default="python3", help="install for this Python (python3)")
    add("--peers", metavar="DIR", type=path, default=os.path.join(target, "peers"),
        help="an environment of this Python with what is compared (target/peers)")
    add("--runs", metavar="N", type=int, default=runs, help=f"measured rounds ({runs})")
    add("--warmup", metavar="N", type=int, default=1, help="rounds before, which fill caches (1)")
    add("--directory", metavar="DIR", type=path, default=tempfile.gettempdir(),
        help="work below DIR; in memory (tmpfs), the file system costs least")
    add("--json", metavar="FILE", type=path, help="write every sample to FILE as well")
    return parser


def parse(parser):
    """The options, if they make sense."""
    options = parser.parse_args()
    if options.runs < 1 or options.warmup < 1:
        parser.error("there must be a run to measure, and one before it that fills the caches")
    return options


def end_by(function, *arguments):
    """Calls a function, and ends as all parts do."""
    # The scratch space goes away however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: ended from outside"))
    try:
        if os.name != "posix":
            raise Failure("only a Unix counts what a command and its children take")
        function(*arguments)
    except (Failure, OSError) as problem:
        sys.exit(f"error: {problem}")
    except KeyboardInterrupt:
        sys.exit("error: interrupted")
