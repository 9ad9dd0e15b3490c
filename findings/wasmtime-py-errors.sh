#!/usr/bin/env bash
# wasmtime for Python returns a component's error as a value, and an exception in an import ends the instance.
#
# Expected: an error result is raised as an exception, and an exception in an import reaches the component
#   as an error or leaves the instance usable.
# Instead: an error result is returned as a `Variant` with the tag `err`, which is truthy. An exception in
#   an import propagates to the caller, and any later call into the instance fails with "cannot enter
#   component instance".
# Versions: wasmtime 50.0.1 from PyPI.
# Matters: a host that ignores the return value treats failures as success, and cannot use the same
#   instance to clean up after an exception. An import has to return an error as a value.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages wasmtime==50.0.1
cat >errors.py <<'END'
import wasmtime
from wasmtime import component

TEXT = """(component
  (import "ask" (func $ask))
  (core func $lowered (canon lower (func $ask)))
  (core module $code
    (import "host" "ask" (func $ask))
    (func (export "asks") (call $ask))
    (func (export "fails") (result i32) i32.const 1))
  (core instance $code (instantiate $code (with "host" (instance (export "ask" (func $lowered))))))
  (alias core export $code "asks" (core func $asks))
  (alias core export $code "fails" (core func $fails))
  (func (export "asks") (canon lift (core func $asks)))
  (func (export "fails") (result (result)) (canon lift (core func $fails))))"""

def ask(store):
    raise LookupError("asked")

engine = wasmtime.Engine()
linker = component.Linker(engine)
with linker.root() as root:
    root.add_func("ask", ask)
store = wasmtime.Store(engine)
instance = linker.instantiate(store, component.Component(engine, TEXT))

def call(name):
    try:
        result = instance.get_func(store, name)(store)
        return f"returned {type(result).__name__} {result.tag}, which is {bool(result)}"
    except Exception as error:
        reason = str(error)
        known = "cannot enter component instance"
        return f"raised {type(error).__name__}: {known if known in reason else reason}"

print("fails", call("fails"))
print("asks", call("asks"))
print("again", call("fails"))
END
py/bin/python errors.py >seen
seen() { sed -n "s/^$1 //p" seen; }
expect "a function whose result is an error" "returned Variant err, which is True" "$(seen fails)"
expect "a function whose import raises" "raised LookupError: asked" "$(seen asks)"
expect "the first function after that" "raised WasmtimeError: cannot enter component instance" "$(seen again)"
