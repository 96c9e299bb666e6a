#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Storms that ipiload does not make, as programs: storm_loads.py LOAD SECONDS.

  patch    a tracepoint is switched on and off: the kernel's text is patched
  perf     perf events of another CPU are opened and closed
  rps      packets on loopback that another CPU has to receive
  compile  a compiler on each CPU, again and again
"""

import contextlib
import ctypes
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from mounts import TRACING, no_tracefs

RPS_CPUS = "/sys/class/net/lo/queues/rx-0/rps_cpus"
PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241}.get(platform.machine())
PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY = 1, 9


def patch(end, period=0):
    """A switch each @period s, on the average: what comes a little late is made up for."""
    why = no_tracefs()
    if why:
        sys.exit(why)
    path = f"{TRACING}/instances/storm-load-{os.getpid()}"
    os.mkdir(path)
    try:
        # Never hit: the load is switching it.
        with open(f"{path}/events/sched/sched_process_hang/enable", "wb", buffering=0) as enable:
            due = time.monotonic()
            while time.monotonic() < end:
                for value in b"1", b"0":
                    enable.write(value)
                    due = max(due + period, time.monotonic() - 10 * period)
                    time.sleep(max(0, due - time.monotonic()))
    finally:
        os.rmdir(path)


def patch_slowly(end):
    """Beyond the limit of its rate, and far from costing anything."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    patch(end, 0.02)


def perf(end):
    libc = ctypes.CDLL(None, use_errno=True)
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpus[0]})
    attr = struct.pack("IIQ", PERF_TYPE_SOFTWARE, 112, PERF_COUNT_SW_DUMMY).ljust(112, b"\0")
    while time.monotonic() < end:
        fd = libc.syscall(PERF_EVENT_OPEN, attr, -1, cpus[-1], -1, 0)
        if fd < 0:
            raise OSError(ctypes.get_errno(), "perf_event_open")
        os.close(fd)


def rps(end):
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpus[0]})
    with open(RPS_CPUS, "r+", encoding="ascii") as rps_cpus:
        before = rps_cpus.read()
        try:
            rps_cpus.write(f"{1 << cpus[-1]:x}")
            rps_cpus.flush()
            receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            receiver.bind(("127.0.0.1", 0))
            receiver.setblocking(False)
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sender.connect(receiver.getsockname())
            while time.monotonic() < end:
                sender.send(b"x")
                with contextlib.suppress(BlockingIOError):
                    receiver.recv(1)
        finally:
            rps_cpus.write(before)


SOURCE = "".join(f"int f{i}(int x) {{ return x * {i} + f{i - 1}(x); }}\n" if i else
                 "int f0(int x) { return x; }\n" for i in range(300))


def compile_loop(end):
    with tempfile.TemporaryDirectory() as path:
        with open(f"{path}/a.c", "w", encoding="ascii") as f:
            f.write(SOURCE)
        with open(f"{path}/Makefile", "w", encoding="ascii") as f:
            f.write("all: " + " ".join(f"{i}.o" for i in range(200)) +
                    "\nMakefile: ;\n%.o: a.c\n\t@cc -O2 -c -o $@ $<\n")
        jobs = f"-j{2 * len(os.sched_getaffinity(0))}"
        while time.monotonic() < end:
            try:
                subprocess.run(["make", "-s", "-B", "-C", path, jobs], check=True,
                               stderr=subprocess.DEVNULL,
                               timeout=max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                time.sleep(0.5)  # its children end by themselves, without their directory


if __name__ == "__main__":
    {"patch": patch, "patch_slowly": patch_slowly, "perf": perf, "rps": rps, "compile": compile_loop}[sys.argv[1]](
        time.monotonic() + float(sys.argv[2]))
