#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
ipitrace import of a large file of tracefs: IMPORT_BYTES (1 GB) of events of four CPUs, with and without holes, of
which this test knows each pair. Every csd is paired rightly or counted as lost, and memory does not grow with the file.
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import tap  # noqa: E402
from ipitest import IPITRACE, children_of, ipitrace  # noqa: E402

BYTES = int(os.environ.get("IMPORT_BYTES", str(10**9)))
CPUS = 4
HEAD = "# tracer: nop\n#\n# entries-in-buffer/entries-written: 0/0   #P:4\n#\n"
# Between two rounds of calls, us; each delay is shorter, so a pair of two rounds has a longer delay.
ROUND_US = 100
DELAY_US = 40
HANDLER_US = 3
MEMORY_KB = 64 << 10


def line(cpu, us, event):
    return f"            load-{100 + cpu}     [{cpu:03}] d.h..  {us // 1000000}.{us % 1000000:06}: {event}\n"


class Books:
    def __init__(self):
        self.queued = self.whole = self.delays = self.events = 0


def round_of(rng, us, books):
    """Each CPU calls each other CPU, by a csd of the pair's own. Returns (time, CPU, line) in the order of time."""
    events = []
    for src in range(CPUS):
        for dst in range(CPUS):
            if src == dst:
                continue
            delay = rng.randrange(1, DELAY_US)
            at = us + rng.randrange(DELAY_US // 2)
            csd = f"csd=00000000{0xa0000000 + 64 * (src * CPUS + dst):08x}"
            events += [(at, src, line(src, at, "csd_queue_cpu: cpu=%d callsite=smp_call_function_single+0x10/0x20 "
                                      "func=do_work %s" % (dst, csd))),
                       (at + delay, dst, line(dst, at + delay, f"csd_function_entry: func=do_work, {csd}")),
                       (at + delay + HANDLER_US, dst,
                        line(dst, at + delay + HANDLER_US, f"csd_function_exit: func=do_work, {csd}"))]
            books.queued += 1
            books.delays += delay
    events.sort()
    return events


def drop(events, books, cpu):
    """The events of @cpu in this round are missing, which the file says."""
    kept = [event for event in events if event[1] != cpu]
    # Its own calls have no queue event; of the calls to it, the queue events are left.
    books.queued -= CPUS - 1
    books.whole -= 2 * (CPUS - 1)
    at = kept[-1][0] + 1
    return kept, f"CPU:{cpu} [LOST {len(events) - len(kept)} EVENTS]\n" + \
        line(cpu, at, "ipi_send_cpu: cpu=0 callsite=resched_curr+0x1/0x2 callback=0x0")


def write(path, holes):
    """Write the file; returns what is in it."""
    rng, books, us, size = random.Random(1), Books(), 1000000, 0
    with open(path, "w", encoding="ascii") as f:
        size += f.write(HEAD)
        while size < BYTES:
            events, more = round_of(rng, us, books), ""
            books.whole += len(events) // 3
            if holes and not rng.randrange(1000):
                events, more = drop(events, books, rng.randrange(CPUS))
            books.events += len(events)
            size += f.write("".join(event[2] for event in events) + more)
            us += ROUND_US
    return books


def sums(capture):
    """Of all windows: csds queued, with a delay, lost; the sum of delays, ns, and the longest."""
    total = {"queued": 0, "delays": 0, "lost": 0, "sum": 0, "max": 0, "open": 0}
    run = ipitrace("report", "-j", capture)
    for record in run.objects():
        if record["type"] != "snapshot":
            continue
        ledger = record["ledger"]
        total["queued"] += ledger["queued"]
        total["lost"] += ledger["lost"]
        for fn in record["functions"]:
            if fn["delay"]:
                total["delays"] += fn["delay"]["count"]
                total["sum"] += fn["delay"]["sum"]
                total["max"] = max(total["max"], fn["delay"]["max"])
        total["open"] = ledger["in_flight"]
    return total, run


def memory_of(proc):
    """The most memory that the process or a child of it has had, kB, when the process has ended."""
    most = 0
    while proc.poll() is None:
        try:
            for pid in (proc.pid, *children_of(proc.pid)):
                with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
                    most = max([most] + [int(row.split()[1]) for row in f if row.startswith("VmHWM:")])
        except OSError:
            pass  # a process has ended
        time.sleep(0.02)
    return most


def check(where, what, holes):
    path, capture = f"{where}/events.txt", f"{where}/{what.replace(' ', '-')}.zst"
    books = write(path, holes)
    begin = time.monotonic()
    with open(f"{where}/said", "w+", encoding="utf-8") as out, \
            subprocess.Popen([IPITRACE, "import", path, "-o", capture], stdout=out, stderr=out) as proc:
        most = memory_of(proc)
        out.seek(0)
        said = out.read()
    took = time.monotonic() - begin
    tap.note(f"{what}: {os.path.getsize(path) / 1e9:.2f} GB, {books.events / 1e6:.1f} M events in {took:.0f} s, "
             f"{books.events / took / 1e6:.1f} M a second")
    tap.equal(proc.returncode, 0, f"{what}: it is imported")
    total, run = sums(capture)
    if not tap.ok(total["queued"], f"{what}: the capture has windows", said[-300:], run.err):
        return
    tap.equal(total["queued"], books.queued, f"{what}: each queue event is counted")
    tap.equal(total["delays"] + total["lost"] + total["open"], books.queued, f"{what}: each csd ran or is lost")
    tap.ok(total["max"] <= DELAY_US * 1000, f"{what}: none is paired with an event of another round", total)
    if holes:
        # Of the calls to a CPU whose events are missing only the queue events are left.
        tap.ok(total["lost"] > 0, f"{what}: some are lost", total)
        tap.ok(books.whole * 0.999 <= total["delays"] <= books.whole, f"{what}: all that are whole ran, but beside a hole",
               total, vars(books))
    else:
        tap.equal((total["lost"], total["sum"]), (0, books.delays * 1000), f"{what}: none is lost, delays are as written")
    tap.ok(0 < most < MEMORY_KB, f"{what}: memory does not grow with the file: {most} kB")
    os.unlink(path)


def main():
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as where:
        check(where, "a whole file", False)
        check(where, "a file with holes", True)
    tap.done()


if __name__ == "__main__":
    main()
