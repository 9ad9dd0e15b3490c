#!/usr/bin/env bash
# preview2-shim converts backslashes in file names to slashes, on Linux too.
#
# Expected: paths in wasi:filesystem are separated by `/`. On Linux, `\` is an ordinary character, so a
#   component that creates `a\b` gets a file of that name.
# Instead: creating `a\b` creates `b` in the directory `a`. An existing file with a backslash in its name
#   is listed, but cannot be opened by the listed name.
# Versions: @bytecodealliance/preview2-shim 0.26.1 on Node.js 20.
# Matters: a component that opens what it lists, or creates files with such names, gets other results under
#   jco than under wasmtime.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

node_packages @bytecodealliance/preview2-shim@0.26.1
mkdir -p tree/a
printf text >'tree/there\is'
cat >names.mjs <<'END'
import { filesystem } from "@bytecodealliance/preview2-shim";
filesystem._setPreopens({ "/": "tree" });
const [[preopen]] = filesystem.preopens.getDirectories();
const root = preopen.openAt({}, ".", { directory: true }, { read: true });
root.openAt({}, "a\\b", { create: true, exclusive: true }, { write: true });
const stream = root.readDirectory();
const names = [];
for (let entry = stream.readDirectoryEntry(); entry; entry = stream.readDirectoryEntry()) names.push(entry.name);
console.log("listed", names.sort().join(" "));
try {
    root.openAt({}, "there\\is", {}, { read: true });
    console.log("opened there");
} catch (error) {
    console.log("opened", error.payload ?? error);
}
END
node names.mjs >seen
expect "files after a component created \`a\b\`" 'tree/a/b tree/there\is' \
    "$(find tree -type f | LC_ALL=C sort | paste -sd' ')"
expect "names that it lists" 'a there\is' "$(sed -n 's/^listed //p' seen)"
expect "opening the second of them" no-entry "$(sed -n 's/^opened //p' seen)"
