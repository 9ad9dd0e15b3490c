#!/usr/bin/env bash
# In preview2-shim, setting the times of an open file puts them a thousand times too far from 1970.
#
# Expected: `descriptor.set-times` and `descriptor.set-times-at` take the same `new-timestamp`, seconds and
#   nanoseconds, so both leave the same time.
# Instead: `setTimesAt` does as asked. `setTimes` on an open descriptor multiplies the seconds by 1000, so
#   that ext4 stores the last time it has, in the year 2446, and other file systems another.
# Versions: @bytecodealliance/preview2-shim 0.26.1, the WASI of components that jco transpiles; Node.js 20.
# Matters: a component that sets times by handle, as is right where names may be swapped, stamps files
#   that no build tool and no check of bytecode against its source takes as they were meant.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

node_packages @bytecodealliance/preview2-shim@0.26.1
mkdir tree
printf text >tree/file
cat >times.mjs <<'END'
import { statSync } from "node:fs";
import { filesystem } from "@bytecodealliance/preview2-shim";
filesystem._setPreopens({ "/": "tree" });
const [[root]] = filesystem.preopens.getDirectories();
const time = { tag: "timestamp", val: { seconds: 1000000n, nanoseconds: 0 } };
root.setTimesAt({}, "file", time, time);
console.log("path", statSync("tree/file").mtimeMs / 1000);
root.openAt({}, "file", {}, { read: true, write: true }).setTimes(time, time);
console.log("open", statSync("tree/file").mtimeMs / 1000);
END
node times.mjs >seen
expect "1000000 seconds, set by path" 1000000 "$(sed -n 's/^path //p' seen)"
expect "1000000 seconds, set on the open file" 1000000000 "$(sed -n 's/^open //p' seen)"
