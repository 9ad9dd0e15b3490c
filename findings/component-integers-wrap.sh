#!/usr/bin/env bash
# jco and wasmtime for Python wrap integers that are out of range instead of rejecting them.
#
# Expected: passing 300 for a `u8` or -1 for a `u64` raises an error.
# Instead: both hosts wrap: 300 becomes 44, and -1 becomes 18446744073709551615. jco also truncates 1.9 to
#   1 and turns `undefined` and non-numeric text into 0, where wasmtime for Python raises TypeError. jco
#   does reject 300 inside an array passed for a `list<u8>`.
# Versions: @bytecodealliance/jco 1.35.0 on Node.js 20, wasmtime 50.0.1 from PyPI.
# Matters: a wrong size, mode or time computed by the host reaches the component as another valid value,
#   so the component's own checks cannot catch it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

node_packages @bytecodealliance/jco@1.35.0 @bytecodealliance/preview2-shim@0.26.1
python_packages wasmtime==50.0.1
cat >echo.wat <<'END'
(component
  (core module $code
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
    (func (export "short") (param i32) (result i32) local.get 0)
    (func (export "long") (param i64) (result i64) local.get 0)
    (func (export "length") (param i32 i32) (result i32) local.get 1))
  (core instance $code (instantiate $code))
  (alias core export $code "memory" (core memory $memory))
  (alias core export $code "realloc" (core func $realloc))
  (alias core export $code "short" (core func $short))
  (alias core export $code "long" (core func $long))
  (alias core export $code "length" (core func $length))
  (func (export "u8") (param "value" u8) (result u8) (canon lift (core func $short)))
  (func (export "u64") (param "value" u64) (result u64) (canon lift (core func $long)))
  (func (export "bytes") (param "value" (list u8)) (result u32)
    (canon lift (core func $length) (memory $memory) (realloc (core func $realloc)))))
END
node_modules/.bin/jco parse echo.wat -o echo.wasm >/dev/null
node_modules/.bin/jco transpile --quiet echo.wasm -o transpiled >/dev/null
echo '{"type": "module"}' >transpiled/package.json
cat >call.mjs <<'END'
import * as component from "./transpiled/echo.js";
const call = (name, value) => {
    try {
        return String(component[name](value));
    } catch (error) {
        return error.constructor.name;
    }
};
console.log("u8", [300, -1, 1.9, undefined, "text"].map((value) => call("u8", value)).join(" "));
console.log("u64", [-1n, 2n ** 64n + 5n].map((value) => call("u64", value)).join(" "));
console.log("bytes", [[300], [1.5]].map((value) => call("bytes", value)).join(" "));
END
cat >call.py <<'END'
import wasmtime
from wasmtime import component
engine = wasmtime.Engine()
store = wasmtime.Store(engine)
loaded = component.Component.from_file(engine, "echo.wasm")
instance = component.Linker(engine).instantiate(store, loaded)
def call(name, value):
    try:
        return str(instance.get_func(store, name)(store, value))
    except TypeError:
        return "TypeError"
print("u8", *(call("u8", value) for value in (300, -1, 1.9, None, "text")))
print("u64", *(call("u64", value) for value in (-1, 2**64 + 5)))
END
node call.mjs >by-jco
py/bin/python call.py >by-wasmtime
expect "u8 of 300, -1, 1.9, undefined, a text: jco" "44 255 1 0 0" "$(sed -n 's/^u8 //p' by-jco)"
expect "u8 of 300, -1, 1.9, None, a text: wasmtime for Python" "44 255 TypeError TypeError TypeError" \
    "$(sed -n 's/^u8 //p' by-wasmtime)"
expect "u64 of -1, 2**64 + 5: jco" "18446744073709551615 5" "$(sed -n 's/^u64 //p' by-jco)"
expect "u64 of -1, 2**64 + 5: wasmtime for Python" "18446744073709551615 5" "$(sed -n 's/^u64 //p' by-wasmtime)"
expect "list<u8> of [300], of [1.5]: jco" "TypeError TypeError" "$(sed -n 's/^bytes //p' by-jco)"
