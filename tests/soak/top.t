#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
top under the largest rate that this machine makes, with 10,000 random keys and 500 sizes of
the terminal: it goes on, and then TERM, HUP and KILL of its parent each give the terminal
back. TOP_SECONDS=600 for ten minutes.
"""

import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import tap  # noqa: E402
from ipitest import IPILOAD, IPITRACE, wait_until  # noqa: E402
from terminal import Terminal, scheduled  # noqa: E402

SECONDS = float(os.environ.get("TOP_SECONDS", 60))
KEYS = 10_000
# Each window has stalls and storms.
LOW = ("-i", "0.2", "-t", "1us", "--storm-rate", "100")
GROWTH = 64 << 10  # KiB: the windows that it may keep


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        return int(next(line for line in f if line.startswith("VmRSS")).split()[1])


def type_keys(t, keys, seconds, name):
    began = time.monotonic()
    done = 0
    while done < keys:
        t.random_keys(100, done)
        # Only the end matters: the screen of a moment has no more to say.
        del t.out[:-100_000]
        done += 100
        time.sleep(max(0, began + seconds * done / keys - time.monotonic()))
    tap.ok(t.proc.poll() is None, f"{name}: {keys} keys in {time.monotonic() - began:.0f} s: it runs",
           t.proc.returncode, bytes(t.out[-500:]))


def test_long():
    t = Terminal(*LOW)
    tap.ok(t.begun(), "the screen is there")
    type_keys(t, KEYS // 10, SECONDS / 10, "the first tenth")
    before = resident(t.proc.pid)
    type_keys(t, KEYS - KEYS // 10, SECONDS * 9 / 10, "the rest")
    grown = resident(t.proc.pid) - before
    tap.note(f"{grown} KiB more, of {before}")
    tap.ok(grown < GROWTH, "its memory has a bound", grown)
    t.proc.send_signal(signal.SIGTERM)
    t.ended("TERM")
    t.left("TERM")
    t.close()


def test_hangup():
    t = Terminal(*LOW)
    tap.ok(t.begun(), "HUP: the screen is there")
    type_keys(t, 500, 3, "HUP")
    t.proc.send_signal(signal.SIGHUP)
    t.ended("HUP")
    t.left("HUP")
    t.close()


def test_parent_killed():
    t = Terminal(*LOW, wrap=("setsid", "--ctty", "sh", "-c", '"$@"; :', "sh"))
    tap.ok(t.begun(), "KILL of the parent: the screen is there")
    pid = t.top_pid()
    tap.ok(pid != t.proc.pid, "the shell is its parent")
    type_keys(t, 500, 3, "KILL of the parent")
    t.proc.kill()
    tap.ok(wait_until(lambda: t.read(0.05) and not os.path.exists(f"/proc/{pid}"), 60),
           "KILL of the parent: it ends")
    t.restored("KILL of the parent")
    t.left("KILL of the parent")
    t.close()


def test_cost():
    """The drawing, storms and stalls cost some summaries; watchers would cost ten."""
    t = Terminal()
    t.begun()
    summary = subprocess.Popen([IPITRACE, "--full", "-q", "-i", "1"], stdout=subprocess.DEVNULL)
    t.read(3)
    pids = (t.proc.pid, summary.pid)
    before = [scheduled(pid) for pid in pids]
    t.read(min(SECONDS, 20))
    top, beside = (sum(ns - b.get(tid, (0, 0))[0] for tid, (ns, _) in scheduled(pid).items())
                   for pid, b in zip(pids, before))
    tap.note(f"CPU time: top {top / 1e6:.1f} ms, summary {beside / 1e6:.1f} ms")
    tap.ok(0 < top < 8 * beside, "it takes less than eight times a summary's CPU time", top, beside)
    summary.terminate()
    summary.wait()
    t.proc.send_signal(signal.SIGTERM)
    t.ended("the cost")
    t.close()


def main():
    load = subprocess.Popen([IPILOAD, "membarrier", "-q", "--duration", "100000"], stdout=subprocess.DEVNULL)
    try:
        test_cost()
        test_long()
        test_hangup()
        test_parent_killed()
    finally:
        load.kill()
        load.wait()
    tap.done()


main()
