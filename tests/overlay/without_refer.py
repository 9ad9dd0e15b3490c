"""Runs a program that may move nothing to another directory: Landlock refuses that (EXDEV) to whoever
has any rule of it and none that allows it. Ends with 77 where there is no Landlock."""

import ctypes
import os
import sys

CREATE_RULESET, RESTRICT_SELF = 444, 446
NO_NEW_PRIVILEGES = 38
MAKE_BLOCK_DEVICES = 1 << 11

libc = ctypes.CDLL(None, use_errno=True)
handled = ctypes.c_uint64(MAKE_BLOCK_DEVICES)
ruleset = libc.syscall(CREATE_RULESET, ctypes.byref(handled), ctypes.c_size_t(8), 0)
if ruleset < 0 or libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.syscall(RESTRICT_SELF, ruleset, 0):
    sys.exit(77)
os.execvp(sys.argv[1], sys.argv[1:])
