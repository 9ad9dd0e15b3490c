"""Lets lists of bytes cross into and out of the component at once.

`wasmtime` for Python converts a `list<u8>` one element at a time, which takes seconds for a wheel.
Here the same array of values is made and read by slices. Everything works without this, slowly.
"""

import ctypes

from wasmtime import _ffi
from wasmtime.component import _types

VALUE = _ffi.wasmtime_component_val_t
SIZE = ctypes.sizeof(VALUE)
KIND, CONTENTS = VALUE.kind.offset, VALUE.of.offset
U8 = _ffi.WASMTIME_COMPONENT_U8.value


def _to_c(self, store, value, pointer):
    if not (isinstance(value, bytes) and self._is_bytes()):
        return _slow_to_c(self, store, value, pointer)
    array = bytearray(len(value) * SIZE)
    array[KIND::SIZE] = bytes([U8]) * len(value)
    array[CONTENTS::SIZE] = value
    raw = _ffi.wasmtime_component_vallist_t()
    _ffi.wasmtime_component_vallist_new_uninit(raw, len(value))
    ctypes.memmove(raw.data, bytes(array), len(array))
    pointer.contents.kind = _ffi.WASMTIME_COMPONENT_LIST
    pointer.contents.of.list = raw


def _from_c(self, value):
    if not self._is_bytes():
        return _slow_from_c(self, value)
    values = value.of.list
    try:
        return ctypes.string_at(values.data, values.size * SIZE)[CONTENTS::SIZE]
    finally:
        _ffi.wasmtime_component_vallist_delete(ctypes.byref(values))


_slow_to_c = _types.ListType.convert_to_c
_slow_from_c = _types.ListType.convert_from_c
_types.ListType.convert_to_c = _to_c
_types.ListType.convert_from_c = _from_c
