#!/usr/bin/env bash
# wasmtime for Python takes a variant as a `Variant` or as its bare payload, by the types of its other cases.
#
# Expected: a value of a `variant` type has one form in Python, such as a `Variant` with tag and payload.
# Instead: where the payloads of all cases have different types in Python, a value is passed and returned as
#   the bare payload, and a `Variant` is rejected with a `ValueError`. Where two cases share a type, a
#   `Variant` is required, and the bare payload is rejected.
# Versions: wasmtime 50.0.1 from PyPI.
# Matters: a case that is added to a variant can change the form of all its values, in calls that do not use
#   that case. A host has to know the types of all cases to pass or to read one.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages wasmtime==50.0.1
cat >variants.py <<'END'
import wasmtime
from wasmtime import component

# Each function returns the case that it gets: the first with its payload, as 32-bit numbers are passed.
TEXT = """(component
  (core module $code
    (memory (export "memory") 1)
    (func (export "same") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0))
      (i32.store (i32.const 4) (local.get 1))
      i32.const 0))
  (core instance $code (instantiate $code))
  (alias core export $code "same" (core func $same))
  (alias core export $code "memory" (core memory $memory))
  (type $different (variant (case "number" u32) (case "truth" bool)))
  (export $Different "different" (type $different))
  (type $alike (variant (case "number" u32) (case "other" u32)))
  (export $Alike "alike" (type $alike))
  (func (export "of-different") (param "it" $Different) (result $Different)
    (canon lift (core func $same) (memory $memory)))
  (func (export "of-alike") (param "it" $Alike) (result $Alike)
    (canon lift (core func $same) (memory $memory))))"""

engine = wasmtime.Engine()
store = wasmtime.Store(engine)
instance = component.Linker(engine).instantiate(store, component.Component(engine, TEXT))

def call(name, value):
    try:
        result = instance.get_func(store, name)(store, value)
        return f"returned {type(result).__name__}"
    except Exception as error:
        return f"raised {type(error).__name__}"

for name in ("of-different", "of-alike"):
    print(name, "bare", call(name, 7))
    print(name, "variant", call(name, component.Variant("number", 7)))
END
py/bin/python variants.py >seen
seen() { sed -n "s/^$1 $2 //p" seen; }
expect "a bare payload, where the types differ" "returned int" "$(seen of-different bare)"
expect "a Variant, where the types differ" "raised ValueError" "$(seen of-different variant)"
expect "a bare payload, where the types are alike" "raised TypeError" "$(seen of-alike bare)"
expect "a Variant, where the types are alike" "returned Variant" "$(seen of-alike variant)"
