# SPDX-License-Identifier: GPL-2.0
"""Shared by the tests of ipitrace's conduct."""

import bisect
import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import tempfile
import termios

from ipitest import IPILOAD, IPITRACE, Run, Tap, as_user
from mounts import no_tracefs, privately

tap = Tap()
# Seconds after which something counts as hung. Beside stress-ng Linux 6.18 let a task that could run
# wait for a CPU for 20 s (schedstat).
LIMIT = 60
NEVER = "panic"  # never called while the machine lives: a cheap filter
CHEAP = ("-q", "-f", NEVER)
LOAD = (IPILOAD, "membarrier", "-q", "--count", "1000", "--rate", "2000")
FUZZ = 20_000_000  # ns around a window's ends in which an event of others is anyone's
WIDTH = 80
ANSI = re.compile(r"\x1b\[[0-9;]*m")
SPARE_UIDS = range(2013265920, 2147352576)  # which ipitrace becomes when it gives up root
CPUS = sorted(os.sched_getaffinity(0))


def one_line(text, *words):
    return text.count("\n") == 1 and text.endswith("\n") and all(word in text for word in words)


def fails(run, status, name, *words):
    """Checks for that status, and for one line on stderr with these words."""
    return tap.ok(run.status == status and one_line(run.err, "ipitrace: ", *words), name,
                  f"status {run.status}, want {status} and {words}", run.err)


def nothing_said(run, name, status=0):
    """Nothing on stderr, but that trace lost runs: some VMs' kernels trace nothing in the context of a
    few tasks, an idle task among them."""
    said = re.sub(r"^ipitrace: \d+ records?, \d+ lost \(\d+ ran unseen\); \d+ in flight at the end"
                  r"(; \d+ csds? ran whose queueing was not seen)?\n$", "", run.err)
    return tap.ok(run.status == status and not said, name,
                  f"status {run.status}, want {status}", run.err)


@contextlib.contextmanager
def scratch():
    """A directory that anyone may enter."""
    with tempfile.TemporaryDirectory(prefix="ipitest-") as path:
        os.chmod(path, 0o755)
        yield path


def in_mounts(script, *args):
    """ipitrace in a mount namespace of its own, after @script has run there."""
    return Run(privately(f'{script} && exec "$0" "$@"', IPITRACE, *args))


def as_nobody(path, *args):
    return Run(as_user(65534, path, *args), cwd="/")


def on_terminal(*args, columns=0, both=False, **env):
    """The bytes that ipitrace writes to a terminal, with both those to stderr, too. Without columns the
    terminal does not tell its size."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", columns and 24, columns, 0, 0))
    proc = subprocess.Popen([IPITRACE, *args], stdin=slave, stdout=slave,
                            stderr=slave if both else subprocess.PIPE,
                            env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"},
                                 "TERM": "xterm", **env})
    os.close(slave)
    out = []
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:  # EIO: the last writer has closed it
            data = b""
        if not data:
            break
        out.append(data)
    os.close(master)
    proc.communicate(timeout=LIMIT)
    return b"".join(out)


def counted(snap, func):
    return sum(f["count"] for f in snap["functions"] if f["func"] == func)


def ends_due(interval, duration):
    """When the windows of a run should end, ns from its beginning."""
    interval, duration = round(interval * 1e9), round(duration * 1e9)
    return [*range(interval, duration, interval), duration]


def check_ends(ends, due, name):
    """
    @ends: of windows, ns from the beginning of the run. Each lasts until one of the times @due at least, and the
    last one until the last of these. On a busy machine a window ends late: then the next one is short, and the
    times that passed meanwhile have no window.
    """
    passed = [0, *(bisect.bisect_right(due, end) for end in ends)]
    tap.ok(passed[-1] == len(due) >= len(ends) and all(a < b for a, b in zip(passed, passed[1:-1])), name, ends, due)


def no_ftrace():
    return no_tracefs() or ("one CPU" if len(CPUS) < 2 else None)


def no_such_cpu():
    with open("/sys/devices/system/cpu/possible", encoding="ascii") as f:
        return int(re.split("[-,]", f.read().strip())[-1]) + 1
