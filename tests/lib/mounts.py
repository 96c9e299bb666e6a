# SPDX-License-Identifier: GPL-2.0
"""
The kernel's file systems that a test needs: where the machine has none mounted, a
private mount namespace has, which the test's children share and the machine never sees.
"""

import contextlib
import ctypes
import os

CLONE_NEWNS = 0x20000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
TRACING = "/sys/kernel/tracing"

_libc = ctypes.CDLL(None, use_errno=True)
_private = False


def _checked(result, what):
    if result:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def mount(kind, where, options=None):
    """Mounts a file system of that kind, for this process and its children alone."""
    global _private
    if not _private:
        _checked(_libc.unshare(CLONE_NEWNS), "unshare")
        _checked(_libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "a private /")
        _private = True
    _checked(_libc.mount(kind.encode(), where.encode(), kind.encode(), 0,
                         options and options.encode()),
             f"mount {kind} on {where}")


def unmount(where):
    _checked(_libc.umount(where.encode()), f"umount {where}")


def no_tracefs():
    """Mounts tracefs where it is not; why it cannot be used, or None."""
    if os.geteuid():
        return "not root"
    if not os.path.isdir(TRACING + "/events"):
        try:
            mount("tracefs", TRACING)
        except OSError as error:
            return f"no tracefs: {error.strerror}"
    return None if os.path.isdir(TRACING + "/events/csd") else "this kernel has no csd events"


def _cgroup2():
    with open("/proc/self/mounts", encoding="utf-8") as f:
        mounts = [line.split() for line in f]
    return next((where for _, where, kind, *_ in mounts if kind == "cgroup2"), None)


def cgroup2():
    """Where cgroup2 is mounted, by this function where it was not; None: it cannot be."""
    with contextlib.suppress(OSError):
        if not _cgroup2():
            mount("cgroup2", "/sys/fs/cgroup")
    return _cgroup2()
