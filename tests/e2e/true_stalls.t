#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Every stall that is told did happen, and those that happened are told: `stalls` beside
ftrace, under loads of shootdowns, futexes and pipes. ftrace sees the runs that this
machine hides from BPF, which look like csds that never run.

A delivery or a wait that is told must have an end in ftrace no sooner than 0.8 of its
length. A csd that ftrace saw to begin late, with both events seen by BPF, must be told.

A hypervisor may take the CPU for a millisecond between ftrace's clock and that of the BPF
program, within one event. Two instances of ftrace therefore enclose the programs: a kernel
calls what watches an event in the order in which each began to watch it, so `early`, which is
there before ipitrace, has its time before the program, and `late`, which comes after it, has
its time after the program. A length is at most from the early begin to the late end, and at
least from the late begin to the early end.

Then runs are hidden on purpose: the epoch is taken from the programs for a moment, again and
again, so that they see a csd's queue event and not its entry. Each is counted, none is told.

TRUE_STALLS_S: seconds of each load (1), TRUE_STALLS_ROUNDS: how often (1).
"""

import ctypes
import json
import mmap
import os
import struct
import sys
import threading
import time
from bisect import bisect_left
from collections import defaultdict

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from ipitest import IPILOAD, Background, Ftrace, Run, Tap, bpf_ids, hidden_pids  # noqa: E402

SECONDS = float(os.environ.get("TRUE_STALLS_S", "1"))
ROUNDS = int(os.environ.get("TRUE_STALLS_ROUNDS", "1"))
THRESHOLD = 1_000_000
# ns: ftrace writes times in us.
SLACK = 20_000
# What is told at least is of the length that ipitrace saw; ftrace's end may be this much of it.
PART = 0.8
# A queue event and its stall: the same CPU stamps both, one behind the other.
NEAR = 200_000_000
FOREVER = 1 << 62
# A csd is surely late for ipitrace, too, from this delay on.
SURELY = 2 * THRESHOLD

# As ipiload tlb-munmap, whose receiver does not run where the CPUs are busy.
SHOOTDOWN = """
import hashlib, mmap, os, threading, time
end = time.monotonic() + %f
data = bytes(1 << 22)
def busy():
    os.sched_setaffinity(0, {1})
    while time.monotonic() < end:
        hashlib.sha256(data)
threading.Thread(target=busy).start()
os.sched_setaffinity(0, {0})
while time.monotonic() < end:
    page = mmap.mmap(-1, 4096)
    page[0] = 1
    page.close()
"""
# Reads a counter of the other CPU: each is a call to that CPU, whatever it runs.
CALLS = """
import ctypes, os, struct, time
os.sched_setaffinity(0, {0})
attr = ctypes.create_string_buffer(struct.pack("IIQ", 1, 112, 0), 112)
fd = ctypes.CDLL(None).syscall(298 if os.uname().machine == "x86_64" else 241, attr, -1, 1, -1, 0)
end = time.monotonic() + %f
while time.monotonic() < end:
    os.read(fd, 8)
"""
FUTEX = """
import os, threading
stop = threading.Event()
a, b = threading.Semaphore(0), threading.Semaphore(0)
def pong():
    os.sched_setaffinity(0, {1})
    while not stop.is_set():
        a.acquire(); b.release()
threading.Thread(target=pong, daemon=True).start()
os.sched_setaffinity(0, {0})
end = __import__("time").monotonic() + %f
while __import__("time").monotonic() < end:
    a.release(); b.acquire()
"""
PIPE = """
import os, time
r, w = os.pipe(); s, x = os.pipe()
if os.fork() == 0:
    os.close(w)
    os.sched_setaffinity(0, {1})
    while os.read(r, 1):
        os.write(x, b".")
    os._exit(0)
os.close(r)
os.sched_setaffinity(0, {0})
end = time.monotonic() + %f
while time.monotonic() < end:
    os.write(w, b"."); os.read(s, 1)
"""


def loads(seconds):
    return {
        "tlb-munmap": [IPILOAD, "tlb-munmap", "-q", "--duration", str(seconds)],
        "shootdowns": [sys.executable, "-c", SHOOTDOWN % seconds],
        "calls": [sys.executable, "-c", CALLS % seconds],
        "futex": [sys.executable, "-c", FUTEX % seconds],
        "pipe": [sys.executable, "-c", PIPE % seconds],
    }


class Seen:
    """What ftrace saw: by sender the queue events, by target and csd the entries and exits."""

    def __init__(self, events):
        self.queues, self.queued, self.entries, self.exits = (defaultdict(list) for _ in range(4))
        self.batches = defaultdict(list)
        for e in events:
            csd = int(e.get("csd", "0"), 16)
            if e["event"] == "csd_queue_cpu":
                self.queues[e["cpu"], int(e["dst"]), e["func"]].append(e)
                self.queued[int(e["dst"]), e["csd"]].append(e)
            elif e["event"] == "csd_function_entry" and csd:
                self.entries[e["cpu"], e["csd"]].append(e)
                if e["func"] == "sched_ttwu_pending":
                    self.batches[e["cpu"]].append(e)
            elif e["event"] == "csd_function_exit" and csd:
                self.exits[e["cpu"], e["csd"]].append(e)

    def run_of(self, queue, exits=False):
        """
        The entry or exit of the csd of @queue; None: none came. A batch of wake-ups has one
        entry, with its first csd: another wake-up's is that of the next batch, or, if that was
        taken before the wake-up was in the queue, of the one behind.
        """
        dst = int(queue["dst"])
        own = after((self.exits if exits else self.entries)[dst, queue["csd"]], queue["time"])
        if queue["func"] == "sched_ttwu_pending" and not exits:
            both = after(self.batches[dst], queue["time"], 2)
            own = [e for e in own + both if not own or e["time"] <= own[0]["time"]]
            return own[-1] if own else None
        return own[0] if own else None


def after(events, t, n=1):
    """The first @n events from @t on."""
    i = bisect_left(events, t, key=lambda e: e["time"])
    return events[i:i + n]


def nearest(events, t):
    i = bisect_left(events, t, key=lambda e: e["time"])
    return min(events[max(0, i - 1):i + 1], key=lambda e: abs(e["time"] - t), default=None)


def real_length(seen, stall, late=None):
    """
    How long the stall that was told lasted by ftrace, at most if @late saw its end after
    ipitrace did; None: it has no beginning there.
    """
    src, func = stall["src"], stall["func"]
    dsts = [stall["dst"]] if stall["dst"] is not None else range(os.cpu_count())
    ends_with = "entries" if stall["phase"] == "delivery" else "exits"
    longest = None
    for dst in dsts:
        queue = nearest(seen.queues[src, dst, func], stall["start"])
        if stall["phase"] == "handler":
            begins = [e for key, es in seen.entries.items() if key[0] == dst for e in es]
            begin = nearest(sorted(begins, key=lambda e: e["time"]), stall["start"])
            ends = begin and after(seen.exits[dst, begin["csd"]], begin["time"])
            end = ends[0] if ends else None
        else:
            begin, end = queue, queue and seen.run_of(queue, exits=ends_with == "exits")
        if late and end:
            end = twin_of(seen, late, ends_with, (end["cpu"], end["csd"]), end) or end
        if begin and abs(begin["time"] - stall["start"]) < NEAR:
            longest = max(longest or 0, end["time"] - begin["time"] if end else FOREVER)
    return longest


def twin_of(seen, late, table, key, event):
    """
    The event @event, of @table of the instance @seen, as the instance @late has it: after it, and
    before the next one of the same csd. None: @late has not kept it.
    """
    found = after(getattr(late, table)[key], event["time"])
    following = after(getattr(seen, table)[key], event["time"] + 1)
    if not found or following and found[0]["time"] >= following[0]["time"]:
        return None
    return found[0]


def missed_ones(seen, late, stalls, hidden, span):
    """
    The csds that began late by ftrace, of which BPF saw both events, and that were not told. A
    batch of wake-ups has one entry, so of a wake-up ftrace does not say when it began. This machine's
    ftrace keeps no event of some flushes that did run: a csd that was queued again before its entry
    had such a run. With @late, a delay counts from when ipitrace had seen the queue event, at least.
    """
    missed = []
    for queues in seen.queues.values():
        for queue in queues:
            key = int(queue["dst"]), queue["csd"]
            if queue["func"] == "sched_ttwu_pending":
                continue
            own = after(seen.entries[key], queue["time"])
            again = after(seen.queued[key], queue["time"] + 1)
            if not own or again and again[0]["time"] <= own[0]["time"]:
                continue
            begin = late and twin_of(seen, late, "queued", key, queue) or queue
            if own[0]["time"] - begin["time"] >= SURELY and \
                    span[0] < queue["time"] and own[0]["time"] < span[1] and \
                    not {queue["pid"], own[0]["pid"]} & hidden and not told(stalls, queue):
                missed.append(f"{own[0]['time'] - begin['time']} ns: {queue}")
    return missed


def queued_unseen(seen, stall):
    """
    Whether the csd of the stall was queued once more before the stall was over. The hider hides
    queue events, too, which the kernel does not: an entry then belongs to a queue event that is
    not there, and nothing tells that from the one before.
    """
    if stall["dst"] is None:
        return False
    queue = nearest(seen.queues[stall["src"], stall["dst"], stall["func"]], stall["start"])
    again = queue and after(seen.queued[stall["dst"], queue["csd"]], queue["time"] + 1)
    return bool(again) and again[0]["time"] < stall["start"] + stall["duration"]


def false_ones(seen, late, stalls, hides):
    """The stalls that were told and that are much shorter by ftrace, or have no beginning there."""
    false = []
    for stall in stalls:
        length = real_length(seen, stall, late)
        if (length is None or length + SLACK < PART * stall["duration"]) and \
                not (hides and queued_unseen(seen, stall)):
            false.append(f"{length} ns: {line_of(stall)}")
    return false


def told(stalls, queue):
    return any(s["phase"] == "delivery" and s["dst"] == int(queue["dst"]) and
               s["src"] == queue["cpu"] and abs(s["start"] - queue["time"]) < NEAR for s in stalls)


class Hider(threading.Thread):
    """
    Sets the word `epoch` of a running ipitrace to 0, at which its programs return, for
    some 100 us every 2 ms: csds that are queued before then are entered unseen.
    """

    BPF = 321  # the system call, x86-64
    GET_FD_BY_ID, GET_INFO = 14, 15

    def __init__(self, pid):
        super().__init__()
        self.over = threading.Event()
        fd, btf = self.bss(pid)
        self.at = epoch_offset(btf)
        self.map = mmap.mmap(fd, mmap.PAGESIZE)

    def bpf(self, command, attr):
        libc = ctypes.CDLL(None, use_errno=True)
        attr = ctypes.create_string_buffer(attr, len(attr))
        got = libc.syscall(self.BPF if os.uname().machine == "x86_64" else 280, command, attr,
                           len(attr))
        if got < 0:
            raise OSError(ctypes.get_errno(), "bpf")
        return got

    def bss(self, pid):
        """The descriptor of the map of variables that are 0 at first, and the number of its types."""
        for i in bpf_ids(pid)["map"]:
            fd = self.bpf(self.GET_FD_BY_ID, struct.pack("III", i, 0, 0))
            info = ctypes.create_string_buffer(80)
            self.bpf(self.GET_INFO, struct.pack("IIQ", fd, 80, ctypes.addressof(info)))
            if info.raw[24:40].rstrip(b"\0").endswith(b".bss"):
                return fd, struct.unpack_from("I", info.raw, 64)[0]
            os.close(fd)
        raise LookupError("the running ipitrace has no map .bss")

    def run(self):
        epoch = self.map[self.at:self.at + 4]
        os.sched_setaffinity(0, {1})
        while not self.over.wait(0.002):
            self.map[self.at:self.at + 4] = bytes(4)
            time.sleep(0.0001)
            self.map[self.at:self.at + 4] = epoch

    def end(self):
        self.over.set()
        self.join()


def epoch_offset(btf):
    """Where the running ipitrace has it, by the types that it loaded: build/ may have another one's."""
    types = json.loads(Run(["bpftool", "-j", "btf", "dump", "id", btf]).out)["types"]
    numbers = {var["id"] for var in types if var["kind"] == "VAR" and var["name"] == "epoch"}
    for section in types:
        for var in section.get("vars", []) if section["name"] == ".bss" else []:
            if var["type_id"] in numbers:
                return var["offset"]
    raise LookupError("the running ipitrace has no variable epoch")


def line_of(stall):
    return {k: stall[k] for k in ("id", "phase", "src", "dst", "func", "start", "duration",
                                  "ongoing", "end_unseen")}


def watch(tap, name, load, hides=False):
    hidden = hidden_pids()
    before_mine = Ftrace(events=("csd",), size_kb=65536)
    mine = Background("stalls", "-j", "-t", "1ms")
    hider = None
    if hides:
        try:
            hider = Hider(mine.proc.pid)
        except LookupError as missing:
            tap.ok(False, f"{name}: the programs can be told to look away", missing)
            mine.end()
            before_mine.remove()
            return None
    after_mine = Ftrace(events=("csd",), size_kb=65536)
    begin = time.monotonic_ns()
    if hider:
        hider.start()
    Run(load, timeout=60 + SECONDS)
    end = time.monotonic_ns()
    if hider:
        hider.end()
    mine.end()
    after_mine.pause()
    seen = Seen(before_mine.stop())
    objects = mine.objects()
    stalls = [o for o in objects if o["type"] == "stall"]
    total = objects[-1] if objects else {"type": None}
    if not tap.ok(mine.status == 0 and not before_mine.overrun and total["type"] == "stalls_end" and
                  not total["lost"] and not total["dropped"], f"{name}: ran, both kept all",
                  mine.err, f"overrun {before_mine.overrun}", total):
        after_mine.remove()
        return None
    false = false_ones(seen, None, stalls, hides)
    missed = [] if hides else missed_ones(seen, None, stalls, hidden, (begin, end))
    between = len(false) + len(missed)
    if between:
        late = Seen(after_mine.stop())
        false = false_ones(seen, late, stalls, hides)
        missed = [] if hides else missed_ones(seen, late, stalls, hidden, (begin, end))
        between -= len(false) + len(missed)
    else:
        after_mine.remove()
    tap.ok(not false, f"{name}: each stall told has its end in ftrace", *false)
    if not hides:
        tap.ok(not missed, f"{name}: each csd that was late is told", *missed)
    tap.note(f"{name}: {total['csds']} csds, {len({s['id'] for s in stalls})} stalls told, "
             f"{len(false)} false, {total['run_unseen']} ran unseen; {len(missed)} missed; "
             f"{between} times the CPU was taken within an event")
    return total["run_unseen"]


def main():
    tap = Tap()
    if os.cpu_count() < 2:
        print("1..0 # SKIP it needs two CPUs")
        return
    for _ in range(ROUNDS):
        for name, load in loads(SECONDS).items():
            watch(tap, name, load)
        # Beside the sender, which is on CPU 0: on a busy machine both seldom run at the same time.
        name = "runs hidden on purpose"
        tap.ok(any(watch(tap, name, loads(2 * SECONDS)["calls"], hides=True) for _ in range(6)),
               f"{name}: the csds that ran unseen are counted")
    tap.done()


main()
