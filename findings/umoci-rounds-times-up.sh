#!/usr/bin/env bash
# umoci rounds file times to the nearest second, so that bytecode of many sources becomes stale.
#
# Expected: a time in a tar header has no fraction, so the fraction is cut off when a layer is written.
# Instead: umoci rounds, so a file changed at .6 of a second is one second newer in the image. CPython
#   cuts the fraction off when it stores the time of a source in its .pyc, so about half of the .pyc files
#   in the image are stale, and CPython compiles these modules again.
# Versions: umoci 0.4.7 of Debian 12; any CPython from 3.7.
# Matters: an installer that writes into a tree that becomes a layer must give sources whole seconds, or
#   use hash-based bytecode.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

debian_packages 'umoci=0.4.7*'
mkdir source
for fraction in 4 6; do
    echo 'x = 1' >"source/at$fraction.py"
    touch -d "@1700000000.$fraction" "source/at$fraction.py"
done
python3 -m compileall -q --invalidation-mode timestamp source
umoci init --layout image
umoci new --image image:tag
umoci insert --rootless --image image:tag source /inserted
umoci unpack --rootless --image image:tag bundle 2>/dev/null
cat >state.py <<'END'
import importlib.util, os, sys
for name in ("at4", "at6"):
    source = "bundle/rootfs/inserted/%s.py" % name
    with open(importlib.util.cache_from_source(source), "rb") as compiled:
        recorded = int.from_bytes(compiled.read(12)[8:], "little")
    actual = os.stat(source).st_mtime
    print(name, recorded, actual, "used" if recorded == int(actual) else "stale")
END
echo "CPython $(python3 -c 'import platform; print(platform.python_version())')"
python3 state.py >seen
expect "1700000000.4: in the .pyc, in the image" "1700000000 1700000000.0 used" "$(sed -n 's/^at4 //p' seen)"
expect "1700000000.6: in the .pyc, in the image" "1700000000 1700000001.0 stale" "$(sed -n 's/^at6 //p' seen)"
