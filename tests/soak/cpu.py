#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
ipitrace's own CPU time for a window of 1 s, at no, 1000 and the maximal number
of IPIs a second, as TAP diagnostics; the only check is that ipitrace ran. The
time is the scheduler's, which is exact. The part in user mode is counted in
ticks that find ipitrace running, so it needs many short windows of the load.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import IPILOAD, IPITRACE, Tap

WARM_UP = 2  # windows: symbols and cgroups are read in the first
SHORT = 0.0107  # seconds a window: not in step with the ticks
LOADS = {"no IPIs": None, "1000 IPIs/s": ("--rate", "1000"), "maximal": ()}


def ran(pid):
    """ns on a CPU; user and system ticks."""
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as f:
        ns = int(f.read().split()[0])
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return ns, int(fields[11]), int(fields[12])


def watch(interval, seconds, load, more):
    """Without the first windows: ns for each window, csds a second, the sum of the ticks."""
    args = [IPITRACE, "-j", "-i", str(interval), "-d", str(seconds), *more]
    proc = subprocess.Popen(args, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    busy = load is not None and subprocess.Popen(
        [IPILOAD, "membarrier", "-q", *load, "-d", str(seconds + 5)], stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL)
    marks, csds, n = [], [], 0
    for line in proc.stdout:
        n += 1
        if n >= WARM_UP and interval < 1:
            # Only the ends count: reading each window would be a load itself.
            marks = [marks[0] if marks else ran(proc.pid)]
            continue
        snap = json.loads(line)
        if n >= WARM_UP:
            try:
                marks.append(ran(proc.pid))
            except OSError:
                break
            csds.append(snap["ledger"]["queued"] / snap["window"]["duration_s"])
    usage = os.wait4(proc.pid, 0)[2]
    if busy:
        busy.terminate()
        busy.wait()
    hz = os.sysconf("SC_CLK_TCK")
    # Without the windows of its start.
    user, system = usage.ru_utime - marks[0][1] / hz, usage.ru_stime - marks[0][2] / hz
    return [b[0] - a[0] for a, b in zip(marks, marks[1:])], csds[1:], (user, system), n


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().split(":")[0],
                                     epilog="Behind --: more options of ipitrace's.")
    parser.add_argument("seconds", nargs="?", type=float, default=20, metavar="SECONDS")
    argv, more = sys.argv[1:], []
    if "--" in argv:
        at = argv.index("--")
        argv, more = argv[:at], argv[at + 1:]
    opts = parser.parse_args(argv)
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    tap = Tap()
    for name, load in LOADS.items():
        windows, csds, _, _ = watch(1, opts.seconds, load, more)
        _, _, (user, system), n = watch(SHORT, opts.seconds / 4, load, more)
        tap.ok(len(windows) > 1 and n > 10, f"{name}: measured")
        part = user / (user + system)
        median = statistics.median(windows) / 1e6
        tap.note(f"{name}: {statistics.median(csds):.0f} csds/s; a window of 1 s takes "
                 f"{median:.2f} ms ({min(windows) / 1e6:.2f} to {max(windows) / 1e6:.2f}), "
                 f"{median / 10:.3f} % of a CPU")
        tap.note(f"{name}: in user mode {100 * part:.0f} % of it, {part * median / 10:.3f} % of a "
                 f"CPU (by {1000 * user:.0f} + {1000 * system:.0f} ms of {n} short windows)")
    tap.done()


if __name__ == "__main__":
    main()
