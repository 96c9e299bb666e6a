# SPDX-License-Identifier: GPL-2.0
"""
The kernel's file systems that a test needs: where the machine has none mounted, a
private mount namespace has, which the test's children share and the machine never sees.

As a program: mounts.py COMMAND [ARGS] runs a command in such a namespace.
"""

import contextlib
import ctypes
import os
import sys

CLONE_NEWNS = 0x20000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
TRACING = "/sys/kernel/tracing"

_libc = ctypes.CDLL(None, use_errno=True)
_private = False


def _checked(result, what):
    if result:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def _root_is_mounted():
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        return any(line.split()[4] == "/" for line in f)


def _flag(where, flags):
    _checked(_libc.mount(b"none", where.encode(), None, flags, None), f"a private {where}")


def _enter_copied_root():
    """
    The root of a chroot is a directory of a mount that cannot be named there, so its
    propagation cannot be changed. /proc can be made private, and take a copy of the
    whole tree, which becomes the root.
    """
    cwd = os.getcwd()
    _flag("/proc", MS_PRIVATE)
    _checked(_libc.mount(b"/", b"/proc", None, MS_BIND | MS_REC, None), "a copy of /")
    _flag("/proc", MS_REC | MS_PRIVATE)
    os.chroot("/proc")
    os.chdir(cwd)


def make_private():
    """From now on nobody else sees what this process and its children mount."""
    global _private
    if _private:
        return
    _checked(_libc.unshare(CLONE_NEWNS), "unshare")
    if _root_is_mounted():
        _flag("/", MS_REC | MS_PRIVATE)
    else:
        _enter_copied_root()
    _private = True


def privately(script, *args):
    """The argv of a shell that runs @script, with these $0, $1..., where it may mount."""
    return [sys.executable, "-B", os.path.abspath(__file__), "sh", "-c", script, *args]


def mount(kind, where, options=None):
    """Mounts a file system of that kind, for this process and its children alone."""
    make_private()
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


if __name__ == "__main__":
    make_private()
    os.execvp(sys.argv[1], sys.argv[1:])
