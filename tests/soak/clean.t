#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Gates that find nothing and lose nothing pass: of CLEAN_RUNS runs of each gate (100) none is "not certain". The load
is what gates look at, and far below what they look for.
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import tap  # noqa: E402
from ipitest import IPILOAD, IPITRACE, ipitrace  # noqa: E402

RUNS = int(os.environ.get("CLEAN_RUNS", "100"))
# The thresholds are those of no machine: only what a run lost could make it fail.
GATES = {
    "stalls": ("stalls", "--exit-code", "-t", "100s", "-d", "0.3"),
    "stalls --phase wait": ("stalls", "--exit-code", "--phase", "wait", "-t", "100s", "-d", "0.3"),
    "stalls -c 0": ("stalls", "--exit-code", "-c", "0", "-t", "100s", "-d", "0.3"),
    "waits": ("waits", "--exit-code", "-t", "100s", "-d", "0.3"),
    "storm": ("storm", "--exit-code", "--storm-rate", "1000000000", "-i", "0.3", "-d", "0.9"),
    "isolated": ("isolated", "-c", "0", "--allow", str(10**12), "-d", "0.3"),
}


def check(name, args):
    ended = {}
    for _ in range(RUNS):
        run = ipitrace(*args)
        ended.setdefault(run.status, []).append(run.err)
    uncertain = ended.get(4, [])
    tap.ok(not uncertain, f"{name}: {RUNS} clean runs, none is not certain", len(uncertain), *uncertain[:3])
    # What a busy machine may have: a storm by its cost. Any other status is a fault.
    tap.ok(set(ended) <= {0, 1}, f"{name}: and no other failure", {s: len(errs) for s, errs in ended.items()})


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    with subprocess.Popen([IPILOAD, "membarrier", "-q", "--rate", "300", "--duration", "100000"],
                          stdout=subprocess.DEVNULL) as load, tempfile.TemporaryDirectory() as where:
        for name, args in GATES.items():
            check(name, args)
        files = [os.path.join(where, name) for name in ("a.zst", "b.zst")]
        for path in files:
            subprocess.run([IPITRACE, "record", "-o", path, "-i", "0.5", "-d", "1"], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        check("report --diff", ("report", *files, "--diff", "--exit-code", "--tolerance", "1000000"))
        load.kill()
    tap.done()


if __name__ == "__main__":
    main()
