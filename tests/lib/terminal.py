# SPDX-License-Identifier: GPL-2.0
"""Shared by the tests of ipitrace top and of the page in place: on a terminal of the test's own."""

import fcntl
import os
import pty
import random
import select
import signal
import struct
import subprocess
import termios
import time

from conduct import LIMIT, tap
from ipitest import IPITRACE, Run

PATH = os.path.abspath(IPITRACE)
KEYS = [b"\x1b[A", b"\x1b[B", b"\x1b[5~", b"\x1b[6~", b"\r", b"\x7f", b"\t", b"\x1b[Z", b"/x\r", b"\x1b",
        b"\x1b[M !!", b"\x1b[M%%%", b"\xff", b"\x00", *(bytes([c]) for c in b"123456789<>r[]p ?wab0,")]


def woken(pid):
    """How often each thread went to sleep of its own accord: its wake-ups, without preemptions."""
    found = {}
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/status", encoding="ascii", errors="replace") as f:
            found[tid] = next(int(line.split()[1]) for line in f if line.startswith("voluntary_ctxt"))
    return found


def scheduled(pid):
    """Of each thread: ns on a CPU, and how often it got one."""
    found = {}
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/schedstat", encoding="ascii") as f:
            ns, _, times = map(int, f.read().split())
        found[tid] = ns, times
    return found


class Terminal:
    """ipitrace on a pty, which the test reads, or does not."""

    def __init__(self, *args, wrap=(), width=80, height=24, command=("top",), **env):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
        self.proc = subprocess.Popen([*wrap, PATH, *command, *args], stdin=self.slave,
                                     stdout=self.slave, stderr=self.slave, start_new_session=not wrap,
                                     env={**environment, "TERM": "xterm", **env})
        self.wrapped = bool(wrap)
        self.out = bytearray()

    def read(self, seconds=0.0, until=None):
        """Read for so long, or until these bytes have come."""
        end = time.monotonic() + seconds
        while True:
            ready = select.select([self.master], [], [], max(0, min(0.1, end - time.monotonic())))[0]
            if ready:
                self.out += os.read(self.master, 65536)
            if until and until in self.out:
                return True
            if not ready and time.monotonic() >= end:
                return not until

    def begun(self):
        return self.read(LIMIT, b"functions") and self.raw()

    def raw(self):
        return not termios.tcgetattr(self.slave)[3] & termios.ICANON

    def ended(self, name, status=0):
        """The end, and a terminal as it was before."""
        end = time.monotonic() + LIMIT
        while self.proc.poll() is None and time.monotonic() < end:
            self.read(0.05)
        self.read(0.05)
        tap.ok(self.proc.returncode == status, f"{name}: the status", self.proc.returncode,
               self.out[-300:])
        self.restored(name)

    def restored(self, name):
        tap.equal(termios.tcgetattr(self.slave), self.before, f"{name}: the modes are as before")

    def left(self, name):
        tap.ok(self.out.rfind(b"\x1b[?1049l") > self.out.rfind(b"\x1b[?1049h") >= 0 and
               self.out.rfind(b"\x1b[?25h") >= 0 or b"\x1b[?12l\x1b[?25h" in self.out,
               f"{name}: the shell's screen and cursor are back", self.out[-200:])

    def close(self):
        if self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()
        os.close(self.master)
        os.close(self.slave)

    def top_pid(self):
        """The process id of ipitrace, which @wrap's program may have as a child."""
        children = Run(["pgrep", "-P", str(self.proc.pid)]).out.split() if self.wrapped else []
        return int(children[0]) if children else self.proc.pid

    def resize(self, rng):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rng.randint(1, 60), rng.randint(1, 220), 0, 0))
        # Under @wrap the terminal is its own, and the kernel sends the signal.
        if not self.wrapped:
            self.proc.send_signal(signal.SIGWINCH)

    def random_keys(self, nr, seed, pause=0.0):
        """Type @nr keys, and change the size after each 20."""
        rng = random.Random(seed)
        for i in range(nr):
            os.write(self.master, rng.choice(KEYS))
            if i % 20 == 0:
                self.resize(rng)
                self.read(0.01)
            if pause:
                time.sleep(pause)
        self.read(0.2)
