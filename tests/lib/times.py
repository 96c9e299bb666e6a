# SPDX-License-Identifier: GPL-2.0
"""
Whether times can be judged now. A check of a time may fail for the machine, and says so by figures; a count
never comes here.
"""

import contextlib
import os
import threading
import time
from pathlib import Path

# Parts of the time from which on a time says nothing of the program under test.
STOLEN = 0.05  # of all CPUs' time, taken by the host
WAITED = 0.1  # of a thread's time, in which it could have run
OTHERS = 0.1  # of all CPUs' time, used by programs that are not the test's
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# s. A thread that begins and ends within one is not seen.
STEP = 0.1
USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL = range(8)


def cpu_times(stat):
    """(used by programs, stolen by the host), in s of all CPUs, by the text of /proc/stat."""
    ticks = list(map(int, stat.split("\n", 1)[0].split()[1:STEAL + 2]))
    return sum(ticks[i] for i in (USER, NICE, SYSTEM)) / TICKS_PER_S, ticks[STEAL] / TICKS_PER_S


class Times:
    """
    A context in which a test takes times: what the host stole, how long the test's own threads waited for a
    CPU, and what others used meanwhile. The threads of @pid (this process), and of all its descendants.
    """

    def __init__(self, proc="/proc", pid=None, cpus=None, clock=time.monotonic):
        self.proc, self.pid, self.clock = Path(proc), pid or os.getpid(), clock
        self.cpus = cpus or os.cpu_count()
        self.first, self.last = {}, {}  # by thread: ns that it ran, that it waited
        self.over = threading.Event()

    def __enter__(self):
        self.began, self.before = self.clock(), self.read_stat()
        self.look()
        self.first = dict(self.last)
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.look()
        self.took, self.after = self.clock() - self.began, self.read_stat()

    def read_stat(self):
        return cpu_times((self.proc / "stat").read_text(encoding="ascii"))

    def watch(self):
        while not self.over.wait(STEP):
            self.look()

    def look(self):
        pids = [self.pid]
        # Processes and threads may end at any time; a kernel may have no schedstat.
        for pid in pids:
            with contextlib.suppress(OSError):
                for task in (self.proc / str(pid) / "task").iterdir():
                    with contextlib.suppress(OSError, ValueError):
                        pids += map(int, (task / "children").read_text(encoding="ascii").split())
                        ran, waited, _ = (task / "schedstat").read_text(encoding="ascii").split()
                        self.last[task.name] = int(ran), int(waited)

    def own(self):
        """By thread: the seconds that it ran, and that it waited, in the context."""
        for thread, (ran, waited) in self.last.items():
            was = self.first.get(thread, (0, 0))
            yield (ran - was[0]) / 1e9, (waited - was[1]) / 1e9

    def why_not(self):
        """Why no time of the context can be judged, with the figures; None: each can be."""
        used, stolen = (b - a for a, b in zip(self.before, self.after))
        whole = self.cpus * self.took
        own = list(self.own())
        waited = max((waited for _, waited in own), default=0)
        others = max(0, used - sum(ran for ran, _ in own))
        # A test's own load may keep its threads from a CPU, too: that excuses nothing.
        if stolen < STOLEN * whole and (waited < WAITED * self.took or others < OTHERS * whole):
            return None
        return f"times cannot be judged: in {self.took:.2f} s the host stole {stolen / whole:.0%} of the CPUs, others " \
            f"used {others / whole:.0%}, and a thread of the test waited for a CPU for {waited:.2f} s"

    def check(self, tap, good, name, *details):
        """A check of a time, after the context: where times cannot be judged, a failure is a skip."""
        why = None if good else self.why_not()
        if why:
            tap.skip(name, why)
            return False
        return tap.ok(good, name, *details)
