# SPDX-License-Identifier: GPL-2.0
"""Programs from arena.c, which call membarrier(), and ipitrace's helper processes, which name their functions."""

import atexit
import os
import shutil
import subprocess

from ipitest import Run, children_of, wait_until

CPUS = sorted(os.sched_getaffinity(0))
FUNC = "ipi_mb"
BUILD_ID = "0123456789abcdef0123456789abcdef01234567"
# Debug files are named by it: a folder, and a file.
BUILD_ID_PARTS = (BUILD_ID[:2], BUILD_ID[2:])


def cannot_run():
    """Why the programs cannot be built and watched here; None: they can."""
    if os.geteuid():
        return "not root"
    return None if len(CPUS) >= 2 and shutil.which("cc") else "needs two CPUs and a compiler"


def checked(*command):
    run = Run(command)
    if run.status:
        raise RuntimeError(f"{command}: {run.err}")


def built(where, name, *flags):
    path = os.path.join(where, name)
    checked("cc", "-O2", *flags, "-o", path, os.path.join(os.path.dirname(__file__), "arena.c"), "-lpthread")
    return path


def built_inside(where):
    """A program whose symbols are found by its build-id alone, and has none before it is stripped."""
    return built(where, "inside", "-fno-omit-frame-pointer", "-static", f"-Wl,--build-id=0x{BUILD_ID}")


def threads(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


def children(pid):
    try:
        return children_of(pid)
    except OSError:
        return []


def helpers(run):
    """The pids of ipitrace's reader and opener."""
    keeper, = children(run.proc.pid)
    wait_until(lambda: len(children(keeper)) == 2)
    # In the order in which they were begun.
    opener, reader = children(keeper)
    return reader, opener


def status(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def started(path):
    """The program at @path, which runs on two CPUs."""
    proc = subprocess.Popen([path, str(CPUS[0]), str(CPUS[1])])
    atexit.register(proc.kill)
    wait_until(lambda: threads(proc.pid) == 2)
    return proc


def end(proc):
    proc.kill()
    proc.wait()
