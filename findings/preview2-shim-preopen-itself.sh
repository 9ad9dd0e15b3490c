#!/usr/bin/env bash
# In preview2-shim, a preopened directory cannot be listed, examined or synced by its own descriptor.
#
# Expected: a preopen is a descriptor like that of any open directory.
# Instead: `stat` and `sync` return `invalid`, and `read-directory` returns `bad-descriptor`. `get-type`
#   and all functions that take a path work. Opening `.` from the preopen gives a descriptor on which
#   everything works.
# Versions: @bytecodealliance/preview2-shim 0.26.1 on Node.js 20.
# Matters: a component that runs under wasmtime fails on its first directory under jco, unless it opens
#   `.` first.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

node_packages @bytecodealliance/preview2-shim@0.26.1
mkdir tree
printf text >tree/file
cat >preopen.mjs <<'END'
import { filesystem } from "@bytecodealliance/preview2-shim";
filesystem._setPreopens({ "/": "tree" });
const [[preopen]] = filesystem.preopens.getDirectories();
const opened = preopen.openAt({}, ".", { directory: true }, { read: true });
for (const [name, directory] of [["preopen", preopen], ["opened", opened]]) {
    const calls = {
        "get-type": () => directory.getType(),
        stat: () => directory.stat().type,
        list: () => directory.readDirectory().readDirectoryEntry().name,
        sync: () => { directory.sync(); return "done"; },
    };
    const results = Object.entries(calls).map(([call, run]) => {
        try {
            return `${call} ${run()}`;
        } catch (error) {
            return `${call} error ${error.payload ?? error}`;
        }
    });
    console.log(name, results.join(", "));
}
END
node preopen.mjs >seen
expect "the preopen" "get-type directory, stat error invalid, list error bad-descriptor, sync error invalid" \
    "$(sed -n 's/^preopen //p' seen)"
expect "\`.\` opened from it" "get-type directory, stat directory, list file, sync done" \
    "$(sed -n 's/^opened //p' seen)"
