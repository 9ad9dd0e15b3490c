#!/usr/bin/env bash
# wasmtime for Python limits a `list<u8>` from a component to 2,796,202 bytes.
#
# Expected: any bytes-like object can be passed as a `list<u8>`, and only the component's memory limits
#   its size.
# Instead: bytearray, memoryview, list and tuple raise TypeError; only `bytes` is accepted. A call from
#   the component to the host may copy 128 MiB, where each byte counts as 48, so one byte more than
#   2,796,202 is an error. The package has no option for it. There is no such limit in the other
#   direction.
# Versions: wasmtime 50.0.1 from PyPI.
# Matters: a component that passes file contents to its host passes tests with small files and fails on
#   larger ones. It has to send portions, or write through wasi:filesystem.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages wasmtime==50.0.1
cat >lists.py <<'END'
import wasmtime
from wasmtime import component

TEXT = """(component
  (import "sink" (func $sink (param "bytes" (list u8))))
  (core module $memory (memory (export "memory") 256)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $m))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $lowered (canon lower (func $sink) (memory $m)))
  (core module $code
    (import "host" "sink" (func $sink (param i32 i32)))
    (func (export "send") (param i32) (call $sink (i32.const 0) (local.get 0)))
    (func (export "take") (param i32 i32) (result i32) local.get 1))
  (core instance $code (instantiate $code (with "host" (instance (export "sink" (func $lowered))))))
  (alias core export $code "send" (core func $send))
  (alias core export $code "take" (core func $take))
  (func (export "send") (param "length" u32) (canon lift (core func $send)))
  (func (export "take") (param "bytes" (list u8)) (result u32)
    (canon lift (core func $take) (memory $m) (realloc (core func $realloc)))))"""

engine = wasmtime.Engine()
compiled = component.Component(engine, TEXT)

def call(name, argument):
    received = []
    linker = component.Linker(engine)
    with linker.root() as root:
        root.add_func("sink", lambda store, value: received.append(value))
    store = wasmtime.Store(engine)
    instance = linker.instantiate(store, compiled)
    try:
        result = instance.get_func(store, name)(store, argument)
    except TypeError:
        return "TypeError"
    except wasmtime.WasmtimeError as error:
        return "out of fuel" if "fuel" in str(error) else str(error)
    return "%s %d" % (type(received[0]).__name__, len(received[0])) if received else result

for value in (b"ab", bytearray(b"ab"), memoryview(b"ab"), [97, 98], (97, 98)):
    print("as", type(value).__name__, call("take", value))
for length in (2796202, 2796203):
    print("from", length, call("send", length))
print("to", call("take", bytes(8_000_000)))
END
py/bin/python lists.py >seen
seen() { sed -n "s/^$1 //p" seen; }
expect "passing bytes" 2 "$(seen 'as bytes')"
for type in bytearray memoryview list tuple; do
    expect "passing a $type" TypeError "$(seen "as $type")"
done
expect "8,000,000 bytes to the component" 8000000 "$(seen to)"
expect "2,796,202 bytes from it" "bytes 2796202" "$(seen 'from 2796202')"
expect "2,796,203 bytes from it" "out of fuel" "$(seen 'from 2796203')"
