#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
ipitrace -j -i 1 for a long time under a mixed load that comes and goes. Memory,
descriptors and threads stay flat, each window's ledger closes and carries in the
previous window's csds, and only events that this machine hides from BPF are
lost. Prints TAP.

Resources are read after each window, when ipitrace is idle.
"""
import argparse
import contextlib
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import IPILOAD, IPITRACE, Ftrace, Tap, bpf_ids, hidden_pids, validate
from mounts import cgroup2

# Limits of growth between the first third and the last, after the warm-up. Figures in KiB may move
# by some pages with the reader's pace.
BOUNDS = {"rss_kib": 192, "anon_kib": 192, "fds": 0, "mappings": 2, "bpf_maps": 0, "bpf_progs": 0,
          "threads": 0}
PHASE = 3  # seconds
LOADS = (("membarrier", "--rate", "3000"), ("tlb-munmap", "--rate", "2000"),
         ("tlb-mprotect", "--rate", "500"), ("membarrier-sync-core", "--rate", "500"),
         ("membarrier-global", "--rate", "500"), ("wakeup", "--rate", "1000"),
         ("setaffinity", "--rate", "200"))


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0].strip(),
                                     epilog="Behind --: more options of ipitrace's.")
    parser.add_argument("seconds", nargs="?", type=float, default=600, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=1, help="of the loads' order (1)")
    argv, more = sys.argv[1:], []
    if "--" in argv:
        at = argv.index("--")
        argv, more = argv[:at], argv[at + 1:]
    opts = parser.parse_args(argv)
    opts.more = more
    return opts


class Mix(threading.Thread):
    """Two or three loads at once for some seconds, then others; a burst at the end."""

    def __init__(self, seed):
        super().__init__(daemon=True)
        self.random = random.Random(seed)
        self.over = threading.Event()
        self.failed = []
        self.phases = 0

    def load(self, *args):
        return subprocess.Popen([IPILOAD, args[0], "-q", *args[1:]], stdout=subprocess.DEVNULL,
                                stdin=subprocess.DEVNULL)

    def churn(self):
        """Processes that come and go, in a cgroup that comes and goes."""
        where = cgroup2()
        where = f"{where}/ipitest-soak-{os.getpid()}-{self.phases}" if where else None
        with contextlib.suppress(OSError):
            os.mkdir(where)
        move = f"echo $$ >{where}/cgroup.procs; " if where and os.path.isdir(where) else ""
        subprocess.run(["sh", "-c", f"{move}for i in 1 2 3 4 5 6 7 8; do /bin/true; done; "
                        f"{IPILOAD} tlb-munmap -q --count 20 >/dev/null"], check=False)
        with contextlib.suppress(OSError, TypeError):
            os.rmdir(where)

    def run(self):
        while not self.over.is_set():
            chosen = self.random.sample(LOADS, self.random.randint(1, 3))
            running = [self.load(*args, "-d", str(PHASE)) for args in chosen]
            if self.phases % 4 == 3:
                running.append(self.load("membarrier", "-d", "0.5"))
            self.churn()
            self.failed += [p.args for p in running if p.wait()]
            self.phases += 1
            # Sometimes no load.
            if self.phases % 5 == 4:
                self.over.wait(PHASE)

    def end(self):
        self.over.set()
        self.join()


class Hidden:
    """Counts the csd events under tasks that this machine hides from BPF."""

    def __init__(self):
        self.tasks = hidden_pids()
        self.ftrace = Ftrace(events=(), size_kb=64)
        self.ftrace.write("options/overwrite", "1")
        self.watch()
        self.ftrace.write("events/csd/enable", "1")

    def watch(self):
        """Threads come and go."""
        self.tasks |= hidden_pids()
        terms = " || ".join(f"common_pid == {task}" for task in sorted(self.tasks))
        for event in ("csd_queue_cpu", "csd_function_entry", "csd_function_exit"):
            self.ftrace.write(f"events/csd/{event}/filter", terms)

    def end(self):
        kept = len(self.ftrace.stop())
        return kept + self.ftrace.overrun


def held(pid):
    """Memory, descriptors and threads of the process."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        status = dict(line.split(":", 1) for line in f if ":" in line)
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as f:
        mappings = sum(1 for _ in f)
    ids = bpf_ids(pid)
    return {"rss_kib": int(status["VmRSS"].split()[0]), "anon_kib": int(status["RssAnon"].split()[0]),
            "fds": len(os.listdir(f"/proc/{pid}/fd")), "mappings": mappings,
            "threads": int(status["Threads"]), "bpf_maps": len(ids["map"]),
            "bpf_progs": len(ids["prog"])}


def run_ns(pid):
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as f:
        return int(f.read().split()[0])


class Windows:
    """Collects the errors in windows, one window at a time."""

    def __init__(self):
        self.n = self.csds = self.lost = 0
        self.faults = []
        self.was = None

    def take(self, snap):
        ledger = snap["ledger"]
        matched = sum(ledger["matched"].values())
        if not ledger["closed"] or ledger["queued"] + ledger["carried_in"] != \
           matched + ledger["in_flight"] + ledger["lost"]:
            self.fault("closed", ledger)
        if ledger["lost"] != sum(n or 0 for n in ledger["lost_by"].values()):
            self.fault("lost_by", ledger)
        carried = self.was["ledger"]["in_flight"] if self.was else 0
        if ledger["carried_in"] != carried:
            self.fault("chain", f"{carried} in flight, then carried in: {ledger}")
        if self.was and self.was["window"]["mono_end"] != snap["window"]["mono_start"]:
            self.fault("gap", snap["window"])
        for wrong in validate(snap):
            self.fault("schema", wrong)
        self.n += 1
        self.csds += ledger["queued"]
        self.lost += ledger["lost"]
        self.was = snap

    def fault(self, kind, what):
        self.faults.append((kind, f"window {self.n}: {what}"))

    def of(self, kind):
        return [what for k, what in self.faults if k == kind]


def slope(values):
    """The growth a second, by least squares."""
    n = len(values)
    mean_t, mean = (n - 1) / 2, statistics.fmean(values)
    return sum((t - mean_t) * (v - mean) for t, v in enumerate(values)) / \
        sum((t - mean_t) ** 2 for t in range(n))


def growth(values):
    third = len(values) // 3
    return statistics.median(values[-third:]) - statistics.median(values[:third])


def soak(opts):
    """(the windows, a row of held resources for each, ipitrace's status, stderr)"""
    windows, rows, hidden, mix = Windows(), [], Hidden(), Mix(opts.seed)
    proc = subprocess.Popen([IPITRACE, "-j", "-i", "1", "-d", str(opts.seconds), *opts.more],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            stdin=subprocess.DEVNULL)
    mix.start()
    begun = time.monotonic()
    try:
        for line in proc.stdout:
            windows.take(json.loads(line))
            with contextlib.suppress(OSError, KeyError):  # it ends
                rows.append(held(proc.pid) | {"ns": run_ns(proc.pid)})
            if windows.n % 10 == 0:
                hidden.watch()
            if windows.n % 60 == 0:
                print(f"# {time.monotonic() - begun:.0f} s, {windows.csds} csds, {rows[-1]}",
                      flush=True)
        err = proc.stderr.read()
        status = proc.wait()
    finally:
        proc.kill()
        mix.end()
        n_hidden = hidden.end()
    return windows, rows, status, err, mix, n_hidden


def check_flat(tap, rows):
    warm_up = max(3, min(30, len(rows) // 10))
    rows = rows[warm_up:]
    if not tap.ok(len(rows) >= 6, "long enough to tell", f"{len(rows)} windows"):
        return
    for key, bound in BOUNDS.items():
        values = [row[key] for row in rows]
        grown = growth(values)
        tap.ok(grown <= bound, f"{key} is flat: {values[0]} to {values[-1]}",
               f"grew by {grown} from the first third to the last, {slope(values):.3f} a second; "
               f"{min(values)} to {max(values)}")
        tap.note(f"{key}: {min(values)} to {max(values)}, {slope(values):+.4f} a second")
    spent = [b["ns"] - a["ns"] for a, b in itertools.pairwise(rows)]
    tap.note(f"CPU a window: median {statistics.median(spent) / 1e6:.2f} ms, "
             f"most {max(spent) / 1e6:.2f} ms")


def main():
    opts = options()
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    tap = Tap()
    windows, rows, status, err, mix, n_hidden = soak(opts)
    tap.ok(not status and not err, f"ran {opts.seconds:g} s", status, err)
    tap.ok(abs(windows.n - opts.seconds) <= 2 + opts.seconds / 50, f"{windows.n} windows")
    tap.ok(windows.csds > 100 * windows.n and mix.phases and not mix.failed,
           f"under load: {windows.csds} csds, {mix.phases} phases", *mix.failed)
    for kind, name in (("closed", "the ledger closes in each window"),
                       ("lost_by", "lost is the sum of lost_by"),
                       ("chain", "each carries in what the last left in flight"),
                       ("gap", "no time between two windows"),
                       ("schema", "each is valid by the schema")):
        found = windows.of(kind)
        tap.ok(not found, name, f"{len(found)} windows", *found[:5])
    tap.ok(windows.lost <= n_hidden, "nothing lost but what is hidden here",
           f"lost {windows.lost}, hidden events {n_hidden}")
    tap.note(f"lost {windows.lost}, hidden events {n_hidden}")
    check_flat(tap, rows)
    tap.done()


if __name__ == "__main__":
    main()
