#!/usr/bin/env bash
# In preview2-shim, setting the times of an open file multiplies the seconds by 1000.
#
# Expected: `set-times` and `set-times-at` take the same timestamp and have the same effect.
# Instead: `setTimesAt` is correct. `setTimes` on an open descriptor stores 1000 times the seconds: a time
#   in 2023 becomes a date far in the future, which ext4 caps at the year 2446.
# Versions: @bytecodealliance/preview2-shim 0.26.1 on Node.js 20.
# Matters: a component that sets times by handle, which is safer than by path, produces files whose times
#   are useless for build tools and for bytecode checks.
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
