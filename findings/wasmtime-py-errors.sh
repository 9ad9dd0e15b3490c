#!/usr/bin/env bash
# In wasmtime for Python, a component's error is a return value, and a Python exception ends the instance.
#
# Expected: errors are exceptions in both directions: a `result` that is an error is raised, and what an import
#   raises comes to the component as an error, or passes through it and leaves it as usable as any object.
# Instead: an error is returned as `Variant(tag="err", ...)`, which is as true as any value. What an import
#   raises passes through to the caller as it is; the component learns nothing of it, and no function of
#   the instance can be called again: "cannot enter component instance".
# Versions: wasmtime 50.0.1 (PyPI).
# Matters: a host in Python that does not look at what it gets back takes failures for success, and one
#   that means to clean up by the same instance cannot. An import has to return `Variant("err", ...)` itself.
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
