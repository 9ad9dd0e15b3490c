#!/usr/bin/env bash
# umoci rounds a file's time to the nearest second, CPython cuts it, and bytecode goes stale by that.
#
# Expected: a tar header has whole seconds, so the fraction of a file's time is cut when a layer is written.
# Instead: umoci rounds: what was changed 0.6 seconds after a second is of the next one in the image. A .pyc has
#   the source's time with the fraction cut, as CPython does it on every system. So in the image about half of
#   all sources are a second newer than their bytecode says, which CPython then does not use: it compiles
#   again at each start, if it cannot write there. Both are right by themselves.
# Versions: umoci 0.4.7 (Debian 12), CPython 3.8 and later.
# Matters: whoever installs into a tree that becomes a layer has to give sources whole seconds before
#   compiling, or compile by hash.
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
