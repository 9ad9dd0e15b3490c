#!/usr/bin/env bash
# jco makes an empty `list<u8>` of a string, and takes the memory of any other typed array as it is.
#
# Expected: for a `list<u8>` jco takes a Uint8Array or an array of numbers, and a string is a TypeError or
#   its UTF-8; a Uint16Array of `[258]` is refused or is one element too large for a byte.
# Instead: a string becomes a list without elements; there is no error. Of a Uint16Array the component gets
#   the two bytes that it has in memory, in the machine's order. A plain array is checked number by number.
# Versions: @bytecodealliance/jco 1.35.0 with Node.js 20.
# Matters: a file read in Node.js with an encoding given is a string. Passed on, it is an empty file to the
#   component, which cannot know.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

node_packages @bytecodealliance/jco@1.35.0 @bytecodealliance/preview2-shim@0.26.1
cat >echo.wat <<'END'
(component
  (core module $code
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      i32.const 16))
  (core instance $code (instantiate $code))
  (alias core export $code "memory" (core memory $memory))
  (alias core export $code "realloc" (core func $realloc))
  (alias core export $code "echo" (core func $echo))
  (func (export "echo") (param "value" (list u8)) (result (list u8))
    (canon lift (core func $echo) (memory $memory) (realloc (core func $realloc)))))
END
node_modules/.bin/jco parse echo.wat -o echo.wasm >/dev/null
node_modules/.bin/jco transpile --quiet echo.wasm -o transpiled >/dev/null
echo '{"type": "module"}' >transpiled/package.json
cat >call.mjs <<'END'
import { echo } from "./transpiled/echo.js";
const values = {
    string: "text",
    uint16: new Uint16Array([258]),
    array: [1, 2],
    wrong: [258],
};
for (const [name, value] of Object.entries(values)) {
    try {
        console.log(name, `[${echo(value)}]`);
    } catch (error) {
        console.log(name, error.constructor.name);
    }
}
END
node call.mjs >seen
seen() { sed -n "s/^$1 //p" seen; }
expect "list<u8> of a string" "[]" "$(seen string)"
expect "list<u8> of a Uint16Array of 258 (little-endian machine)" "[2,1]" "$(seen uint16)"
expect "list<u8> of the array [1, 2]" "[1,2]" "$(seen array)"
expect "list<u8> of the array [258]" TypeError "$(seen wrong)"
