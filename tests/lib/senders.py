# SPDX-License-Identifier: GPL-2.0
"""Loads in cgroups of their own, under ipitrace and ftrace."""

import contextlib
import os
import platform
import signal
import subprocess
import sys
import time

import flushes
from ipitest import (
    HUNG_S, IPILOAD, Background, Ftrace, Tap, ipitrace, validate, wait_until, without_late_names, without_slow_start)
from mounts import cgroup2, no_tracefs

tap = Tap()
NEVER = "panic"  # never called while the machine lives: a cheap filter
EVENTS = ("csd", "sched/sched_process_fork")
STATS = "/proc/sys/kernel/bpf_stats_enabled"
STACK_DEPTH = 32
# Where a stack ends: a system call, a kernel thread, an exception, idle.
BOTTOMS = ("entry_SYSCALL", "ret_from_fork", "asm_", "el0t_64_sync", "common_startup",
           "secondary_startup", "start_secondary", "entry_INT80")
MEMBARRIER = {"x86_64": 324, "aarch64": 283}.get(platform.machine())
# Registers for MEMBARRIER_CMD_GLOBAL_EXPEDITED, which then interrupts the process on any CPU.
VICTIM = f"""
import ctypes, time
assert not ctypes.CDLL(None).syscall({MEMBARRIER}, 1 << 2, 0, 0)
end = time.monotonic() + 1.2
while time.monotonic() < end:
    pass
"""
# A timer on CPU 0 wakes a task on CPU 1: the IPI is sent from the timer's interrupt.
TIMERS = """
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
for i in range(60):
    os.sched_setaffinity(0, {0})
    signal.setitimer(signal.ITIMER_REAL, .004)
    os.sched_setaffinity(0, {1})
    signal.sigtimedwait([signal.SIGALRM], 1)
"""

# The first socket that wants time stamps, and the close of the last, queue a work that patches the kernel's
# code (netstamp_clear() in net/core/dev.c), and asks all CPUs to look at it anew.
STAMPS = """
import socket, time
for i in range(400):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, 29, 1)  # SO_TIMESTAMP
        time.sleep(.004)
    time.sleep(.004)
"""

# Each mount that is made or ends asks for an expedited grace period (namespace_unlock() in fs/namespace.c).
MOUNTS = """
import ctypes, os, tempfile, time
libc = ctypes.CDLL(None, use_errno=True)
assert not libc.unshare(0x20000)  # CLONE_NEWNS
assert not libc.mount(b"none", b"/", None, 0x44000, None)  # MS_REC | MS_PRIVATE
with tempfile.TemporaryDirectory() as place:
    for i in range(400):
        assert not libc.mount(b"none", place.encode(), b"tmpfs", 0, None)
        assert not libc.umount2(place.encode(), 2)
        time.sleep(.004)
"""

# Each step asks the stopper thread of the CPU that it leaves to move it (affine_move_task() in kernel/sched/core.c).
MOVES = """
import os, time
for i in range(400):
    for cpu in 0, 1:
        os.sched_setaffinity(0, {cpu})
    time.sleep(.004)
"""


def why_not():
    if os.geteuid():
        return "not root"
    if len(os.sched_getaffinity(0)) < 2 or not {0, 1} <= os.sched_getaffinity(0):
        return "CPUs 0 and 1 are needed"
    if no_tracefs():
        return no_tracefs()
    if not MEMBARRIER:
        return f"membarrier's number on {platform.machine()} is not known here"
    if not cgroup2():
        return "no cgroup2 is mounted"
    try:
        with Group("probe"):
            pass
    except OSError as error:
        return f"no cgroup can be made: {error}"
    return None


class Group:
    """A new cgroup. Its end kills its processes."""

    def __init__(self, name):
        self.path = f"/ipitest-{os.getpid()}-{name}"
        self.dir = cgroup2() + self.path

    def __enter__(self):
        os.mkdir(self.dir)
        return self

    def pids(self):
        with open(self.dir + "/cgroup.procs", encoding="ascii") as f:
            return [int(line) for line in f]

    def __exit__(self, *exc):
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # The cgroup is busy until the last process is reaped.
        wait_until(self.remove, 5)

    def remove(self):
        try:
            os.rmdir(self.dir)
        except OSError:
            return False
        return True


class Load:
    """A program in a cgroup, stopped just before its first instruction."""

    def __init__(self, group, *args, cpus=None):
        pin = ["taskset", "-c", cpus] if cpus else []
        self.proc = subprocess.Popen(["sh", "-c", 'kill -STOP $$; exec "$@"', "sh", *pin,
                                      *map(str, args)],
                                     stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.pid = self.proc.pid
        self.path = group.path
        if not wait_until(self.stopped, 10):
            raise RuntimeError("it does not stop")
        with open(group.dir + "/cgroup.procs", "w", encoding="ascii") as f:
            f.write(str(self.pid))

    def stopped(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "T"

    def go(self):
        self.begun = time.monotonic_ns()
        os.kill(self.pid, signal.SIGCONT)

    def wait(self):
        self.out = self.proc.communicate(timeout=HUNG_S)[0]
        return self.proc.returncode


def watch(loads, *args):
    """Runs @loads under ipitrace and ftrace; returns the snapshots and the events."""
    ftrace = Ftrace(events=EVENTS)
    run = Background("-j", *args)
    for load in loads:
        load.go()
    failed = [load.pid for load in loads if load.wait()]
    run.end()
    events = ftrace.stop()
    snaps = run.snapshots()
    name = " ".join(map(str, args)) or "no option"
    said = without_late_names(without_slow_start(run.err))
    tap.ok(not run.status and not said and snaps and not failed and not ftrace.overrun,
           f"{name}: ran, ftrace kept all", run.status, run.err, failed, ftrace.overrun)
    for snap in snaps:
        tap.equal(validate(snap), [], f"{name}: valid by the schema")
        tap.ok(snap["ledger"]["closed"], f"{name}: the ledger closes", snap["ledger"])
    return snaps, events


def tasks_of(load, events):
    """The load's threads (it never forks)."""
    tids = {load.pid}
    for e in events:
        if e["event"] == "sched_process_fork" and e["task"] in tids:
            tids.add(int(e["child_pid"]))
    return tids


def sent_by(load, events, sees):
    """The load's queue events; @sees: without those that interrupts queued meanwhile."""
    tids = tasks_of(load, events)
    return [e for e in events if e["event"] == "csd_queue_cpu" and e["task"] in tids
            and e["time"] > load.begun and not (sees and e["interrupt"])]


def rows_of(snaps, **want):
    return [row for s in snaps for row in s["by"]["rows"]
            if all(row[key] == value for key, value in want.items())]


def total(rows, key="count"):
    return sum(row[key] for row in rows)


def sees_interrupts(snaps):
    """
    Not every kernel shows it to BPF. Where there was nothing to be seen it
    makes no difference.
    """
    return any(row["interrupt"] for s in snaps for row in s["by"]["rows"])


def invariants(snaps, name):
    for s in snaps:
        rows, fns, ledger = s["by"]["rows"], s["functions"], s["ledger"]
        ran = ledger["matched"]["function"] + ledger["matched"]["ttwu"]
        want = {"count": total(fns), "local": total(fns, "local")}
        if s["by"]["key"] == "victim":
            want = {"count": ran, "local": 0}
        got = {key: total(rows, key) for key in want}
        for key in ("delay", "handler"):
            for part in ("count", "sum"):
                want[key, part] = sum(f[key][part] for f in fns if f[key])
                got[key, part] = sum(row[key][part] for row in rows)
        tap.equal(got, want, f"{name}: the rows sum up to the functions")
        if s["by"]["key"] == "victim":
            waits, want = [row["wait"] for row in rows], [None] * len(rows)
        else:
            waits = [sum(row["wait"][part] for row in rows) for part in ("count", "sum")]
            want = [s["calls"]["wait"][part] for part in ("count", "sum")]
        tap.equal(waits, want, f"{name}: the rows' waits sum up to all calls'")
        # Each is counted by sender, and none is sampled; whom one interrupts it does not say.
        kinds = {k["kind"]: k["sent"] for k in s["kinds"] or []}
        for key, kind in (("reschedules", "reschedule"), ("irq_works", "irq_work")):
            if s["by"]["key"] == "victim" or kind not in kinds:
                tap.equal([row[key] for row in rows], [None] * len(rows), f"{name}: {key} are not known")
            else:
                tap.equal(total(rows, key), kinds[kind], f"{name}: the rows' {key} sum up to the kind's")
        keys = [(row["tgid"], row["cgroup_id"], row["interrupt"], row["other"]) for row in rows]
        tap.ok(len(set(keys)) == len(keys), f"{name}: no row is there twice", keys)


@contextlib.contextmanager
def three_cgroups():
    """Membarriers, TLB shootdowns, and a busy process that only gets interrupted."""
    with Group("membarrier") as a, Group("tlb") as b, Group("victim") as c:
        loads = {
            "membarrier": Load(a, IPILOAD, "membarrier", "-q", "--rate", 800, "-d", 1.3,
                               "--cpus", "0,1"),
            "global": Load(a, IPILOAD, "membarrier-global", "-q", "--rate", 800, "-d", 1.3,
                           "--receivers", 0, "--cpus", 0),
            "tlb": Load(b, IPILOAD, flushes.LOAD, "-q", "--rate", 800, "-d", 1.3, "--cpus", "0,1"),
            "victim": Load(c, sys.executable, "-c", VICTIM, cpus="1"),
        }
        yield loads
