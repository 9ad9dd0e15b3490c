#!/usr/bin/env bash
# jco silently converts a string passed for a `list<u8>` to an empty list.
#
# Expected: jco accepts a Uint8Array or an array of numbers for a `list<u8>`, and rejects a string or a
#   Uint16Array, or at least encodes the string as UTF-8.
# Instead: a string becomes an empty list, without an error. A Uint16Array is passed as the bytes it has
#   in memory. Only the elements of a plain array are checked.
# Versions: @bytecodealliance/jco 1.35.0 on Node.js 20.
# Matters: `readFileSync` with an encoding returns a string. A component that is handed this string
#   receives an empty file and cannot detect it.
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
