#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
On a kernel with an isolated, nohz_full CPU: windows are cut without
membarrier, which such a kernel refuses; ipitrace keeps off that CPU and
sends it nothing; and on a kernel with CONFIG_KALLSYMS_ALL, as this one,
tasks are told from what interrupts them.
"""

import json
import os
import subprocess
import sys
import tempfile

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
from ipitest import BUILD, Tap  # noqa: E402


# The kernel wakes its own threads there, and has the tick looked at for their timers. The senders are
# interrupts and kernel threads.
HOUSEKEEPING = ("nohz_full_kick_func", "sched_ttwu_pending")


def sent_by_ipitrace(f):
    return any(c["comm"] == "ipitrace" for c in f["callers"])


def objects(out, name):
    with open(os.path.join(out, name), encoding="utf-8") as f:
        found = [json.loads(line) for line in f]
    return [o for o in found if o["schema"] == "ipitrace/1"]


def boot(out):
    return subprocess.run(
        [f"{TOP}/tests/vm/run", "-k", "6.12", "-o", out, "-t", "180",
         "-a", "nohz_full=3 isolcpus=3 rcu_nocbs=3", "-f", f"{BUILD}/ipitrace",
         "-f", f"{BUILD}/ipiload", "--", f"{TOP}/tests/vm/nohz_full.sh"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as out:
        run = boot(out)
        if not tap.ok(run.returncode == 0, "the VM ran", run.stdout):
            tap.done()
        features = {f["name"]: f for f in objects(out, "check")[0]["features"]}
        tap.equal(features["windows"]["how"], "update of a map of maps", "how windows are cut")
        tap.ok(features["task"]["available"], "tasks are told from interrupts", features["task"])
        with open(os.path.join(out, "status"), encoding="ascii") as f:
            status = dict(line.split(":\t") for line in f.read().splitlines())
        tap.equal(status["Cpus_allowed_list"], "0-2", "ipitrace keeps off CPU 3")
        tap.equal(int(status["CapEff"], 16) | int(status["CapBnd"], 16), 0, "no capabilities")
        windows = objects(out, "load")
        tap.ok(len(windows) > 5 and all(w["ledger"]["closed"] for w in windows),
               f"{len(windows)} windows, each ledger closes")
        carried = [w["ledger"]["carried_in"] for w in windows[1:]]
        tap.equal(carried, [w["ledger"]["in_flight"] for w in windows[:-1]], "carried over")
        tap.ok(sum(w["ledger"]["matched"]["function"] for w in windows) > 0, "there was a load")
        tap.equal(sum(w["ledger"]["lost"] for w in windows), 0, "nothing lost")
        quiet = [f for w in objects(out, "quiet") for f in w["functions"] if f["count"]]
        for f in quiet:
            tap.note(f"queued to CPU 3: {f['count']} x {f['func']}")
        tap.equal([f for f in quiet if f["func"] not in HOUSEKEEPING or sent_by_ipitrace(f)], [],
                  "nothing is queued to CPU 3 while ipitrace alone runs, but the kernel's housekeeping")
        sender = objects(out, "sender")[-1]
        tap.equal(sender["sources"]["task"], "preempt_count", "--by knows the context")
        rows = {r["comm"]: r for r in sender["by"]["rows"]}
        membarriers = sum(f["count"] for f in sender["functions"] if f["func"] == "ipi_mb")
        tap.ok("ipiload" in rows and rows["ipiload"]["count"] >= membarriers > 0,
               "--by sender names ipiload", rows)
    tap.done()


main()
