# SPDX-License-Identifier: GPL-2.0
"""The contestants: how each is started, when it collects, how many events it lost."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time

import figures
import machine

HERE = os.path.dirname(os.path.abspath(__file__))
READY_S = 20
# Not measured unless --only names them, or says all: a run takes a third longer with them.
ON_REQUEST = ("by sender", "kinds", "no clock", "trace", "serve")


class Contestant:
    """A program that traces. Subclasses differ in argv(), ready() and loss()."""

    needs = None  # a program in PATH

    def __init__(self, name, build, argument=None):
        self.name, self.build, self.argument = name, build, argument

    def absent(self):
        """Why it cannot run here, or None."""
        return f"{self.needs} is not installed" if self.needs and not shutil.which(self.needs) \
            else None

    def ready(self, proc, scratch):
        return os.path.exists(f"{scratch}/ready")

    @contextlib.contextmanager
    def running(self, scratch):
        """Yields (process, seconds from exec) when it collects. Afterwards @scratch has its output."""
        with contextlib.ExitStack() as stack:
            out, err = (stack.enter_context(open(f"{scratch}/{n}", "wb")) for n in ("out", "err"))
            begin = time.monotonic()
            proc = stack.enter_context(machine.started(self.argv(scratch), stdout=out, stderr=err))
            while not self.ready(proc, scratch):
                if proc.poll() is not None or time.monotonic() > begin + READY_S:
                    raise machine.CannotRun(f"{self.name} does not start: {text(scratch, 'err')}")
                time.sleep(0.0005)
            yield proc, time.monotonic() - begin
            proc.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                proc.wait(timeout=30)


def text(scratch, name):
    with open(f"{scratch}/{name}", encoding="utf-8", errors="replace") as f:
        return f.read()


class Nothing(Contestant):
    @contextlib.contextmanager
    def running(self, scratch):
        yield None, None


class Object(Contestant):
    """A BPF object that nobody reads; it has the contestant's name."""

    def absent(self):
        gone = [path for path in self.argv("")[:2] if not os.path.exists(path)]
        return f"{gone[0]} is not built" if gone else None

    def argv(self, scratch):
        return [os.path.join(self.build, "bench", "attach"),
                os.path.join(self.build, "bench", f"{self.name}.bpf.o"), f"{scratch}/ready"]

    def loss(self, scratch, misses):
        """{lost: events or None if unknown, ...}"""
        return {"lost": misses, "recursion_misses": misses}


class Ipitrace(Contestant):
    """@argument: the command and its options."""

    def argv(self, scratch):
        return [os.path.join(self.build, "ipitrace"), *self.argument.split(), "--ready-file",
                f"{scratch}/ready"]

    def loss(self, scratch, misses):
        """stalls and serve run the programs of summary, but print no ledger."""
        return {"lost": None, "recursion_misses": misses}


class Summary(Ipitrace):
    def __init__(self, name, build, more=""):
        super().__init__(name, build, f"summary -j -i 1 {more}")

    def loss(self, scratch, misses):
        total = {"lost": 0, "orphans": 0, "queued": 0}
        for line in text(scratch, "out").splitlines():
            ledger = json.loads(line).get("ledger", {})
            for key in total:
                total[key] += ledger.get(key) or 0
        # Each orphan stands for a queue event that was lost.
        return {"lost": total["lost"] + total["orphans"], "by_ledger": total,
                "recursion_misses": misses}


class NoClock(Summary):
    """As on a machine whose host does not say what it steals: what it costs to look at the clocks."""

    def argv(self, scratch):
        return ["env", "IPITRACE_STEAL_CLOCK=none", *super().argv(scratch)]


class Trace(Ipitrace):
    def loss(self, scratch, misses):
        """The last line has the sum; the lines before are too many to read."""
        with open(f"{scratch}/out", "rb") as f:
            f.seek(max(0, os.stat(f.name).st_size - 4096))
            end = json.loads(f.read().splitlines()[-1])
        return {"lost": end["lost"], "records": end["records"], "recursion_misses": misses}


class Bpftrace(Contestant):
    needs = "bpftrace"

    def __init__(self, name, build, argument=None):
        super().__init__(name, build, argument)
        self.script = os.path.join(HERE, f"{argument}.bt")
        with open(self.script, encoding="ascii") as f:
            self.probes = len(re.findall(r"^tracepoint:", f.read(), re.M))

    def argv(self, scratch):
        return ["bpftrace", self.script]

    def ready(self, proc, scratch):
        return len(machine.program_ids(proc.pid)) >= self.probes and \
            machine.tracepoints_attached(proc.pid) >= self.probes

    def loss(self, scratch, misses):
        said = text(scratch, "out") + text(scratch, "err")
        lost = sum(int(n) for n in re.findall(r"Lost (\d+) events", said))
        return {"lost": lost + misses, "lost_events": lost, "recursion_misses": misses}


class Perf(Contestant):
    needs = "perf"

    def argv(self, scratch):
        os.mkfifo(f"{scratch}/control")
        os.mkfifo(f"{scratch}/ack")
        # Read and write: opening then waits for no other side.
        self.control = os.open(f"{scratch}/control", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self.ack = os.open(f"{scratch}/ack", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        os.write(self.control, b"enable\n")
        return ["perf", "record", "-a", "-o", f"{scratch}/data", "-e", "csd:*", "-e", "ipi:*",
                "--control", f"fifo:{scratch}/control,{scratch}/ack"]

    def ready(self, proc, scratch):
        with contextlib.suppress(BlockingIOError):
            return b"ack" in os.read(self.ack, 64)
        return False

    @contextlib.contextmanager
    def running(self, scratch):
        try:
            with super().running(scratch) as it:
                yield it
        finally:
            os.close(self.control)
            os.close(self.ack)

    def loss(self, scratch, misses):
        with open(f"{scratch}/data", "rb") as f:
            lost, samples = figures.perf_lost(f.read())
        return {"lost": lost, "samples": samples}


def everyone(build):
    """In the order of the table; `ipitrace` is `ipitrace summary`."""
    return [Nothing("nothing", build), Nothing("nothing again", build),
            Object("limit", build), Object("floor", build), Summary("ipitrace", build),
            Summary("by sender", build, "--by sender"), Summary("kinds", build, "--kinds"),
            NoClock("no clock", build), Ipitrace("stalls", build, "stalls -j"), Trace("trace", build, "trace -j"),
            Ipitrace("serve", build, "serve --listen 127.0.0.1:0"),
            Bpftrace("same-job", build, "same-job"), Bpftrace("minimal", build, "minimal"),
            Perf("perf record", build)]
