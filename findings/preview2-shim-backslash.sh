#!/usr/bin/env bash
# In preview2-shim, a backslash in a file name is a slash, on Linux as well.
#
# Expected: paths of wasi:filesystem are separated by `/`, and on Linux `\` is a character like any other, so
#   a component that creates `a\b` gets a file of that name.
# Instead: preview2-shim turns every backslash into a slash before it looks: the component makes `b` in
#   the directory `a`, and a file that is called `a\b` is listed under that name and cannot be opened by it.
# Versions: @bytecodealliance/preview2-shim 0.26.1; Node.js 20 on Linux.
# Matters: a component that checks names by `/` alone, or reads a directory and opens what it lists, does
#   another thing under jco than under wasmtime.
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
