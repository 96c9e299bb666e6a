# SPDX-License-Identifier: GPL-2.0
"""This machine: its BPF programs, IPIs and CPU time, and the load."""

import contextlib
import ctypes
import json
import os
import re
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
TRACING = ("raw_tracepoint", "raw_tracepoint_writable", "tracepoint", "tracing")
# With fewer IPIs than this share of the calls' targets, round trips do not count.
ENOUGH = 0.5
TRIES = 3
QUIET_S = 5
HZ = os.sysconf("SC_CLK_TCK")

libc = ctypes.CDLL(None)


class CannotRun(Exception):
    """This machine lacks something; str() is the reason, for a person."""


def ahead():
    """
    In the child before exec: the child ends with this process, and runs ahead
    of other work. Its session has an autogroup of its own, which sets its share.
    SIGINT ends it, also if a shell's background job inherited that as ignored.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        with open("/proc/self/autogroup", "w", encoding="ascii") as f:
            f.write("-20")
    except OSError:
        os.setpriority(os.PRIO_PROCESS, 0, -20)


@contextlib.contextmanager
def started(argv, **kwargs):
    """A process that is always killed at the end."""
    proc = subprocess.Popen(argv, start_new_session=True, preexec_fn=ahead,
                            stdin=subprocess.DEVNULL, **kwargs)
    try:
        yield proc
    finally:
        if proc.poll() is None:
            proc.kill()
        proc.wait()


@contextlib.contextmanager
def bpf_statistics():
    """BPF statistics are on inside. The kernel turns them off with the last descriptor."""
    try:
        libbpf = ctypes.CDLL("libbpf.so.1")
    except OSError as why:
        raise CannotRun(f"libbpf1 is not installed: {why}") from why
    fd = libbpf.bpf_enable_stats(0)
    if fd < 0:
        raise CannotRun("the kernel refuses BPF statistics")
    try:
        yield
    finally:
        os.close(fd)


def statistics_sysctl():
    with open("/proc/sys/kernel/bpf_stats_enabled", encoding="ascii") as f:
        return int(f.read())


def bpftool(*args):
    done = subprocess.run(["bpftool", "-j", *args], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"bpftool {' '.join(args)}: {(done.stdout or done.stderr).strip()}")
    return json.loads(done.stdout or "[]")


def program_ids(pid):
    """The BPF programs that process @pid holds, itself or through a link."""
    ids = set()
    try:
        for fd in os.listdir(f"/proc/{pid}/fdinfo"):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as f:
                    ids.update(int(n) for n in re.findall(r"^prog_id:\s*(\d+)", f.read(), re.M))
    except OSError:
        pass
    return ids


def programs(ids):
    """({id: {name, runs, ns, misses}}, the number of other processes' tracing programs)"""
    mine, others = {}, 0
    for p in bpftool("prog", "show"):
        if p["id"] in ids:
            mine[p["id"]] = {"name": p.get("name", str(p["id"])), "runs": p.get("run_cnt", 0),
                             "ns": p.get("run_time_ns", 0), "misses": p.get("recursion_misses", 0)}
        else:
            others += p["type"] in TRACING
    return mine, others


def tracepoints_attached(pid):
    """The programs that a process attached through perf events, as bpftrace does."""
    return len({p["prog_id"] for p in bpftool("perf", "show") if p["pid"] == pid})


def call_function_interrupts():
    """The sum over all CPUs; x86 and arm64 use the same name."""
    with open("/proc/interrupts", encoding="ascii", errors="replace") as f:
        for line in f:
            if "Function call interrupts" in line:
                return sum(int(n) for n in re.findall(r"\s(\d+)(?=\s)", line.split(":", 1)[1]))
    raise CannotRun("/proc/interrupts does not count function call interrupts")


class Usage:
    """CPU time of a process since the object was made: cpu is exact, user and system are in ticks."""

    def __init__(self, pid):
        self.pid = pid
        self.wall, self.begin = time.monotonic(), self.read()

    def read(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii", errors="replace") as f:
            fields = f.read().rpartition(")")[2].split()
        # CPUCLOCK_SCHED of the whole process.
        return (time.clock_gettime((~self.pid << 3) | 2), int(fields[11]) / HZ,
                int(fields[12]) / HZ)

    def shares(self):
        """As shares of one CPU."""
        wall = time.monotonic() - self.wall
        return dict(zip(("cpu", "user", "system"),
                        ((e - b) / wall for e, b in zip(self.read(), self.begin))))


def peak_rss_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        return int(re.search(r"VmHWM:\s*(\d+)", f.read())[1])


class Load:
    """build/ipiload, as fast as possible or at a rate."""

    def __init__(self, build, duration):
        self.argv = [os.path.join(build, "ipiload"), "membarrier", "-q", "--duration",
                     str(duration)]
        self.duration = duration

    def once(self, *more):
        """{calls, p50_ns, ipis, few}"""
        before = call_function_interrupts()
        with started(self.argv + list(more), stdout=subprocess.PIPE, text=True) as proc:
            out, _ = proc.communicate(timeout=60 + 2 * self.duration)
        if proc.returncode:
            raise CannotRun(f"ipiload ended with {proc.returncode}")
        said = json.loads(out)
        ipis = call_function_interrupts() - before
        wanted = said["calls"] * len(said["receivers"])
        return {"calls": said["calls"], "p50_ns": said["round_trip_ns"]["p50"],
                "interrupts": ipis, "few": ipis < ENOUGH * wanted}

    def run(self, pid=None, ids=()):
        """
        Measure, and repeat if the receiver was off its CPU or others traced
        too; the last try counts if all were like that.
        """
        for tries in range(1, TRIES + 1):
            quiet(ids)
            before, others = programs(ids)
            usage = Usage(pid) if pid else None
            said = self.once()
            said |= usage.shares() if usage else {}
            after, others_after = programs(ids)
            deltas = [{"name": p["name"], "runs": p["runs"] - before[i]["runs"],
                       "ns": p["ns"] - before[i]["ns"], "misses": p["misses"] - before[i]["misses"]}
                      for i, p in sorted(after.items()) if i in before]
            said |= {"tries": tries, "others": max(others, others_after), "programs": deltas,
                     # Programs that count their runs: another process has statistics on.
                     "stats_on": any(p["runs"] for p in deltas)}
            if not said["few"] and not said["others"]:
                break
        return said


def quiet(ids):
    """Wait, up to QUIET_S, until no other process traces."""
    end = time.monotonic() + QUIET_S
    while programs(ids)[1] and time.monotonic() < end:
        time.sleep(0.1)
